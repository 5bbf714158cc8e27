package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) newCoverage() *cobra.Command {
	var strict bool
	cmd := a.rowsOf(&cobra.Command{
		Use:   "coverage [--strict]",
		Short: "Per source, project and kind: what is in the source, in the log and in the table, and what is missing",
		Long: "Per source, project and kind: what is in the source, in the log and in the table, what is missing, outdated or\n" +
			"unobserved, what the source was asked, and when a run last ended well. What is missing is named on standard error.\n\n" +
			"With --strict it fails if anything is missing, outdated, unobserved, not read whole or not counted yet, or if the last\n" +
			"run over a project did not end well.",
		Args: exactly(0, "no arguments"),
	}, how{}, func(s *session, cmd *cobra.Command, format string) error {
		if err := s.printCoverage(cmd, format); err != nil || !strict {
			return err
		}
		return s.wholeCoverage(cmd)
	})
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 if anything is missing")
	return cmd
}

const (
	coverageSQL = "SELECT source, project, kind, in_source, in_log, in_table, missing, outdated, unobserved, incomplete, requests, fresh_at, last_success_at, trouble " +
		"FROM coverage ORDER BY source, project, kind"
	missingSQL = "SELECT concat(if(in_table, 'outdated: ', 'missing: '), source, ' ', key, ' (', why, ')', if(reason = '', '', concat(': ', reason))) " +
		"FROM missing_items ORDER BY source, project, key"
	// gapsSQL is a sentence for each thing that keeps the coverage from being whole; early says that it is only too soon.
	gapsSQL = `
		SELECT DISTINCT concat(arrayStringConcat(arrayFilter(part -> part != '', [source, project, if(what.2 = 2, '', kind)]), ' '), ': ', what.1) AS gap, what.2 > 0 AS early
		FROM
		(
			SELECT source, project, kind, arrayJoin(arrayFilter(g -> g.1 != '', [
				(if(missing > 0, concat(toString(missing), if(isNull(in_source), '', concat(' of ', toString(in_source))), ' items are missing'), ''), 0),
				(if(outdated > 0, concat(toString(outdated), ' items are outdated'), ''), 0),
				(if(unobserved > 0, concat(toString(unobserved), ' items went out of sight: a permission may be lost'), ''), 0),
				(if(trouble != '', concat('the last run did not end well: ', trouble), ''), 0),
				(if(incomplete > 0, concat(toString(incomplete), ' items are not read whole yet: the first reading goes on'), ''), 2),
				(if(isNull(in_source) AND trouble = '', 'the source has not been counted yet', ''), 1)])) AS what
			FROM coverage
		)
		ORDER BY gap`
)

// named is how many missing items are named on standard error.
const named = 50

// printCoverage prints the coverage, and names on standard error what is missing.
func (s *session) printCoverage(cmd *cobra.Command, format string) error {
	ctx, told := cmd.Context(), cmd.ErrOrStderr()
	if err := printQuery(ctx, cmd.OutOrStdout(), format, s.db, coverageSQL, nil, nil); err != nil {
		return err
	}
	items, err := s.texts(ctx, missingSQL)
	if err != nil {
		return err
	}
	for _, text := range items[:min(named, len(items))] {
		fmt.Fprintln(told, strings.ReplaceAll(text, "\n", " "))
	}
	if more := len(items) - named; more > 0 {
		fmt.Fprintf(told, "and %d more: workmix query run missing_items\n", more)
	}
	return nil
}

// wholeCoverage is an error that says what keeps the coverage from being whole.
func (s *session) wholeCoverage(cmd *cobra.Command) error {
	gaps, err := s.texts(cmd.Context(), gapsSQL)
	if err != nil {
		return err
	}
	var errs []error
	for _, gap := range gaps {
		errs = append(errs, errors.New(strings.ReplaceAll(gap, "\n", " ")))
	}
	for i := range s.cfg.Sources {
		if err := s.everRead(cmd.Context(), s.cfg.Sources[i].Name); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.cfg.Sources[i].Name, err))
		}
	}
	return errors.Join(errs...)
}
