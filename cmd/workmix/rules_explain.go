package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/processors/classify"
)

func (a *app) newRulesExplain() *cobra.Command {
	var input, rules string
	cmd := &cobra.Command{
		Use:   "explain ITEM [--input FILE [--rules FILE]]",
		Short: "Why an item lies where it does: what spoke for and against, and how it adds up",
		Long: `Why an item lies where it does: what spoke for and against, with the matched words, and how the weights add up.

ITEM is a key such as acme/api#12 or OPS-7, or an item's id: its verdict is taken from the tables. With --input, a file of
work items as workmix classify reads them, ITEM is the uid of one of them, and it is judged here and now.`,
		Args: exactly(1, "one item"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		var x *explanation
		switch {
		case input != "":
			x, err = a.explainLine(input, rules, args[0])
		case rules != "":
			return usagef("--rules goes with --input: the tables hold the verdicts of rules that were replayed")
		default:
			x, err = a.explainStored(cmd, args[0])
		}
		if err != nil {
			return err
		}
		return x.print(cmd.OutOrStdout(), f)
	}
	cmd.Flags().StringVar(&input, "input", "", "file of work items, one JSON object a line")
	cmd.Flags().StringVar(&rules, "rules", "", "with --input: file or folder of rules over the built-in ones (default: the configuration's)")
	return cmd
}

// explanation is a verdict with the prior that its evidence is added to.
type explanation struct {
	item, title string
	prior       *classify.Prior // nil: not known
	v           *classify.Verdict
}

func (a *app) explainLine(input, rules, uid string) (*explanation, error) {
	c, err := a.classifier(rules)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(input)
	if err != nil {
		return nil, fmt.Errorf("--input: %w", err)
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var o classify.Offline
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s holds no item %q", input, uid)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: not a work item: %w", input, err)
		}
		if o.UID != uid {
			continue
		}
		v, err := c.Judge(o.Item())
		if err != nil {
			return nil, err
		}
		prior := c.Prior()
		return &explanation{item: uid, title: o.Title, prior: &prior, v: v}, nil
	}
}

// storedVerdict is the item's newest verdict under the ruleset that counts.
const storedVerdict = `SELECT w.key, w.title, c.forced, c.long, c.drive, c.horizon, c.quadrant, c.category, c.category_source, c.property, c.forced_reason,
    c.confidence, c.class_source, c.ruleset, toJSONString(c.evidence) AS evidence, r.body
FROM work_items AS w
INNER JOIN classifications AS c ON c.item_id = w.item_id
INNER JOIN rulesets AS r ON r.id = c.ruleset
WHERE (w.key = {item:String} OR w.item_id = {item:String}) AND r.active AND c.valid_to IS NULL
ORDER BY w.updated_at DESC
LIMIT 1`

func (a *app) explainStored(cmd *cobra.Command, item string) (*explanation, error) {
	ctx := cmd.Context()
	s, err := a.open(ctx, cmd, how{tables: true})
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.explain(ctx, item)
}

func (s *session) explain(ctx context.Context, item string) (*explanation, error) {
	r, err := s.db.Query(ctx, storedVerdict, map[string]string{"item": item}, nil)
	if err != nil {
		return nil, fmt.Errorf("rules explain %s: %w", item, err)
	}
	defer r.Close()
	row, err := r.Next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is no verdict on %q: give an item's key, such as acme/api#12 or OPS-7, or its id", item)
	}
	if err != nil {
		return nil, fmt.Errorf("rules explain %s: %w", item, err)
	}
	text := func(i int) string { return report.Plain(row[i], "String") }
	x := &explanation{item: text(0), title: text(1), v: &classify.Verdict{
		Drive: text(4), Horizon: text(5), Quadrant: text(6), Category: text(7), CategorySource: text(8), Property: text(9), ForcedReason: text(10),
		ClassSource: text(12), Ruleset: text(13),
	}}
	for i, to := range map[int]*float64{2: &x.v.Forced, 3: &x.v.Long, 11: &x.v.Confidence} {
		if f, ok := row[i].(float64); ok {
			*to = f
		}
	}
	if err := json.Unmarshal([]byte(text(14)), &x.v.Evidence); err != nil {
		return nil, fmt.Errorf("rules explain %s: %w", item, err)
	}
	if p, ok := classify.PublishedPrior(json.RawMessage(text(15))); ok {
		x.prior = &p
	}
	return x, nil
}

func (x *explanation) print(w io.Writer, format string) error {
	all := x.v.Evidence
	if x.prior != nil {
		all = append([]event.Evidence{{Rule: "(prior)", Because: "what holds before any rule speaks", Forced: x.prior.Forced, Long: x.prior.Long}}, all...)
	}
	t := &table{columns: []report.Column{
		{Name: "rule", Type: "String"}, {Name: "because", Type: "String"}, {Name: "matched", Type: "String"}, {Name: "forced", Type: "Float64"}, {Name: "long", Type: "Float64"},
	}}
	var forced, long float64
	for _, e := range all {
		forced, long = forced+e.Forced, long+e.Long
		t.rows = append(t.rows, []any{e.Rule, e.Because, e.Matched, e.Forced, e.Long})
	}
	if format == "table" || format == "markdown" {
		v := x.v
		fmt.Fprintf(w, "%s  %s\n%s: forced %.2f, long %.2f, confidence %.2f (%s, ruleset %s)\n", x.item, x.title, v.Quadrant, v.Forced, v.Long, v.Confidence, v.ClassSource, v.Ruleset)
		fmt.Fprintf(w, "category %s (%s)", v.Category, v.CategorySource)
		if v.Property != "" {
			fmt.Fprintf(w, ", property %s", v.Property)
		}
		if v.ForcedReason != "" {
			fmt.Fprintf(w, ", forced by %s", v.ForcedReason)
		}
		fmt.Fprint(w, "\n\n")
		t.rows = append(t.rows, []any{"(sum)", "log-odds; the scores are its logistic function", "", forced, long})
	}
	return report.Write(w, format, t)
}
