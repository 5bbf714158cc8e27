package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/processors/classify"
)

func (a *app) newReplay() *cobra.Command {
	var rules, name string
	cmd := &cobra.Command{
		Use:   "replay [--rules FILE] [--name N]",
		Short: "Judge the whole log by other rules, beside the verdicts that count",
		Long: `Judge every revision in the log by other rules, beside the verdicts that count: those stay as they are. Compare with
workmix rulesets diff, and make the new verdicts count with workmix rulesets promote.

Without --rules it judges by the configured rules, else by the built-in ones of this program: a newer program's rules are
tried that way. A replay that was interrupted goes on where it was.`,
		Args: exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		c, err := a.classifier(rules)
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		s, err := a.open(ctx, cmd, how{process: true})
		if err != nil {
			return err
		}
		defer s.close()
		id, err := s.judgeAll(ctx, cmd, c, name)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		return printQuery(ctx, cmd.OutOrStdout(), f, s.db, "SELECT id, name, active, verdicts FROM rulesets WHERE id = {id:String}", map[string]string{"id": id}, nil)
	}
	cmd.Flags().StringVar(&rules, "rules", "", "file or folder of rules over the built-in ones (default: the configuration's)")
	cmd.Flags().StringVar(&name, "name", "", "a name for the ruleset, to be used instead of its id")
	return cmd
}

// judgeAll publishes a ruleset under a name and judges the whole log by it.
func (s *session) judgeAll(ctx context.Context, cmd *cobra.Command, c *classify.Classifier, name string) (string, error) {
	r, err := rulingOf(c)
	if err != nil {
		return "", err
	}
	if name != "" {
		if err := s.named(ctx, r, name); err != nil {
			return "", err
		}
	}
	p, err := s.pipeline("classify", "sink")
	if err != nil {
		return "", err
	}
	p.fixed = true
	p.live.Store(r)
	b := newBars(cmd.ErrOrStderr())
	defer b.done()
	return r.id, p.untilIdle(ctx, func(n int64) { b.left("records to judge", n) })
}

// named publishes a ruleset with a name that no other one has.
func (s *session) named(ctx context.Context, r *ruling, name string) error {
	all, err := s.decisionsNow(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Kind != "ruleset" || d.Retracted {
			continue
		}
		have := nameOf(d.Body)
		if d.ID != r.id && (have == name || d.ID == name) {
			return usagef("--name %s is ruleset %s already: take another name", name, d.ID)
		}
		if d.ID == r.id && have == name {
			return nil
		}
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &body); err != nil {
		return err
	}
	if body["name"], err = json.Marshal(name); err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return s.publish(ctx, author(), "replay", event.Decision{Kind: "ruleset", ID: r.id, Body: text})
}

func nameOf(body json.RawMessage) string {
	var v struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	return v.Name
}

func (a *app) newRulesets() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rulesets list|diff|promote",
		Short: "The rulesets that judged, what moves between them, and which one counts",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("workmix rulesets takes list, diff or promote, not %q", args[0])
			}
			return usagef("workmix rulesets takes list, diff or promote: run workmix rulesets --help")
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(a.newRulesetsList(), a.newRulesetsDiff(), a.newRulesetsPromote())
	return cmd
}

func (a *app) newRulesetsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the rulesets", Args: exactly(0, "no arguments")}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		s, err := a.open(ctx, cmd, how{tables: true})
		if err != nil {
			return err
		}
		defer s.close()
		return printQuery(ctx, cmd.OutOrStdout(), f, s.db, "SELECT id, name, active, verdicts, recorded_at, promoted_at, author, reason FROM rulesets ORDER BY recorded_at, id", nil, nil)
	}
	return cmd
}

func (a *app) newRulesetsDiff() *cobra.Command {
	var samples int
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "What moves between two rulesets: items, the work mix by team and quarter, samples to read",
		Long: `What moves from ruleset A to ruleset B, each a name or an id (its beginning is enough): how many items from which
quadrant to which, the work mix by team and quarter under both, and items to read.`,
		Args: exactly(2, "two rulesets"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		s, err := a.open(ctx, cmd, how{tables: true})
		if err != nil {
			return err
		}
		defer s.close()
		var ids [2]string
		for i := range ids {
			if ids[i], err = s.rulesetID(ctx, args[i]); err != nil {
				return err
			}
		}
		params := map[string]string{"a": ids[0], "b": ids[1]}
		w := cmd.OutOrStdout()
		if f != "table" && f != "markdown" { // one relation: the items that move
			return s.runQuestion(ctx, w, f, s.db, "ruleset_moves", params)
		}
		for _, q := range []struct{ head, name string }{
			{"Items that move", "ruleset_diff"}, {"Work mix by team and quarter", "ruleset_mix"}, {"Items to read", "ruleset_moves"},
		} {
			fmt.Fprintf(w, "%s: %s to %s\n", q.head, args[0], args[1])
			if q.name == "ruleset_moves" {
				params["limit"] = fmt.Sprint(samples)
			}
			if err := s.runQuestion(ctx, w, f, s.db, q.name, params); err != nil {
				return err
			}
			fmt.Fprintln(w)
		}
		return nil
	}
	cmd.Flags().IntVar(&samples, "samples", 20, "how many items to show in a table; csv, json and jsonl hold all")
	return cmd
}

func (a *app) newRulesetsPromote() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "promote N [--reason TEXT]",
		Short: "Make a ruleset's verdicts the ones that count",
		Long: `Make a ruleset's verdicts the ones that count: from one moment to the next, in every view. It is refused until the
ruleset has judged everything in the log. The earlier verdicts stay in classifications, and what was known before the
promotion can still be asked for.`,
		Args: exactly(1, "one ruleset"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			s, err := a.open(ctx, cmd, how{process: true})
			if err != nil {
				return err
			}
			defer s.close()
			id, err := s.rulesetID(ctx, args[0])
			if err != nil {
				return err
			}
			switch left, err := s.waiting(ctx, classifyGroup(id), event.TopicItems); {
			case err != nil:
				return fmt.Errorf("promote %s: %w", args[0], err)
			case left > 0:
				return notJudged(args[0], left)
			}
			p, err := s.pipeline("sink")
			if err != nil {
				return err
			}
			if err := p.untilIdle(ctx, nil); err != nil { // its verdicts are in the tables before they count
				return fmt.Errorf("promote %s: %w", args[0], err)
			}
			if err := s.promotion(ctx, author(), reason, id); err != nil {
				return fmt.Errorf("promote %s: %w", args[0], err)
			}
			if err := p.untilIdle(ctx, nil); err != nil {
				return fmt.Errorf("promote %s: %w", args[0], err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "workmix: the verdicts of %s count now\n", id)
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	return cmd
}

// rulesetID finds a ruleset by its name, its id or the beginning of its id.
func (s *session) rulesetID(ctx context.Context, name string) (string, error) {
	r, err := s.db.Query(ctx, "SELECT id, name FROM rulesets WHERE name = {n:String} OR startsWith(id, {n:String}) ORDER BY name = {n:String} DESC, id = {n:String} DESC, id", map[string]string{"n": name}, nil)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var found []string
	err = report.Each(rows{r}, func(row []any) error {
		id, known := report.Plain(row[0], "String"), report.Plain(row[1], "String")
		found = append(found, id)
		if id == name || known == name {
			return errFound
		}
		return nil
	})
	switch {
	case errors.Is(err, errFound) && len(found) == 1, err == nil && len(found) == 1:
		return found[0], nil
	case err != nil && !errors.Is(err, errFound):
		return "", err
	case len(found) == 0:
		return "", usagef("there is no ruleset %q: workmix rulesets list shows them", name)
	}
	return "", usagef("%q is the beginning of several rulesets: %s", name, strings.Join(found, ", "))
}

// errFound ends a search.
var errFound = errors.New("found")
