package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/processors/classify"
	"github.com/workmix/workmix/processors/classify/learn"
)

func (a *app) newRulesTrain() *cobra.Command {
	var items, gold, weak, people, output string
	var overrides bool
	cmd := &cobra.Command{
		Use:   "train [--overrides] [--items FILE --gold FILE] [--weak DIR] -o FILE",
		Short: "Train a text model on overrides and on labelled items",
		Long: `Train a text model on the items that people overrode (--overrides), on labelled items as workmix evaluate reads them
(--items, --gold), or on both.

With --weak, a folder of weak labels, the model is made anew; that is how the built-in one is (make train). Without it the
ruleset's own model is taken further: its words keep their weights but for what the items say against them, and words that
stand in three of the items or more are added. Put the file into the folder of rules: the last .tsv there counts.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case output == "" || !overrides && items == "":
				return usagef("workmix rules train needs -o and what to learn from, --overrides or --items and --gold: run workmix rules train --help")
			case (items == "") != (gold == ""):
				return usagef("--items and --gold go together: a file of items, and one of their labels")
			}
			if filepath.Ext(output) != ".tsv" {
				return usagef("-o %s: a text model's file ends in .tsv", output)
			}
			labelled, err := a.labelled(cmd, items, gold, overrides)
			if err != nil {
				return fmt.Errorf("rules train: %w", err)
			}
			m, err := a.train(labelled, weak, people)
			if err != nil {
				return fmt.Errorf("rules train: %w", err)
			}
			if err := os.WriteFile(output, []byte(m.Text()), 0o644); err != nil {
				return fmt.Errorf("rules train: %w", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "workmix: %s: %s\n", output, count(len(m.Words), "word"))
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&overrides, "overrides", false, "learn from the overrides in the tables")
	f.StringVar(&items, "items", "", "file of work items, one JSON object a line")
	f.StringVar(&gold, "gold", "", "file of their labels, one JSON object a line")
	f.StringVar(&weak, "weak", "", "folder of weak labels; then the model is made anew")
	f.StringVar(&people, "people", "", "folder of trackers' JSON: names of people and accounts in it are kept out of the model")
	f.StringVarP(&output, "output", "o", "", "file to write, a .tsv")
	return cmd
}

// labelled reads the labels to learn from: of files, of overrides, or of both.
func (a *app) labelled(cmd *cobra.Command, items, gold string, overrides bool) ([]learn.Example, error) {
	var out []learn.Example
	var err error
	if items != "" {
		if out, err = learn.ReadLabelled(items, gold); err != nil {
			return nil, err
		}
	}
	if !overrides {
		return out, nil
	}
	s, err := a.open(cmd.Context(), cmd, how{tables: true})
	if err != nil {
		return nil, err
	}
	defer s.close()
	words, err := s.overridden(cmd.Context())
	if err == nil && len(words) == 0 {
		err = usagef("--overrides: nobody has overridden a drive or horizon yet: workmix override does")
	}
	return append(out, words...), err
}

// overridden are the items whose drive or horizon people overrode, as they are now.
func (s *session) overridden(ctx context.Context) ([]learn.Example, error) {
	q, err := question("overridden_items")
	if err != nil {
		return nil, err
	}
	var out []learn.Example
	err = s.ask(ctx, q, nil, func(rows report.Rows) error {
		at := map[string]int{}
		for i, c := range rows.Columns() {
			at[c.Name] = i
		}
		return report.Each(rows, func(row []any) error {
			text := func(column string) string { return report.Plain(row[at[column]], "String") }
			o := classify.Offline{UID: text("item_id"), Title: text("title"), Body: text("body")}
			e := learn.Example{UID: o.UID, Source: text("project"), Item: o.Item(), Weight: 1}
			e.Label(text("drive"), text("horizon"))
			if e.Forced != 0 || e.Long != 0 {
				out = append(out, e)
			}
			return nil
		})
	})
	return out, err
}

func (a *app) train(labelled []learn.Example, weak, people string) (*classify.Model, error) {
	o := learn.Defaults()
	var some []learn.Example
	var err error
	if weak != "" {
		if some, err = learn.ReadWeak(weak, labelled); err != nil {
			return nil, err
		}
	} else {
		c, err := a.classifier("")
		if err != nil {
			return nil, err
		}
		o = learn.Further(c.Model())
	}
	if people != "" {
		if o.Exclude, err = learn.People(people); err != nil {
			return nil, err
		}
	}
	all := slices.Concat(labelled, some)
	o.ExcludeSources(all)
	m, err := learn.TrainCalibrated(labelled, some, o)
	if err != nil {
		return nil, err
	}
	m.Comments = []string{
		"A text model that workmix rules train wrote: weights of stemmed words. Do not edit it, train it.",
		fmt.Sprintf("Trained on %s that people labelled and %s, of %s.", count(len(labelled), "item"), count(len(some), "weak label"), count(len(learn.Sources(all)), "source")),
	}
	if o.Start != nil {
		m.Comments = append(m.Comments, "It departed from another model, which was trained before:")
		m.Comments = append(m.Comments, o.Start.Comments...)
	}
	return m, nil
}
