package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
	var size float64
	cmd := &cobra.Command{
		Use:   "demo [--once] [--listen ADDR] [--size PART]",
		Short: "A simulated organisation through every real part, in a fresh data directory",
		Args:  exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "print the work mix by team and quarter and the headline of the last quarter's retrospective, and exit")
	cmd.Flags().StringVar(&listen, "listen", "", "address of the pages (default: serve.listen of the configuration)")
	cmd.Flags().Float64Var(&size, "size", 1, "how much work the organisation has, as a part of the usual 6,000 items: above 0, at most 1")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		if err := checkListen("--listen", listen); err != nil {
			return err
		}
		if once && listen != "" {
			return usagef("--once serves no pages: leave --listen out")
		}
		if !(size > 0 && size <= 1) {
			return usagef("--size %v is not above 0 and at most 1", size)
		}
		ds := simulate.GenerateSized(demoSeed, time.Now().UTC().Truncate(time.Hour).Add(-demoBehind), size)
		return a.demo(cmd.Context(), cmd, ds, listen, once, f)
	}
	return cmd
}

// demoBehind is how much of the simulated past is told while people watch, an hour of it a minute.
const demoBehind = 14 * 24 * time.Hour

// demo shows a simulated organisation, in a data directory that goes with it unless one is named.
func (a *app) demo(ctx context.Context, cmd *cobra.Command, ds *simulate.Dataset, listen string, once bool, format string) error {
	dir, err := os.MkdirTemp("", "workmix-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	servers, sources, folders, err := simulated(ctx, ds, dir, simulate.CatchUp(demoBehind, 60))
	if err != nil {
		return err
	}
	defer servers.Close()
	cfg, err := a.load()
	if err != nil {
		return err
	}
	demo := config.Default() // of the configuration only where to listen: the demo reads and writes nothing else
	demo.Sources, demo.Embedded, demo.Serve, demo.Admin = sources, cfg.Embedded, cfg.Serve, cfg.Admin
	demo.States.InProgress = simulate.UnderWay()
	if listen != "" {
		demo.Serve.Listen = listen
	}
	if !cmd.Flags().Changed("data") {
		a.dataDir = filepath.Join(dir, "data") // goes with the demo
	} else if old, err := os.ReadDir(a.dataDir); err == nil && len(old) > 0 {
		return usagef("data directory %s is not empty: the demo wants a fresh one, or none named", a.dataDir)
	}
	if _, err := mayAsk(demo.Serve); err != nil && !once {
		return err
	}
	a.config = demo
	s, err := a.open(ctx, cmd, how{exclusive: true, fixedPort: !once, process: true})
	if err != nil {
		return err
	}
	defer s.close()
	return s.demo(ctx, cmd, folders, once, format)
}

// simulated starts trackers of an organisation whose time is a clock's, writes its decision files below dir, and returns
// the sources that read the trackers, and the files' folders in the order of applying them.
func simulated(ctx context.Context, ds *simulate.Dataset, dir string, clock func() time.Time) (*simulate.Servers, []config.Source, []string, error) {
	folders, err := ds.WriteDecisions(filepath.Join(dir, "decisions"), "code", "tracker")
	if err != nil {
		return nil, nil, nil, err
	}
	servers, err := simulate.Start(ctx, ds, simulate.Options{Clock: clock, RateLimit: 1_000_000})
	if err != nil {
		return nil, nil, nil, err
	}
	return servers, []config.Source{
		{Name: "code", Kind: "github", BaseURL: servers.GitHubURL(), Repositories: ds.Repositories()},
		{Name: "tracker", Kind: "jira", BaseURL: servers.JiraURL(), Deployment: "cloud", Projects: ds.Projects()},
	}, folders, nil
}

// decide publishes what an organisation decided, folder by folder, as workmix apply does; but plans as if they had been
// published when they were frozen, if that is over, since that they are late is said wherever they are used.
func (s *session) decide(ctx context.Context, folders []string) error {
	for _, dir := range folders {
		wanted, _, err := decisions.Read(dir, s.cfg.Calendar)
		if err != nil {
			return err
		}
		current, err := s.decisionsNow(ctx)
		if err != nil {
			return err
		}
		changes, err := decisions.Diff(current, wanted, false)
		if err != nil {
			return err
		}
		plans, others := map[time.Time][]event.Decision{}, []event.Decision{}
		for _, c := range changes {
			switch {
			case c.Verb == "keep":
			case c.Decision.Kind == "plan":
				var body struct {
					Frozen time.Time `json:"frozen_at"`
				}
				if err := json.Unmarshal(c.Decision.Body, &body); err != nil {
					return err
				}
				if body.Frozen.After(time.Now()) { // a version of the time to come would win over what people decide today
					others = append(others, c.Decision)
				} else {
					plans[body.Frozen] = append(plans[body.Frozen], c.Decision)
				}
			default:
				others = append(others, c.Decision)
			}
		}
		for _, frozen := range slices.SortedFunc(maps.Keys(plans), time.Time.Compare) {
			if err := s.publishAt(ctx, frozen, event.ByDemo, "the simulated organisation", plans[frozen]...); err != nil {
				return err
			}
		}
		if err := s.publish(ctx, event.ByDemo, "the simulated organisation", others...); err != nil {
			return err
		}
	}
	return nil
}

// demo imports the organisation, prints its work mix and, unless once, stays up. Pages and health are there from the
// beginning, and say that the import is running.
func (s *session) demo(ctx context.Context, cmd *cobra.Command, folders []string, once bool, format string) error {
	started := time.Now()
	p, err := s.pipeline(stages...)
	if err != nil {
		return err
	}
	var f *front
	if !once {
		running := "The import of the simulated organisation is running: what is shown is not whole yet."
		s.importing.Store(&running)
		if f, err = s.front(ctx, p); err != nil {
			return err
		}
		defer f.close()
		fmt.Fprintf(cmd.ErrOrStderr(), "the import takes a minute; pages are at http://%s meanwhile\n", f.pages.addr)
	}
	if err := s.decide(ctx, folders); err != nil {
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
	s.importing.Store(nil)
	fmt.Fprintf(cmd.ErrOrStderr(), "ready after %s\n", time.Since(started).Round(100*time.Millisecond))
	if err := s.runQuestion(ctx, cmd.OutOrStdout(), format, s.db, "work_mix_by_team_and_quarter", nil); err != nil {
		return err
	}
	if err := s.demoRetro(ctx, cmd, once, format); err != nil {
		return err
	}
	if once {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "other commands see this demo with --data %s, until it is interrupted\n", s.dataDir)
	return s.stay(ctx, cmd, p, f)
}
