package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report"
)

func (a *app) newRulesCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE|DIR]",
		Short: "Say what is wrong with rules, or what each layer does",
		Long: `Compile a file or folder of rules over the built-in ones. A mistake is said with its file, line and column, and the
nearest valid name; without one, what each file adds, replaces and silences is printed. Without an argument the
configuration's rules are checked.`,
		Args: cobra.MaximumNArgs(1),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		c, err := a.classifier(first(args))
		if err != nil {
			return err
		}
		id, _, err := c.Ruleset()
		if err != nil {
			return err
		}
		t := &table{columns: []report.Column{
			{Name: "layer", Type: "String"},
			{Name: "rules", Type: "Int64"},
			{Name: "replaced", Type: "Int64"},
			{Name: "silenced", Type: "Int64"},
			{Name: "examples", Type: "Int64"},
			{Name: "words", Type: "Int64"},
			{Name: "ruleset", Type: "String"},
		}}
		for _, l := range c.Layers() {
			t.rows = append(t.rows, []any{l.Name, int64(l.Rules), int64(l.Replaced), int64(l.Silenced), int64(l.Examples), int64(l.Words), id})
		}
		return report.Write(cmd.OutOrStdout(), f, t)
	}
	return cmd
}

func (a *app) newRulesTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test [FILE|DIR]",
		Short: "Hold rules against the examples in their files",
		Long: `Judge the items under examples: in a file or folder of rules, and say which verdicts are not as expected. Rules without
examples of their own are held against the built-in ones'. Without an argument the configuration's rules are tested.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.classifier(first(args))
			if err != nil {
				return err
			}
			n, failed, err := c.Test()
			if err != nil {
				return fmt.Errorf("rules test: %w", err)
			}
			w := cmd.OutOrStdout()
			for _, f := range failed {
				fmt.Fprintf(w, "%s: %s\n", f.Where, f.Title)
				for _, s := range f.Wrong {
					fmt.Fprintf(w, "  %s\n", s)
				}
				for _, e := range f.Verdict.Evidence {
					fmt.Fprintf(w, "  because %s (%s: %s) forced %+.2f long %+.2f\n", e.Because, e.Rule, e.Matched, e.Forced, e.Long)
				}
			}
			if len(failed) > 0 {
				return fmt.Errorf("rules test: %d of %s failed", len(failed), count(n, "example"))
			}
			fmt.Fprintf(w, "%s as expected\n", count(n, "example"))
			return nil
		},
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
