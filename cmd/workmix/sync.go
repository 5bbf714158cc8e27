package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (a *app) newSync() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Once: pull what is new from every source, process it to the end, print the coverage",
		Args:  exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		s, err := a.open(ctx, cmd, how{process: true})
		if err != nil {
			return err
		}
		defer s.close()
		if _, err := s.sources(""); err != nil {
			return err
		}
		p, err := s.pipeline(stages...)
		if err != nil {
			return err
		}
		// What was read is processed even where a source failed: the failure is told at the end.
		ingested := s.ingestOnce(ctx, cmd, "")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b := newBars(cmd.ErrOrStderr())
		err = p.untilIdle(ctx, func(n int64) { b.left("records to process", n) })
		b.done()
		if err != nil {
			return errors.Join(ingested, err)
		}
		return errors.Join(ingested, printQuery(ctx, cmd.OutOrStdout(), f, s.db, coverageSQL, nil))
	}
	return cmd
}

const coverageSQL = "SELECT source, project, kind, in_source, in_log, in_table, missing, last_success_at FROM coverage ORDER BY source, project, kind"
