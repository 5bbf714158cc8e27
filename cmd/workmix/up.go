package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func (a *app) newUp() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "up [--listen ADDR]",
		Short: "Run everything on this machine until interrupted: log, tables, ingesters on schedule, processors, pages",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := checkListen("--listen", listen); err != nil {
				return err
			}
			if err := a.checkPages(listen); err != nil {
				return err
			}
			s, err := a.open(ctx, cmd, how{exclusive: true, fixedPort: true, process: true, check: soundSources})
			if err != nil {
				return err
			}
			defer s.close()
			if listen != "" {
				s.cfg.Serve.Listen = listen
			}
			return s.up(ctx, cmd)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address of the pages (default: serve.listen of the configuration)")
	return cmd
}

// up runs everything until ctx ends.
func (s *session) up(ctx context.Context, cmd *cobra.Command) error {
	p, err := s.pipeline(stages...)
	if err != nil {
		return err
	}
	f, err := s.front(ctx, p)
	if err != nil {
		return err
	}
	defer f.close()
	return s.stay(ctx, cmd, p, f)
}

// front is what others see of a running workmix: health and metrics, and the pages.
type front struct {
	admin *admin
	pages *pages
}

// front listens on the admin address and that of the pages.
func (s *session) front(ctx context.Context, p *pipeline) (*front, error) {
	a, err := s.serveAdmin(ctx, p)
	if err != nil {
		return nil, err
	}
	pages, err := s.servePages(ctx, p, a.budgets)
	if err != nil {
		a.close()
		return nil, err
	}
	return &front{a, pages}, nil
}

func (f *front) close() {
	f.pages.close()
	f.admin.close()
}

// stay ingests and processes until ctx ends.
func (s *session) stay(ctx context.Context, cmd *cobra.Command, p *pipeline, f *front) error {
	if s.hasWebhooks() {
		wh, err := s.serveWebhooks(ctx)
		if err != nil {
			return err
		}
		defer wh.close()
		f.admin.watchWebhooks(wh.handler)
		fmt.Fprintf(cmd.ErrOrStderr(), "webhooks at http://%s/webhooks/ and the source's name\n", wh.addr)
	}
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error { return p.forever(working) })
	if len(s.cfg.Sources) > 0 {
		g.Go(func() error { return s.ingestForever(working, "", f.admin) })
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "workmix is up: pages at http://%s, health and metrics at http://%s, SQL at %s (workmix connect says how)\n",
		f.pages.addr, s.cfg.Admin.Listen, s.stack.ClickHouseURL)
	if len(s.cfg.Sources) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "no sources are configured: name GitHub repositories or Jira projects under sources in workmix.yaml and start again")
	}
	err := inOrder(ctx, g.Wait())
	if err == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "workmix stops; everything that was acknowledged is kept")
	}
	return err
}

// inOrder is how what runs until it is interrupted ended: whatever an interrupt finds it doing (a stage may just be starting)
// is given up, which is no failure.
func inOrder(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
