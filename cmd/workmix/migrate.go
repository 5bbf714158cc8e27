package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

func (a *app) newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate status|up",
		Short: "Show or bring up to date the schema of the tables, the views and the topics",
		Args:  exactly(1, "status or up"),
	}
	format := formatFlag(cmd)
	cmd.ValidArgs = []string{"status", "up"}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if args[0] != "status" && args[0] != "up" {
			return usagef("workmix migrate takes status or up, not %q", args[0])
		}
		f, err := format()
		if err != nil {
			return err
		}
		s, err := a.open(cmd.Context(), cmd, how{process: args[0] == "up"})
		if err != nil {
			return err
		}
		defer s.close()
		files, err := queries.Schema()
		if err != nil {
			return err
		}
		all, err := s.db.MigrationStatus(cmd.Context(), files)
		if err != nil {
			return err
		}
		l := &list{columns: []string{"version", "name", "applied_at"}}
		for _, m := range all {
			at := "pending"
			if !m.AppliedAt.IsZero() {
				at = m.AppliedAt.UTC().Format("2006-01-02 15:04:05")
			}
			l.rows = append(l.rows, []any{fmt.Sprint(m.Version), m.Name, at})
		}
		return report.Write(cmd.OutOrStdout(), f, l)
	}
	return cmd
}
