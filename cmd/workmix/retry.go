package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/web"
)

func (a *app) newRetry() *cobra.Command {
	var f web.Failure
	var why string
	cmd := &cobra.Command{
		Use:   "retry --stage NAME [--source NAME] [--failure TEXT] --reason TEXT",
		Short: "Give records that could not be processed to their stage again",
		Long: `Give the records that a stage could not process to it again, or those of one kind of failure: workmix query run
dead_letters lists the kinds by stage, source and reason. The records are written to the end of their topic once more, as they are; where the stage still cannot
process them, they come back. What was too large for the log never was in it: that is read again from its source.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.Stage == "" || strings.TrimSpace(why) == "" {
				return usagef("workmix retry needs a --stage, as workmix query run dead_letters shows it, and a --reason")
			}
			ctx := cmd.Context()
			s, err := a.open(ctx, cmd, how{process: true})
			if err != nil {
				return err
			}
			defer s.close()
			n, err := s.retry(ctx, f, author(), why)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "workmix: %s given to %s again\n", count(n, "record"), f.Stage)
			if s.stack.Joined || s.cfg.ClickHouse != nil {
				return nil
			}
			p, err := s.pipeline(stages...) // nobody else runs this stack's processors
			if err != nil {
				return err
			}
			return p.untilIdle(ctx, nil)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Stage, "stage", "", "who could not process them: normalize, classify or sink")
	flags.StringVar(&f.Source, "source", "*", "the source that they came from; empty: those that cannot be read")
	flags.StringVar(&f.Reason, "failure", "*", "why they could not be processed")
	flags.StringVar(&why, "reason", "", "why it shall work now")
	return cmd
}

// retry writes the records of one kind of failure to the log again, and then says so, so that they no longer count as
// failed. Stopped in between, it leaves records that are there twice, which harms nothing, and count as failed still.
func (s *session) retry(ctx context.Context, f web.Failure, who, why string) (int, error) {
	q, err := question("failed_records")
	if err != nil {
		return 0, err
	}
	bound, err := q.Bind(map[string]string{"stage": f.Stage, "source": f.Source, "reason": f.Reason})
	if err != nil {
		return 0, &usageError{err}
	}
	type place struct {
		topic, sum string
		partition  int
		offset     int64
	}
	var all []place
	err = s.ask(ctx, q, bound, func(rows report.Rows) error {
		return report.Each(rows, func(row []any) error {
			p := place{topic: report.Plain(row[0], "String"), sum: report.Plain(row[4], "String")}
			if _, err := fmt.Sscan(report.Plain(row[1], "Int32")+" "+report.Plain(row[2], "Int64"), &p.partition, &p.offset); err != nil {
				return err
			}
			all = append(all, p)
			return nil
		})
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("retry: %w", err)
	case len(all) == 0:
		return 0, usagef("no record failed at stage %q of source %q with that reason: workmix query run dead_letters lists those that did", f.Stage, f.Source)
	}
	w := s.log.Writer()
	defer w.Close()
	var said []event.Decision
	for _, p := range all {
		if p.partition < 0 {
			return 0, usagef("these records never were in the log, as they are too large for it: they come again when their items change, once the log takes larger ones")
		}
		m, err := s.log.ReadAt(ctx, p.topic, p.partition, p.offset)
		if err != nil {
			return 0, fmt.Errorf("retry: %w", err)
		}
		if sum := sha256.Sum256(m.Value); hex.EncodeToString(sum[:]) != p.sum {
			return 0, fmt.Errorf("retry: %s/%d holds another record at offset %d than the one that failed: was the log made anew?", p.topic, p.partition, p.offset)
		}
		if err := w.Write(ctx, m); err != nil {
			return 0, fmt.Errorf("retry: %w", err)
		}
		said = append(said, event.Decision{Kind: "retry", ID: fmt.Sprintf("%s/%s/%d/%d", f.Stage, p.topic, p.partition, p.offset), Body: []byte("{}")})
	}
	if err := s.publish(ctx, who, why, said...); err != nil {
		return 0, fmt.Errorf("retry: %w", err)
	}
	return len(all), nil
}

// retries is retry as the pages ask for it.
func (s *session) retries(ctx context.Context, f web.Failure, who, why string) (int, error) {
	n, err := s.retry(ctx, f, who, why)
	if errors.As(err, new(*usageError)) {
		err = &web.BadQuestion{Err: err}
	}
	return n, err
}
