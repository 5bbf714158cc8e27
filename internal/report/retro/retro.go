// Package retro reads answers of the catalogue (area retro) and writes quarterly retrospectives: one struct of
// numbers, and from it alone Markdown and a page of HTML. It reads no clock: what was known at a time gives the same
// bytes whenever it is asked for.
package retro

import (
	"context"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// Ask runs a question of the catalogue and hands its rows to do.
type Ask func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error

// Quarter is a quarter of the organisation's calendar: its name such as 2026-Q3, and the instants that bound it, in the
// calendar's time zone.
type Quarter struct {
	Name     string
	From, To time.Time
}

// Back is the day on which the quarter n quarters before begins.
func (q Quarter) Back(n int) time.Time { return q.From.AddDate(0, -3*n, 0) }

// Options say what a retrospective is of.
type Options struct {
	Quarter  Quarter
	Previous string // the name of the quarter before
	Team     string // id of the team; empty: the organisation
	// KnownAt is what was learned until then; zero: everything.
	KnownAt    time.Time
	WeekStarts time.Weekday
	Said       []Said // comments and actions of all quarters, as known at KnownAt
}

// Said is a comment on a quarter, or an action that was agreed on.
type Said struct {
	ID      string
	Quarter string
	Team    string // empty: the organisation
	Text    string
	Action  bool
	Owner   string
	Due     string // the quarter in which it is due
	Done    bool
	At      time.Time // when it was first said
	DoneAt  time.Time
}

// WrongError is a retrospective that cannot be: an unknown team, a quarter of which nothing is known. Its text says what
// can be asked for.
type WrongError struct{ Text string }

func (e *WrongError) Error() string { return e.Text }
