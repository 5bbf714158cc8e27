package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/report/retro"
	"github.com/workmix/workmix/queries"
)

func (a *app) newReport() *cobra.Command {
	return chooses(&cobra.Command{Use: "report retro|publish|compare", Short: "The quarterly retrospective of a team or of the organisation"}, a.newReportRetro(), a.newReportPublish(), a.newReportCompare())
}

// retroFormats are those of a retrospective.
var retroFormats = []string{"markdown", "html", "json"}

// whichRetro are the flags that say which retrospective is meant.
type whichRetro struct{ quarter, team, known string }

func (w *whichRetro) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.quarter, "quarter", "", "the quarter, such as 2026-Q3")
	cmd.Flags().StringVar(&w.team, "team", "", "id of the team (default: the organisation)")
}

// options are what the flags mean in the configured calendar.
func (a *app) options(cmd *cobra.Command, w whichRetro) (o retro.Options, err error) {
	if w.quarter == "" {
		return o, usagef("%s needs --quarter, such as --quarter 2026-Q3", cmd.CommandPath())
	}
	cfg, err := a.load()
	if err != nil {
		return o, err
	}
	if o, err = optionsOf(cfg.Calendar, w.quarter); err != nil {
		return o, err
	}
	o.Team = w.team
	if w.known != "" {
		if o.KnownAt, err = knownAt(w.known); err != nil {
			return o, err
		}
	}
	return o, nil
}

// optionsOf are those of a quarter of the organisation, in a calendar.
func optionsOf(c config.Calendar, quarter string) (o retro.Options, err error) {
	o.Quarter.Name = quarter
	if o.Quarter.From, o.Quarter.To, err = c.Quarter(quarter); err != nil {
		return o, &usageError{err}
	}
	if o.Previous, err = c.QuarterOf(o.Quarter.Back(1)); err != nil {
		return o, &usageError{err}
	}
	o.WeekStarts = time.Monday
	if c.WeekStarts == "sunday" {
		o.WeekStarts = time.Sunday
	}
	return o, nil
}

// knownAt reads the time of --as-known-at.
func knownAt(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Millisecond), nil
		}
	}
	return time.Time{}, usagef("--as-known-at %q is not a time such as 2026-10-05T12:00:00Z or 2026-10-05 (its first instant in UTC)", text)
}

func (a *app) newReportRetro() *cobra.Command {
	var w whichRetro
	var format, file string
	var published bool
	var revision int
	cmd := &cobra.Command{
		Use:   "retro --quarter Q [--team T] [--as-known-at TIME] [--format markdown|html|json] [-o FILE] [--published]",
		Short: "Print the retrospective of a quarter",
		Long: `Print the retrospective of a quarter: what was planned and what was done, with the range of each number, where the
difference went, and what to talk about. docs/retrospective.md says what each number means.

The same --as-known-at gives the same bytes whenever it is asked for. --published prints what workmix report publish stored,
unchanged.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(retroFormats, format) {
				return usagef("--format %s is not one of %s", format, strings.Join(retroFormats, ", "))
			}
			if published && w.known != "" {
				return usagef("--published prints what was stored: leave --as-known-at out")
			}
			if revision != 0 && !published {
				return usagef("--revision needs --published")
			}
			o, err := a.options(cmd, w)
			if err != nil {
				return err
			}
			s, err := a.open(cmd.Context(), cmd, how{})
			if err != nil {
				return err
			}
			defer s.close()
			var out []byte
			if published {
				p, err := s.publication(cmd.Context(), o, revision)
				if err != nil {
					return err
				}
				out, err = p.render(format)
				if err != nil {
					return err
				}
			} else {
				n, err := s.liveRetro(cmd.Context(), o)
				if err != nil {
					return err
				}
				if out, err = rendered(n, format); err != nil {
					return err
				}
			}
			if file == "" {
				_, err = cmd.OutOrStdout().Write(out)
				return err
			}
			return os.WriteFile(file, out, 0o644)
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&w.known, "as-known-at", "", "what was learned until then counts (default: everything)")
	cmd.Flags().StringVar(&format, "format", "markdown", strings.Join(retroFormats, "|"))
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this file instead of standard output")
	cmd.Flags().BoolVar(&published, "published", false, "what was published, unchanged")
	cmd.Flags().IntVar(&revision, "revision", 0, "which publication, from 1 (default: the newest)")
	return cmd
}

// rendered is a retrospective in a format.
func rendered(n *retro.Numbers, format string) ([]byte, error) {
	switch format {
	case "html":
		return n.HTML()
	case "json":
		return n.JSON()
	}
	return n.Markdown(), nil
}

// retro gathers a retrospective from the tables, and what people said of it from the log.
func (s *session) retro(ctx context.Context, o retro.Options) (*retro.Numbers, error) {
	return s.retroBy(ctx, s.answers, o)
}

// liveRetro is retro from the rows that are kept ready, which is much faster, where they answer the same: nothing is asked of an earlier time,
// and all that is stored is derived.
func (s *session) liveRetro(ctx context.Context, o retro.Options) (*retro.Numbers, error) {
	if !o.KnownAt.IsZero() {
		return s.retro(ctx, o)
	}
	job, err := s.derivation()
	if err != nil {
		return nil, err
	}
	current, err := job.Current(ctx)
	if err != nil {
		return nil, asked(err)
	}
	if !current {
		return s.retro(ctx, o)
	}
	return s.retroBy(ctx, retro.Now(s.answers), o)
}

func (s *session) retroBy(ctx context.Context, ask retro.Ask, o retro.Options) (*retro.Numbers, error) {
	all, err := s.said(ctx)
	if err != nil {
		return nil, err
	}
	o.Said = retro.Known(all, o.KnownAt)
	n, err := retro.Gather(ctx, ask, o)
	return n, wrongUsage(err)
}

// wrongUsage makes wrong usage of asking for a retrospective that cannot be.
func wrongUsage(err error) error {
	var wrong *retro.WrongError
	if errors.As(err, &wrong) {
		return &usageError{err}
	}
	return err
}

// answers is [session.ask] with the error of a question about a time before anything was known as wrong usage.
func (s *session) answers(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
	r, err := s.db.Query(ctx, q.SQL, bound, nil)
	if err != nil {
		return asked(err)
	}
	defer r.Close()
	return do(rows{r})
}

// everyDecision hands all decisions of the log to do, in its order.
func (s *session) everyDecision(ctx context.Context, do func(*event.Decision) error) error {
	return s.log.ReadAll(ctx, event.TopicDecisions, func(m event.Message) error {
		p, err := event.Decode(&m)
		if err != nil {
			return nil // the sink makes it a dead letter
		}
		if d, ok := p.(*event.Decision); ok {
			return do(d)
		}
		return nil
	})
}
