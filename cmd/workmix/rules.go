package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/processors/classify/learn"
)

func (a *app) newRules() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules train",
		Short: "Write and understand rules",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q: run workmix rules --help", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(a.newRulesTrain())
	return cmd
}

func (a *app) newRulesTrain() *cobra.Command {
	var items, gold, weak, people, output string
	cmd := &cobra.Command{
		Use:   "train --items FILE --gold FILE [--weak DIR] -o FILE",
		Short: "Train a text model on labelled items",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if items == "" || gold == "" || output == "" {
				return usagef("workmix rules train needs --items, --gold and -o: run workmix rules train --help")
			}
			labelled, err := learn.ReadLabelled(items, gold)
			if err != nil {
				return fmt.Errorf("rules train: %w", err)
			}
			o := learn.Defaults()
			var some []learn.Example
			if weak != "" {
				if some, err = learn.ReadWeak(weak, labelled); err != nil {
					return fmt.Errorf("rules train: %w", err)
				}
			}
			if people != "" {
				if o.Exclude, err = learn.People(people); err != nil {
					return fmt.Errorf("rules train: %w", err)
				}
			}
			all := slices.Concat(labelled, some)
			o.ExcludeSources(all)
			m, err := learn.TrainCalibrated(labelled, some, o)
			if err != nil {
				return fmt.Errorf("rules train: %w", err)
			}
			m.Comments = []string{
				"A text model that workmix rules train wrote: weights of stemmed words, in log-odds. Do not edit it, train it.",
				fmt.Sprintf("Trained on %d items that people labelled and %d weak labels of %s.", len(labelled), len(some), count(len(learn.Sources(all)), "source")),
			}
			if err := os.WriteFile(output, []byte(m.Text()), 0o644); err != nil {
				return fmt.Errorf("rules train: %w", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "workmix: %s: %d words\n", output, len(m.Words))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&items, "items", "", "file of work items, one JSON object a line")
	f.StringVar(&gold, "gold", "", "file of their labels, one JSON object a line")
	f.StringVar(&weak, "weak", "", "folder of weak labels")
	f.StringVar(&people, "people", "", "folder of trackers' JSON: names of people and accounts in it are kept out of the model")
	f.StringVarP(&output, "output", "o", "", "file to write, a .tsv: put it into the folder of rules")
	return cmd
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
