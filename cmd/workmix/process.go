package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func (a *app) newProcess() *cobra.Command {
	var untilIdle, fromStart bool
	cmd := &cobra.Command{
		Use:       "process normalize|classify|sink|all [--until-idle] [--from-start]",
		Short:     "Run processors, as one member of each one's consumer group",
		ValidArgs: append(slices.Clone(stages), "all"),
		Args:      exactly(1, "one of "+strings.Join(stages, ", ")+" or all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			only := stages
			if args[0] != "all" {
				if !slices.Contains(stages, args[0]) {
					return usagef("%q is not a processor: use %s or all", args[0], strings.Join(stages, ", "))
				}
				only = args
			}
			ctx := cmd.Context()
			s, err := a.open(ctx, cmd, how{process: true})
			if err != nil {
				return err
			}
			defer s.close()
			p, err := s.pipeline(only...)
			if err != nil {
				return err
			}
			if fromStart {
				if err := p.reset(ctx); err != nil {
					return err
				}
			}
			if untilIdle {
				b := newBars(cmd.ErrOrStderr())
				defer b.done()
				return p.untilIdle(ctx, func(n int64) { b.left("records to process", n) })
			}
			admin, err := s.serveAdmin(ctx, p)
			if err != nil {
				return err
			}
			defer admin.close()
			return inOrder(ctx, p.forever(ctx))
		},
	}
	cmd.Flags().BoolVar(&untilIdle, "until-idle", false, "exit once everything in the log is processed")
	cmd.Flags().BoolVar(&fromStart, "from-start", false, "process the whole log again; with sink this fills tables that were lost")
	return cmd
}

// reset forgets how far the stages have come. It fails while one of them runs elsewhere.
func (p *pipeline) reset(ctx context.Context) error {
	if p.has("classify") {
		if err := p.chooseOnce(ctx); err != nil { // whose group it is
			return err
		}
	}
	for _, stage := range p.only {
		group, _ := p.group(stage)
		if err := p.s.log.ResetGroup(ctx, group); err != nil {
			return fmt.Errorf("process %s --from-start: %w", stage, err)
		}
	}
	return nil
}

// forever processes until ctx ends, derives what needs several records, and promotes the ruleset once it has judged what was there at the start.
func (p *pipeline) forever(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.run(ctx) })
	if p.has("classify") {
		g.Go(func() error {
			p.promoteWhenDone(ctx)
			return nil
		})
	}
	if p.has("sink") {
		g.Go(func() error { return p.s.deriveForever(ctx) })
	}
	return g.Wait()
}

func (p *pipeline) promoteWhenDone(ctx context.Context) {
	group, topics := p.group("classify")
	for {
		lags, err := p.s.log.Lag(ctx, group, topics...)
		var left int64
		for _, n := range lags {
			left += n
		}
		if err == nil && left == 0 {
			if err = p.promote(ctx); err == nil {
				return
			}
		}
		if err != nil && ctx.Err() == nil {
			slog.Warn("cannot promote the ruleset yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(2 * time.Second):
		}
	}
}
