package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/webhook"
	"github.com/workmix/workmix/internal/web"
)

// admin serves /healthz, /readyz and /metrics.
type admin struct {
	s        *session
	p        *pipeline // nil: this process runs no processors
	registry *prometheus.Registry
	server   *http.Server

	mu      sync.Mutex
	sources []ingest.Source
	state   *ingest.State
	hooks   *webhook.Handler // nil: this process receives no webhooks
}

func (a *admin) watchWebhooks(h *webhook.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hooks = h
}

// serveAdmin listens on the admin address of the configuration.
func (s *session) serveAdmin(ctx context.Context, p *pipeline) (*admin, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Admin.Listen)
	if err != nil {
		return nil, fmt.Errorf("admin.listen %s: %w: give another address in the configuration, or stop what holds it", s.cfg.Admin.Listen, err)
	}
	a := &admin{s: s, p: p, registry: prometheus.NewRegistry()}
	if err := a.registry.Register(&collector{a}); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := a.server.Serve(l); err != nil && err != http.ErrServerClosed {
			slog.Error("the admin address is not served any more", "error", err)
		}
	}()
	return a, nil
}

func (a *admin) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := a.server.Shutdown(ctx); err != nil {
		a.server.Close()
	}
}

func (a *admin) watchSource(src ingest.Source, st *ingest.State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sources, a.state = append(a.sources, src), st
}

// budgets is what the trackers of the sources that are watched still allow, as they said last.
func (a *admin) budgets() []web.Budget {
	a.mu.Lock()
	sources := a.sources
	a.mu.Unlock()
	var out []web.Budget
	for _, src := range sources {
		u := src.Usage()
		b := web.Budget{Source: src.Name(), Requests: u.Requests, Limited: u.Limited, Limit: u.Limit, Remaining: u.Remaining}
		if !u.Reset.IsZero() {
			b.Reset = &u.Reset
		}
		if u.HeldUntil.After(time.Now()) {
			b.HeldUntil, b.HeldWhy = &u.HeldUntil, u.HeldWhy
		}
		out = append(out, b)
	}
	return out
}

// ready answers 200 when log and warehouse answer, no stage is failing and no first import is running, else 503 with what is wrong.
func (a *admin) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	wrong := map[string]string{}
	if text := a.s.notice(); text != "" {
		wrong["import"] = text
	}
	if _, err := a.s.log.Partitions(ctx, "workmix.raw"); err != nil {
		wrong["kafka"] = err.Error()
	}
	if err := a.s.db.Ping(ctx); err != nil {
		wrong["clickhouse"] = err.Error()
	}
	if a.p != nil {
		for name, st := range a.p.stats {
			if snap := st.Snapshot(); snap.Failing {
				wrong[name] = snap.LastError
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if len(wrong) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"ready": len(wrong) == 0, "wrong": wrong}); err != nil {
		slog.Debug("readyz", "error", err)
	}
}
