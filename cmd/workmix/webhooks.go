package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/workmix/workmix/ingest/webhook"
	"github.com/workmix/workmix/internal/eventlog"
)

// webhooks is the server of the receiver: a listener of its own that serves nothing else, since only it may face the
// internet.
type webhooks struct {
	addr    string
	handler *webhook.Handler
	server  *http.Server
	writer  *eventlog.Writer
}

// hasWebhooks says whether a source has a secret for deliveries.
func (s *session) hasWebhooks() bool {
	for i := range s.cfg.Sources {
		if s.cfg.Sources[i].WebhookSecretEnv != "" {
			return true
		}
	}
	return false
}

// serveWebhooks listens on webhooks.listen of the configuration.
func (s *session) serveWebhooks(ctx context.Context) (*webhooks, error) {
	var sources []webhook.Source
	for i := range s.cfg.Sources {
		c := &s.cfg.Sources[i]
		secret, err := env(c.WebhookSecretEnv, "webhook_secret_env")
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", c.Name, err)
		}
		sources = append(sources, webhook.Source{Name: c.Name, Tracker: c.Kind, Secret: []byte(secret)})
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Webhooks.Listen)
	if err != nil {
		return nil, fmt.Errorf("webhooks.listen %s: %w: give another address with --webhook-listen or in the configuration, or stop what holds it", s.cfg.Webhooks.Listen, err)
	}
	w := &webhooks{addr: l.Addr().String(), writer: s.log.Writer()}
	w.handler = webhook.New(webhook.Options{Sources: sources, Log: w.writer, Logger: slog.Default()})
	w.server = &http.Server{
		Handler: w.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug), // strangers' broken requests
	}
	go func() {
		if err := w.server.Serve(l); err != nil && err != http.ErrServerClosed {
			slog.Error("webhooks are not received any more", "error", err)
		}
	}()
	return w, nil
}

func (w *webhooks) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // what is being taken in is answered
	defer cancel()
	if err := w.server.Shutdown(ctx); err != nil {
		w.server.Close()
	}
	w.writer.Close()
}
