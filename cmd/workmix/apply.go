package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/event"
)

func (a *app) newApply() *cobra.Command {
	var path, reason string
	var dryRun, prune bool
	cmd := &cobra.Command{
		Use:   "apply -f FILE|DIR [--dry-run] [--prune]",
		Short: "Publish decisions from files: teams, people, plans, initiatives, asks",
		Long: "Publish decisions from files: groups, teams, people, memberships, absences, plans, initiatives, asks.\n\n" +
			"What was published earlier and the file or folder does not name is kept, and named in the output. With --prune\n" +
			"the file or folder is the whole: what it does not name is retracted. --dry-run only shows the difference.",
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path == "" {
				return usagef("workmix apply needs -f: a decision file or a folder of them")
			}
			var wanted []event.Decision
			var warnings []string
			read := func(c *config.Config) (err error) {
				if wanted, warnings, err = decisions.Read(path, c.Calendar); err != nil {
					return &usageError{err}
				}
				return nil
			}
			s, err := a.open(cmd.Context(), cmd, how{process: true, check: read})
			if err != nil {
				return err
			}
			defer s.close()
			for _, w := range warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
			}
			changes, err := s.apply(cmd, wanted, reason, dryRun, prune)
			if err != nil || dryRun || changes == 0 || s.stack.Joined || s.cfg.ClickHouse != nil {
				return err
			}
			// Nobody else is running this stack's processors: bring the tables up to date.
			p, err := s.pipeline(stages...)
			if err != nil {
				return err
			}
			return p.untilIdle(cmd.Context(), nil)
		},
	}
	cmd.Flags().StringVarP(&path, "file", "f", "", "decision file, or a folder of .yaml files")
	cmd.Flags().StringVar(&reason, "reason", "", "why, kept with each decision")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only print the difference")
	cmd.Flags().BoolVar(&prune, "prune", false, "retract what was published earlier and the files do not name")
	return cmd
}

// apply publishes what differs from the log, prints it, and returns how much that was.
func (s *session) apply(cmd *cobra.Command, wanted []event.Decision, reason string, dryRun, prune bool) (int, error) {
	current, err := s.decisionsNow(cmd.Context())
	if err != nil {
		return 0, err
	}
	changes, err := decisions.Diff(current, wanted, prune)
	if err != nil {
		return 0, &usageError{err}
	}
	var out []event.Decision
	for _, c := range changes {
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", c.Verb, c.Decision.Kind, c.Decision.ID)
		for _, f := range c.Fields() {
			fmt.Fprintf(cmd.OutOrStdout(), "  %s\n", f)
		}
		if c.Verb != "keep" {
			out = append(out, c.Decision)
		}
	}
	for _, w := range decisions.Late(changes, time.Now()) {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
	}
	if kept := len(changes) - len(out); kept > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "kept although the files do not name them: %d; --prune retracts them\n", kept)
	}
	if len(out) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "nothing to change")
		return 0, nil
	}
	if dryRun {
		return len(out), nil
	}
	return len(out), s.publish(cmd.Context(), author(), reason, out...)
}
