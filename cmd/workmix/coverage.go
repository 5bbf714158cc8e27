package main

import "github.com/spf13/cobra"

func (a *app) newCoverage() *cobra.Command {
	return a.rowsOf(&cobra.Command{
		Use:   "coverage",
		Short: "Per source and project: what is in the source, in the log and in the table",
		Args:  exactly(0, "no arguments"),
	}, how{}, func(s *session, cmd *cobra.Command, format string) error {
		return printQuery(cmd.Context(), cmd.OutOrStdout(), format, s.db, coverageSQL, nil)
	})
}

const coverageSQL = "SELECT source, project, kind, in_source, in_log, in_table, missing, last_success_at FROM coverage ORDER BY source, project, kind"
