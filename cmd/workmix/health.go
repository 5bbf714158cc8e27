package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// newHealth is what a container's health check runs, as its image has no other program.
func (a *app) newHealth() *cobra.Command {
	var ready bool
	cmd := &cobra.Command{
		Use:    "health [--ready]",
		Short:  "Ask the workmix service on this machine whether it is alive, at admin.listen",
		Hidden: true,
		Args:   exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			path := "/healthz"
			if ready {
				path = "/readyz"
			}
			return health(cmd.Context(), cfg.Admin.Listen, path)
		},
	}
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether log and warehouse answer and no stage fails")
	return cmd
}

// health returns nil if the service that listens on an address answers 200.
func health(ctx context.Context, listen, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("admin.listen %q: %w", listen, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // it listens everywhere
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no workmix answers at admin.listen %s: %w", listen, err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(r.Body, 1000)) // only to say what is wrong
		return fmt.Errorf("%s answers %s: %s", path, r.Status, strings.TrimSpace(string(text)))
	}
	return nil
}
