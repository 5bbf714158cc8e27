package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/report/retro"
)

func (a *app) newReportCompare() *cobra.Command {
	var w whichRetro
	var revision int
	cmd := &cobra.Command{
		Use:   "compare --quarter Q [--team T] [--revision N]",
		Short: "What differs now from the published retrospective, and why",
		Long: `Print every number of the published retrospective that is another one now, and why: late data, override, plan revision,
ruleset, another decision, or model (the program or its settings). To tell the causes apart the numbers are computed as
they were known in between, which takes a while where much was decided since.`,
		Args: exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	w.flags(cmd)
	cmd.Flags().IntVar(&revision, "revision", 0, "which publication, from 1 (default: the newest)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		o, err := a.options(cmd, w)
		if err != nil {
			return err
		}
		s, err := a.open(cmd.Context(), cmd, how{})
		if err != nil {
			return err
		}
		defer s.close()
		differences, err := s.compareRetro(cmd.Context(), o, revision)
		if err != nil {
			return err
		}
		l := &list{columns: []string{"number", "published", "now", "because"}}
		for _, d := range differences {
			l.rows = append(l.rows, []any{d.Path, d.Before, d.Now, strings.Join(d.Causes, "; ")})
		}
		return report.Write(cmd.OutOrStdout(), f, l)
	}
	return cmd
}

// compareRetro compares what was published with what would be printed now.
func (s *session) compareRetro(ctx context.Context, o retro.Options, revision int) ([]retro.Difference, error) {
	p, err := s.publication(ctx, o, revision)
	if err != nil {
		return nil, err
	}
	stored, err := p.render("json")
	if err != nil {
		return nil, err
	}
	published, err := retro.Flatten(stored)
	if err != nil {
		return nil, err
	}
	from, err := time.Parse(time.RFC3339Nano, p.KnownAt)
	if err != nil {
		return nil, err
	}
	computed := map[time.Time][]retro.Value{} // by when the last was recorded: between two decisions often nothing was
	values := func(known time.Time) ([]retro.Value, time.Time, error) {
		o := o
		all, err := s.said(ctx)
		if err != nil {
			return nil, known, err
		}
		o.KnownAt, o.Said = known, retro.Known(all, known)
		if o.KnownAt, err = retro.LastKnown(ctx, s.answers, o); err != nil {
			return nil, known, err
		}
		if v, ok := computed[o.KnownAt]; ok {
			return v, o.KnownAt, nil
		}
		n, err := s.retro(ctx, o)
		if err != nil {
			return nil, known, err
		}
		b, err := n.JSON()
		if err != nil {
			return nil, known, err
		}
		v, err := retro.Flatten(b)
		computed[o.KnownAt] = v
		return v, o.KnownAt, err
	}
	now, to, err := values(time.Time{})
	if err != nil {
		return nil, err
	}
	differences := retro.Differ(published, now)
	if len(differences) == 0 {
		return nil, nil
	}
	again, _, err := values(from)
	if err != nil {
		return nil, err
	}
	causes := map[string][]string{}
	for _, d := range retro.Differ(published, again) {
		causes[d.Path] = append(causes[d.Path], "model")
	}
	steps, err := s.decidedBetween(ctx, from, to)
	if err != nil {
		return nil, err
	}
	later, err := retro.Trace(from.UnixMilli(), to.UnixMilli(), steps, func(known int64) ([]retro.Value, error) {
		switch known {
		case from.UnixMilli():
			return again, nil
		case to.UnixMilli():
			return now, nil
		}
		v, _, err := values(time.UnixMilli(known).UTC())
		return v, err
	})
	if err != nil {
		return nil, err
	}
	for i := range differences {
		d := &differences[i]
		d.Causes = slices.Concat(causes[d.Path], later[d.Path])
	}
	return differences, nil
}

// decidedBetween are the decisions of the log after one time and up to another, as causes.
func (s *session) decidedBetween(ctx context.Context, from, to time.Time) ([]retro.Step, error) {
	var out []retro.Step
	err := s.everyDecision(ctx, func(d *event.Decision) error {
		if d.Kind != event.KindRetrospective && d.RecordedAt.After(from) && !d.RecordedAt.After(to) {
			out = append(out, retro.Step{At: d.RecordedAt.UnixMilli(), Cause: causeOf(d.Kind)})
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b retro.Step) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Cause, b.Cause)) })
	return out, err
}

// causeOf is what a decision is called as a cause.
func causeOf(kind string) string {
	switch kind {
	case "plan":
		return "plan revision"
	case "promotion", "ruleset":
		return "ruleset"
	case "note", "action":
		return "comment or action"
	case "group", "team", "person", "membership", "absence":
		return "teams and people"
	}
	return kind // override, initiative, ask, ...
}
