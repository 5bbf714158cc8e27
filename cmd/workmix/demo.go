package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

// demoSeed makes the demo's organisation the same each time.
const demoSeed = 1

func (a *app) newDemo() *cobra.Command {
	var once bool
	var listen string
	cmd := &cobra.Command{
		Use:   "demo [--once] [--listen ADDR]",
		Short: "A simulated organisation through every real part, in a fresh data directory",
		Args:  exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "print the work mix by team and quarter and exit")
	cmd.Flags().StringVar(&listen, "listen", "", "address of the pages (default 127.0.0.1:8080)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		if err := checkListen(listen); err != nil {
			return err
		}
		if once && listen != "" {
			return usagef("--once serves no pages: leave --listen out")
		}
		ctx := cmd.Context()
		dir, err := os.MkdirTemp("", "workmix-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		cfg, err := a.demoConfig()
		if err != nil {
			return err
		}
		servers, err := simulated(ctx, dir, cfg)
		if err != nil {
			return err
		}
		defer servers.Close()
		if listen != "" {
			cfg.Serve.Listen = listen
		}
		if !cmd.Flags().Changed("data") {
			a.dataDir = filepath.Join(dir, "data") // goes with the demo
		} else if old, err := os.ReadDir(a.dataDir); err == nil && len(old) > 0 {
			return usagef("data directory %s is not empty: the demo wants a fresh one, or none named", a.dataDir)
		}
		a.config = cfg
		s, err := a.open(ctx, cmd, how{exclusive: true, fixedPort: !once, process: true})
		if err != nil {
			return err
		}
		defer s.close()
		return s.demo(ctx, cmd, filepath.Join(dir, "decisions"), once, f)
	}
	return cmd
}

// demoConfig is the default configuration with the addresses of the file that --config names, so that a demo finds
// room beside other programs. Nothing else of the file counts: the demo has sources and a stack of its own.
func (a *app) demoConfig() (*config.Config, error) {
	c := config.Default()
	if a.configFile == "" {
		return c, nil
	}
	named, err := a.load()
	if err != nil {
		return nil, err
	}
	c.Embedded, c.Serve, c.Admin = named.Embedded, named.Serve, named.Admin
	return c, nil
}

// simulated starts trackers of a generated organisation, writes its decision files, and makes them the sources of a
// configuration.
func simulated(ctx context.Context, dir string, c *config.Config) (*simulate.Servers, error) {
	const behind = 14 * 24 * time.Hour // what is told while people watch, an hour of it a minute
	ds := simulate.Generate(demoSeed, time.Now().UTC().Truncate(time.Hour).Add(-behind))
	if err := os.MkdirAll(filepath.Join(dir, "decisions"), 0o700); err != nil {
		return nil, err
	}
	if _, err := ds.WriteDecisions(filepath.Join(dir, "decisions"), "code", "tracker"); err != nil {
		return nil, err
	}
	servers, err := simulate.Start(ctx, ds, simulate.Options{Clock: simulate.CatchUp(behind, 60), RateLimit: 1_000_000})
	if err != nil {
		return nil, err
	}
	c.Sources = []config.Source{
		{Name: "code", Kind: "github", BaseURL: servers.GitHubURL(), Repositories: ds.Repositories()},
		{Name: "tracker", Kind: "jira", BaseURL: servers.JiraURL(), Deployment: "cloud", Projects: ds.Projects()},
	}
	return servers, nil
}

func (s *session) demo(ctx context.Context, cmd *cobra.Command, decisionDir string, once bool, format string) error {
	started := time.Now()
	wanted, err := decisions.Read(decisionDir)
	if err != nil {
		return err
	}
	if err := s.publish(ctx, event.ByDemo, "the simulated organisation", wanted...); err != nil {
		return err
	}
	p, err := s.pipeline(stages...)
	if err != nil {
		return err
	}
	if err := s.ingestOnce(ctx, cmd, ""); err != nil {
		return err
	}
	b := newBars(cmd.ErrOrStderr())
	err = p.untilIdle(ctx, func(n int64) { b.left("records to process", n) })
	b.done()
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "ready after %s\n", time.Since(started).Round(100*time.Millisecond))
	if err := s.runQuestion(ctx, cmd.OutOrStdout(), format, s.db, "work_mix_by_team_and_quarter", nil); err != nil {
		return err
	}
	if once {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "other commands see this demo with --data %s, until it is interrupted\n", s.dataDir)
	if err := s.up(ctx, cmd); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
