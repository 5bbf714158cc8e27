package main

import "github.com/spf13/cobra"

func (a *app) newCoverage() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Per source and project: what is in the source, in the log and in the table",
		Args:  exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		s, err := a.open(cmd.Context(), cmd, how{})
		if err != nil {
			return err
		}
		defer s.close()
		return printQuery(cmd.Context(), cmd.OutOrStdout(), f, s.db, coverageSQL, nil)
	}
	return cmd
}
