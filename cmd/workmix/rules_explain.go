package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

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

ITEM is a key such as acme/api#12 or OPS-7, or an item's id: its verdict is taken from the tables. Where the item takes it over
from another one (the issue that it closes or mentions, its parent), or a person's word stands above it, that is said first,
and the weights are those of the item whose verdict it is.

With --input, a file of work items as workmix classify reads them, ITEM is the uid of one of them, and it is judged here and now.`,
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
	prior       *classify.Prior  // nil: not known
	above       []event.Evidence // what comes before the rules: another item's verdict, people's words
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
	id, _, err := s.itemNamed(ctx, item)
	if err != nil {
		return nil, err
	}
	q, err := question("item_explained")
	if err != nil {
		return nil, err
	}
	bound, err := q.Bind(map[string]string{"item": id})
	if err != nil {
		return nil, &usageError{err}
	}
	x := &explanation{v: &classify.Verdict{}}
	err = s.ask(ctx, q, bound, func(rows report.Rows) error {
		at := map[string]int{}
		for i, c := range rows.Columns() {
			at[c.Name] = i
		}
		return report.Each(rows, func(row []any) error {
			return x.read(func(column string) any { return row[at[column]] })
		})
	})
	if err == nil && x.v.Ruleset == "" {
		err = fmt.Errorf("there is no verdict on it yet")
	}
	if err != nil {
		return nil, fmt.Errorf("rules explain %s: %w", item, err)
	}
	return x, nil
}

// read takes over a row of the question item_explained.
func (x *explanation) read(column func(string) any) error {
	text := func(name string) string { return report.Plain(column(name), "String") }
	x.item, x.title = text("key"), text("title")
	v := x.v
	v.Quadrant, v.Category, v.CategorySource, v.Property = text("quadrant"), text("category"), text("category_source"), text("property")
	v.ForcedReason, v.ClassSource, v.Ruleset, v.Initiative = text("forced_reason"), text("class_source"), text("ruleset"), text("initiative")
	for name, to := range map[string]*float64{"forced": &v.Forced, "long": &v.Long, "confidence": &v.Confidence} {
		if f, ok := column(name).(float64); ok {
			*to = f
		}
	}
	whose := ""
	if v.ClassSource == "inherited" {
		whose = text("from_key") + ", " + text("from_title")
		x.above = append(x.above, event.Evidence{Rule: "(inherited)", Because: "the verdict is that of " + whose, Matched: text("from_key")})
	}
	for _, w := range []struct{ what, rule string }{{"word", "(override)"}, {"category", "(category)"}} {
		said := text(map[string]string{"word": "word", "category": "category_word"}[w.what])
		if said == "" {
			continue
		}
		on := report.Plain(column(w.what+"_at"), "DateTime64(3, 'UTC')")
		x.above = append(x.above, event.Evidence{
			Rule: w.rule, Because: fmt.Sprintf("the word of %s on %.10s: %s", text(w.what+"_author"), on, text(w.what+"_reason")), Matched: said,
		})
	}
	if p, ok := classify.PublishedPrior(json.RawMessage(text("rules"))); ok {
		x.prior = &p
	}
	if err := json.Unmarshal([]byte(text("evidence")), &v.Evidence); err != nil {
		return fmt.Errorf("its evidence: %w", err)
	}
	return nil
}

func (x *explanation) print(w io.Writer, format string) error {
	all := x.v.Evidence
	if x.prior != nil {
		all = append([]event.Evidence{{Rule: "(prior)", Because: "what holds before any rule speaks", Forced: x.prior.Forced, Long: x.prior.Long}}, all...)
	}
	all = append(slices.Clone(x.above), all...)
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
		if v.Initiative != "" {
			fmt.Fprintf(w, ", initiative %s", v.Initiative)
		}
		fmt.Fprint(w, "\n\n")
		sum := "log-odds; the scores are its logistic function"
		if len(x.above) > 0 {
			sum = "log-odds; the logistic function makes scores of it, where nobody's word stands above"
		}
		t.rows = append(t.rows, []any{"(sum)", sum, "", forced, long})
	}
	return report.Write(w, format, t)
}
