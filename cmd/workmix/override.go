package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/web"
	"github.com/workmix/workmix/processors/classify"
)

func (a *app) newOverride() *cobra.Command {
	var o decisions.Override
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "override ITEM [--drive D] [--horizon H] [--category C] --reason TEXT [--clear] [--dry-run]",
		Short: "Give a person's word on one item, which wins over every rule",
		Long: `Say where an item lies, whatever the rules say of it; what is not said stays theirs. The word is kept with who gave it,
when and why. It outlives every replay and promotion, and items that take over this one's verdict follow it. A new word
takes the place of the one before, whole; --clear takes it back.

ITEM is a key such as acme/api#12 or OPS-7, or an item's id.`,
		Args: exactly(1, "one item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Item, o.Author = args[0], author()
			if err := o.Check(nil); err != nil { // before anything is started for it
				return &usageError{err}
			}
			s, err := a.open(cmd.Context(), cmd, how{process: true})
			if err != nil {
				return err
			}
			defer s.close()
			done, err := s.override(cmd.Context(), o, dryRun, func(string) bool { return true })
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s override %s\n", done.Verb, done.ItemID)
			if dryRun || s.stack.Joined || s.cfg.ClickHouse != nil {
				return nil
			}
			// Nobody else is running this stack's processors: bring the tables up to date.
			p, err := s.pipeline(stages...)
			if err != nil {
				return err
			}
			return p.untilIdle(cmd.Context(), nil)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Drive, "drive", "", "forced or discretionary")
	f.StringVar(&o.Horizon, "horizon", "", "short or long")
	f.StringVar(&o.Category, "category", "", "where the investment goes: "+strings.Join(decisions.Categories, ", ")+", or one that a rule names")
	f.StringVar(&o.Reason, "reason", "", "why; others read it beside the verdict")
	f.BoolVar(&o.Clear, "clear", false, "take the word back")
	f.BoolVar(&dryRun, "dry-run", false, "only print what would be published")
	return cmd
}

// override publishes a person's word on an item, whoever asks for it, if the person may decide on what belongs to the
// item's team. What is wrong with the word is a [*usageError], and nothing is published then.
func (s *session) override(ctx context.Context, o decisions.Override, dryRun bool, may func(team string) bool) (*web.Overridden, error) {
	if err := o.Check(nil); err != nil {
		return nil, &usageError{err}
	}
	current, err := s.decisionsNow(ctx)
	if err != nil {
		return nil, fmt.Errorf("override %s: %w", o.Item, err)
	}
	if err := o.Check(s.categories(current)); err != nil {
		return nil, &usageError{err}
	}
	id, team, err := s.itemNamed(ctx, o.Item)
	if err != nil {
		return nil, err
	}
	if !may(team) {
		return nil, &web.NotAllowed{Err: fmt.Errorf("%s belongs to %s, and %s may not decide on that: whoever runs this server gives teams in serve.users of workmix.yaml", o.Item, orNone(team), o.Author)}
	}
	before := slices.ContainsFunc(current, func(d event.Decision) bool { return d.Kind == "override" && d.ID == id && !d.Retracted })
	done := &web.Overridden{ItemID: id, Verb: "add"}
	switch {
	case o.Clear && !before:
		return nil, usagef("there is no override of %s that could be cleared", o.Item)
	case o.Clear:
		done.Verb = "retract"
	case before:
		done.Verb = "change"
	}
	d, err := o.Decision(id)
	if err == nil && !dryRun {
		err = s.publish(ctx, o.Author, o.Reason, d)
	}
	if err != nil {
		return nil, fmt.Errorf("override %s: %w", o.Item, err)
	}
	return done, nil
}

// categories are those that work can have: the usual ones, and what the rules that count or are configured name.
func (s *session) categories(current []event.Decision) []string {
	out := slices.Clone(decisions.Categories)
	more := func(c *classify.Classifier, err error) {
		if err == nil { // rules that cannot be read name none
			out = append(out, c.Categories()...)
		}
	}
	more(classify.New(s.cfg.Rules))
	if id, bodies := promoted(current); bodies[id] != nil {
		more(classify.FromBody(bodies[id]))
	}
	usual := len(decisions.Categories)
	slices.Sort(out[usual:])
	var unique []string
	for _, c := range out {
		if !slices.Contains(unique, c) {
			unique = append(unique, c)
		}
	}
	return unique
}

func orNone(team string) string {
	if team == "" {
		return "no team"
	}
	return "team " + team
}

// itemNamed is the item that a key or an id means, and the team that it belongs to.
func (s *session) itemNamed(ctx context.Context, name string) (id, team string, err error) {
	q, err := question("items_named")
	if err != nil {
		return "", "", err
	}
	bound, err := q.Bind(map[string]string{"item": name})
	if err != nil {
		return "", "", &usageError{err}
	}
	var ids []string
	err = s.ask(ctx, q, bound, func(rows report.Rows) error {
		return report.Each(rows, func(row []any) error {
			ids, team = append(ids, report.Plain(row[0], "String")), report.Plain(row[3], "String")
			return nil
		})
	})
	switch {
	case err != nil:
		return "", "", fmt.Errorf("find %s: %w", name, err)
	case len(ids) == 0:
		return "", "", usagef("there is no item %.200q: give its key, such as acme/api#12 or OPS-7, or its id", name)
	case len(ids) > 1:
		return "", "", usagef("%.200q is the key of several items: give the id of one of them, %s", name, strings.Join(ids, ", "))
	}
	return ids[0], team, nil
}

// overrides is the same as the API sees it.
func (s *session) overrides(ctx context.Context, o decisions.Override, may func(team string) bool) (*web.Overridden, error) {
	done, err := s.override(ctx, o, false, may)
	var usage *usageError
	if errors.As(err, &usage) {
		return nil, &web.BadQuestion{Err: usage}
	}
	return done, err
}
