package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

func (a *app) newDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [--source NAME]",
		Short: "Check configuration, log, tables and what could not be processed",
		Args:  exactly(0, "no arguments"),
	}
	format := formatFlag(cmd)
	text := cmd.Flags().Bool("text", false, "print the first bytes of what could not be processed too; people's names may stand in them")
	source := cmd.Flags().String("source", "", "check this source only, at its tracker: login, rights, what it cannot see, and what reading it will take; needs no log or tables and reads no item")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		l := &list{columns: []string{"check", "ok", "finding"}}
		say := func(check string, ok bool, finding string) {
			l.rows = append(l.rows, []any{check, map[bool]string{true: "ok", false: "NO"}[ok], finding})
		}
		var bad int
		if *source != "" {
			bad, err = a.examineSource(cmd.Context(), *source, say)
		} else {
			bad, err = a.examineAll(cmd.Context(), cmd, *text, say)
		}
		if err != nil {
			return err
		}
		if err := report.Write(cmd.OutOrStdout(), f, l); err != nil {
			return err
		}
		if bad > 0 {
			return fmt.Errorf("%s found something to mend", map[bool]string{true: "1 check", false: fmt.Sprintf("%d checks", bad)}[bad == 1])
		}
		return nil
	}
	return cmd
}

// examineSource asks the tracker of one source what reading it would meet. It opens no stack.
func (a *app) examineSource(ctx context.Context, name string, say func(check string, ok bool, finding string)) (bad int, err error) {
	cfg, err := a.load()
	if err != nil {
		return 0, err
	}
	sources, err := (&session{cfg: cfg}).sources(name)
	if err != nil {
		return 0, err
	}
	c, ok := sources[0].(ingest.Checker)
	if !ok {
		return 0, fmt.Errorf("source %s cannot be checked", name)
	}
	c.Check(ctx, func(f ingest.Finding) {
		if f.Bad {
			bad++
		}
		say(f.Check, !f.Bad, f.Text)
	})
	return bad, ctx.Err()
}

func (a *app) examineAll(ctx context.Context, cmd *cobra.Command, text bool, say func(check string, ok bool, finding string)) (bad int, err error) {
	s, err := a.open(ctx, cmd, how{})
	if err != nil {
		return 0, err
	}
	defer s.close()
	return s.examine(ctx, text, say), nil
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
		{"coverage", "SELECT gap FROM (" + gapsSQL + ") WHERE NOT early", "every item that was counted in the sources is in the tables"},
	} {
		found, err := s.texts(ctx, q.sql)
		if err != nil || len(found) == 0 {
			tell(q.check, err, q.fine)
		}
		for _, line := range found {
			tell(q.check, errors.New(line), "")
		}
	}
	s.examineStatuses(ctx, tell)
	// No fault of the items: what is missing makes drafts of teams poorer, and nothing else.
	unread, err := s.unread(ctx)
	if err != nil {
		tell("teams and owners", err, "")
	}
	for _, u := range unread {
		tell("teams and owners", nil, "not read, source "+u)
	}
	if s.nameless != nil {
		tell("names of people", nil, s.nameless.Error())
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

// examineStatuses names the statuses of which the trackers no longer tell what they mean. That is no fault of ours.
func (s *session) examineStatuses(ctx context.Context, tell func(string, error, string)) {
	q, err := question("unknown_statuses")
	var guessed []string
	if err == nil {
		guessed, err = s.texts(ctx, "SELECT concat(status, ' of source ', source, ' (', toString(items), ' items), taken for ', state) FROM ("+q.SQL+") LIMIT 10")
	}
	if err != nil {
		tell("statuses", err, "")
	}
	for _, g := range guessed {
		tell("statuses", nil, "the tracker no longer tells what it means: "+g+"; states.in_progress can say so (workmix query run unknown_statuses)")
	}
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
	if brought, id, _, err := p.find(ctx); err != nil {
		tell("rules", err, "")
	} else if id == "" || id == brought.id {
		tell("rules", nil, "ruleset "+brought.id)
	} else {
		tell("rules", nil, "ruleset "+id+"; the configured rules are candidate "+brought.id+": workmix replay, then workmix rulesets diff and promote")
	}
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
