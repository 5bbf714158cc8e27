package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

func (a *app) newDoctor() *cobra.Command {
	var text bool
	cmd := a.rowsOf(&cobra.Command{
		Use:   "doctor",
		Short: "Check configuration, log, tables and what could not be processed",
		Args:  exactly(0, "no arguments"),
	}, how{}, func(s *session, cmd *cobra.Command, format string) error {
		l := &list{columns: []string{"check", "ok", "finding"}}
		bad := s.examine(cmd.Context(), text, func(check string, ok bool, finding string) {
			l.rows = append(l.rows, []any{check, map[bool]string{true: "ok", false: "NO"}[ok], finding})
		})
		if err := report.Write(cmd.OutOrStdout(), format, l); err != nil {
			return err
		}
		if bad > 0 {
			return fmt.Errorf("%d checks found something to mend", bad)
		}
		return nil
	})
	cmd.Flags().BoolVar(&text, "text", false, "print the first bytes of what could not be processed too; people's names may stand in them")
	return cmd
}

// examine reports each check and returns how many found something wrong.
func (s *session) examine(ctx context.Context, text bool, say func(check string, ok bool, finding string)) int {
	bad := 0
	tell := func(check string, err error, finding string) {
		if err != nil {
			bad++
			finding = err.Error()
		}
		say(check, err == nil, finding)
	}
	for _, w := range s.stack.Warnings {
		tell("log files", errors.New(w), "")
	}
	files, err := queries.Schema()
	if err == nil {
		all, status := s.db.MigrationStatus(ctx, files)
		err = status
		for _, m := range all {
			if err == nil && m.AppliedAt.IsZero() {
				err = fmt.Errorf("migration %s is pending: run workmix migrate up", m.Name)
			}
		}
	}
	tell("schema", err, "up to date")
	s.examineLag(ctx, tell)
	for _, q := range []struct{ check, sql, fine string }{
		{"dead letters", "SELECT concat(stage, ' ', key, ' (', topic, '/', toString(partition), '@', toString(offset), ', ', toString(size_bytes), ' bytes): ', reason) FROM failed_records ORDER BY recorded_at DESC, stage, key LIMIT 50", "none"},
		{"coverage", "SELECT concat(source, ' ', project, ' ', kind, ': ', toString(missing), ' of ', toString(in_source), ' items are not in the tables yet') FROM coverage WHERE missing > 0 ORDER BY source, project, kind", "every item that was counted in the sources is in the tables"},
	} {
		found, err := s.texts(ctx, q.sql)
		if err != nil || len(found) == 0 {
			tell(q.check, err, q.fine)
		}
		for _, line := range found {
			tell(q.check, errors.New(line), "")
		}
	}
	if text {
		s.showDead(ctx, tell)
	}
	for i := range s.cfg.Sources {
		c := &s.cfg.Sources[i]
		_, err := s.sources(c.Name)
		if err == nil {
			err = s.everRead(ctx, c.Name)
		}
		tell("source "+c.Name, err, c.Kind+" at "+orDefault(c.BaseURL, "https://api.github.com"))
	}
	return bad
}

// everRead is an error if no run over a source has ended well yet: there is nothing then that could be missing.
func (s *session) everRead(ctx context.Context, source string) error {
	r, err := s.db.Query(ctx, "SELECT 1 FROM progress WHERE kind = 'success' AND source = {s:String} LIMIT 1", map[string]string{"s": source}, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err = r.Next(); errors.Is(err, io.EOF) {
		return errors.New("no run over it has ended well yet: run workmix sync")
	}
	return err
}

func (s *session) examineLag(ctx context.Context, tell func(string, error, string)) {
	p, err := s.pipeline(stages...)
	if err != nil {
		tell("rules", err, "")
		return
	}
	tell("rules", nil, "ruleset "+p.ruleset)
	lags, err := p.lag(ctx)
	if err != nil {
		tell("lag", err, "")
		return
	}
	for _, stage := range stages {
		// Waiting records are no fault: a processor may be at work, or not running just now.
		tell("lag of "+stage, nil, fmt.Sprintf("%d records", lags[stage]))
	}
}

// most is how much of a record that could not be processed is printed: enough to see what it is.
const most = 300

// showDead prints the first bytes of each dead letter, which are in the log alone. They are no fault of their own.
func (s *session) showDead(ctx context.Context, tell func(string, error, string)) {
	err := s.log.ReadAll(ctx, event.TopicDeadLetter, func(m event.Message) error {
		p, err := event.Decode(&m)
		if d, ok := p.(*event.DeadLetter); ok && err == nil {
			tell("text of a dead letter", nil, fmt.Sprintf("%s %s (%s/%d@%d): %.*q", d.Stage, d.Key, d.Topic, d.Partition, d.Offset, most, d.Head))
		}
		return nil
	})
	if err != nil {
		tell("text of the dead letters", err, "")
	}
}

// texts returns the one column of a result.
func (s *session) texts(ctx context.Context, sql string) ([]string, error) {
	r, err := s.db.Query(ctx, sql, nil, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []string
	err = report.Each(rows{r}, func(row []any) error {
		out = append(out, fmt.Sprint(row[0]))
		return nil
	})
	return out, err
}

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}
