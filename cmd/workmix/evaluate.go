package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/processors/classify"
	"github.com/workmix/workmix/processors/classify/learn"
)

func (a *app) newEvaluate() *cobra.Command {
	var items, gold, rules, weak string
	var fields, apart []string
	var worst int
	cmd := &cobra.Command{
		Use:   "evaluate --items FILE --gold FILE [--rules FILE]",
		Short: "Offline: how often verdicts agree with labels that people gave",
		Long: `Offline: how often verdicts agree with labels that people gave.

--items holds work items, one JSON object a line, as workmix classify reads them; --gold holds their labels:
{"uid": "...", "drive": "forced|discretionary", "horizon": "long|short"} a line.

Every measure has its 95% interval: Wilson's for shares, a bootstrap for balanced accuracy and F1. A verdict counts as
right if its score lies on the label's side of 0.5; coverage is the share that is not undetermined. The reliability table
shows for verdicts stated with a confidence of 0.5 to 0.6, 0.6 to 0.7, ... how many of them were right.`,
		Args: exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		if items == "" || gold == "" {
			return usagef("workmix evaluate needs --items, a file of work items, and --gold, a file of their labels")
		}
		for _, name := range fields {
			if !slices.Contains(learn.Fields, name) {
				return usagef("--fields %s is not one of %s", name, strings.Join(learn.Fields, ", "))
			}
		}
		if worst < 0 {
			return usagef("--worst %d is not a number of errors: give 0 or more", worst)
		}
		c, err := a.classifier(rules)
		if err != nil {
			return err
		}
		all, err := learn.ReadLabelled(items, gold)
		if err != nil {
			return fmt.Errorf("evaluate: %w", err)
		}
		if len(fields) > 0 {
			for i := range all {
				all[i].Item = learn.Strip(all[i].Item, fields)
			}
		}
		parts, err := evaluationParts(cmd, c, items, weak, all)
		if err != nil {
			return err
		}
		measured, err := learn.Evaluate(all, parts, learn.Options{Apart: apart, Worst: worst})
		if err != nil {
			return fmt.Errorf("evaluate: %w", err)
		}
		return printEvaluation(cmd.OutOrStdout(), f, measured)
	}
	cmd.Flags().StringVar(&items, "items", "", "file of work items, one JSON object a line")
	cmd.Flags().StringVar(&gold, "gold", "", "file of labels, one JSON object a line")
	cmd.Flags().StringVar(&rules, "rules", "", "file or folder of rules over the built-in ones (default: the configuration's)")
	cmd.Flags().StringVar(&weak, "weak", "", "folder of weak labels to train the text model on where it is cross-validated (default: weak beside --items)")
	cmd.Flags().StringSliceVar(&fields, "fields", nil, "judge by these fields alone: "+strings.Join(learn.Fields, ","))
	cmd.Flags().StringSliceVar(&apart, "apart", nil, "sources (uids without their number) to report apart from the rest, such as those that no rule was written against")
	cmd.Flags().IntVar(&worst, "worst", 10, "how many errors to list for each axis, the surest first")
	return cmd
}

// evaluationParts are the rules and the text model together, and each alone. Of items from a source that the model was
// trained on it would only repeat what it was told: then models are trained anew, for each source one that has seen
// nothing of it.
func evaluationParts(cmd *cobra.Command, c *classify.Classifier, items, weak string, all []learn.Example) ([]learn.Part, error) {
	rules := c.WithModel(nil)
	parts := []learn.Part{{Name: "rules", Judge: func(e *learn.Example) (*classify.Verdict, error) { return rules.Judge(e.Item) }}}
	if c.Model() == nil {
		return parts, nil
	}
	of := func(string) *classify.Classifier { return c }
	if slices.ContainsFunc(all, func(e learn.Example) bool { return c.Model().TrainedOn(e.Source) }) {
		if weak == "" {
			weak = filepath.Join(filepath.Dir(items), "weak")
		}
		if _, err := os.Stat(weak); err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "workmix: the text model was trained on some of these sources, and there are no weak labels in %s to train others without them: the rules alone are measured\n", weak)
			return parts, nil
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "workmix: the text model was trained on some of these sources: each source is judged by one that is trained here without it")
		labels, err := learn.ReadWeak(weak, all)
		if err != nil {
			return nil, fmt.Errorf("evaluate: %w", err)
		}
		models, err := learn.CrossValidated(all, labels, learn.Defaults())
		if err != nil {
			return nil, fmt.Errorf("evaluate: %w", err)
		}
		folds := map[string]*classify.Classifier{}
		for s, m := range models {
			folds[s] = c.WithModel(m)
		}
		of = func(source string) *classify.Classifier { return folds[source] }
	}
	return append([]learn.Part{
		{Name: "rules+text", Judge: func(e *learn.Example) (*classify.Verdict, error) { return of(e.Source).Judge(e.Item) }},
	}, parts[0], learn.Part{Name: "text", Judge: func(e *learn.Example) (*classify.Verdict, error) { return of(e.Source).TextOnly(e.Item), nil }}), nil
}

// classifier compiles the rules of a flag, else of the configuration.
func (a *app) classifier(rules string) (*classify.Classifier, error) {
	if rules == "" {
		cfg, err := a.load()
		if err != nil {
			return nil, err
		}
		rules = cfg.Rules
	}
	c, err := classify.New(rules)
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

// evaluationColumns are those of the one relation that csv, json and jsonl hold.
var evaluationColumns = []report.Column{
	{Name: "section", Type: "String"},
	{Name: "part", Type: "String"},
	{Name: "source", Type: "String"},
	{Name: "axis", Type: "String"},
	{Name: "class", Type: "String"},
	{Name: "measure", Type: "String"},
	{Name: "value", Type: "Float64"},
	{Name: "low", Type: "Float64"},
	{Name: "high", Type: "Float64"},
	{Name: "items", Type: "Int64"},
	{Name: "uid", Type: "String"},
	{Name: "title", Type: "String"},
	{Name: "why", Type: "String"},
}

// evaluationSections are the tables that a person reads, in their order.
var evaluationSections = []struct {
	name, title string
	columns     []string
}{
	{"summary", "How often the verdicts agree (with 95% intervals)", []string{"part", "axis", "measure", "value", "low", "high", "items"}},
	{"classes", "Side by side", []string{"part", "axis", "class", "measure", "value", "low", "high", "items"}},
	{"confusion", "Label > verdict", []string{"part", "axis", "class", "items"}},
	{"reliability", "Reliability: what was stated, and how often it was right", []string{"part", "axis", "class", "measure", "value", "low", "high", "items"}},
	{"sources", "By source", []string{"part", "axis", "source", "measure", "value", "low", "high", "items"}},
	{"errors", "The surest errors", []string{"axis", "uid", "class", "measure", "value", "title", "why"}},
}

func printEvaluation(w io.Writer, format string, all []learn.Row) error {
	if format != "table" && format != "markdown" {
		return report.Write(w, format, &table{columns: evaluationColumns, rows: evaluationRows(all)})
	}
	for i, s := range evaluationSections {
		var some []learn.Row
		for _, r := range all {
			if r.Section == s.name {
				some = append(some, r)
			}
		}
		if len(some) == 0 {
			continue
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		head := s.title
		if format == "markdown" {
			head = "## " + head + "\n"
		}
		fmt.Fprintln(w, head)
		if err := report.Write(w, format, (&table{columns: evaluationColumns, rows: evaluationRows(some)}).only(s.columns)); err != nil {
			return err
		}
	}
	return nil
}

func evaluationRows(all []learn.Row) [][]any {
	number := func(f float64) any {
		if math.IsNaN(f) {
			return nil
		}
		return math.Round(f*1e4) / 1e4
	}
	var out [][]any
	for _, r := range all {
		out = append(out, []any{
			r.Section, r.Part, r.Source, r.Axis, r.Class, r.Measure, number(r.Value), number(r.Low), number(r.High),
			int64(r.Items), r.UID, r.Title, r.Why,
		})
	}
	return out
}

// table is a result that is already in memory, of any types.
type table struct {
	columns []report.Column
	rows    [][]any
}

func (t *table) Columns() []report.Column { return t.columns }

func (t *table) Next() ([]any, error) {
	if len(t.rows) == 0 {
		return nil, io.EOF
	}
	r := t.rows[0]
	t.rows = t.rows[1:]
	return r, nil
}

// only keeps the named columns, in their order.
func (t *table) only(names []string) *table {
	out := &table{}
	var at []int
	for _, n := range names {
		i := slices.IndexFunc(t.columns, func(c report.Column) bool { return c.Name == n })
		at = append(at, i)
		out.columns = append(out.columns, t.columns[i])
	}
	for _, r := range t.rows {
		var row []any
		for _, i := range at {
			row = append(row, r[i])
		}
		out.rows = append(out.rows, row)
	}
	return out
}
