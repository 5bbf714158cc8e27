package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/processors/classify"
	"github.com/workmix/workmix/processors/classify/learn"
)

func (a *app) newRules() *cobra.Command {
	return chooses(&cobra.Command{Use: "rules check|test|explain|train", Short: "Write and understand rules"},
		a.newRulesCheck(), a.newRulesTest(), a.newRulesExplain(), a.newRulesTrain())
}

func (a *app) newRulesTrain() *cobra.Command {
	var items, gold, weak, people, output string
	cmd := &cobra.Command{
		Use:   "train --items FILE --gold FILE [--weak DIR] -o FILE",
		Short: "Train a text model on labelled items",
		Long: `Train a text model on labelled items: those of workmix evaluate.

With --weak, a folder of weak labels, the model is made anew; that is how the built-in one is (make train). Without it the
ruleset's own model is taken further: its words keep their weights but for what the items say against them, and words that
stand in three of the items or more are added. Put the file into the folder of rules: the last .tsv there counts.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if items == "" || gold == "" || output == "" {
				return usagef("workmix rules train needs --items, --gold and -o: run workmix rules train --help")
			}
			if filepath.Ext(output) != ".tsv" {
				return usagef("-o %s: a text model's file ends in .tsv", output)
			}
			labelled, err := learn.ReadLabelled(items, gold)
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
	f.StringVar(&items, "items", "", "file of work items, one JSON object a line")
	f.StringVar(&gold, "gold", "", "file of their labels, one JSON object a line")
	f.StringVar(&weak, "weak", "", "folder of weak labels; then the model is made anew")
	f.StringVar(&people, "people", "", "folder of trackers' JSON: names of people and accounts in it are kept out of the model")
	f.StringVarP(&output, "output", "o", "", "file to write, a .tsv")
	return cmd
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

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
