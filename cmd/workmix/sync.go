package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (a *app) newSync() *cobra.Command {
	return a.rowsOf(&cobra.Command{
		Use:   "sync",
		Short: "Once: pull what is new from every source, process it to the end, print the coverage",
		Args:  exactly(0, "no arguments"),
	}, how{process: true, check: needSources("")}, (*session).sync)
}

func (s *session) sync(cmd *cobra.Command, format string) error {
	ctx := cmd.Context()
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
	return errors.Join(ingested, s.printCoverage(cmd, format))
}
