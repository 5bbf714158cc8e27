package retro

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// whatIsKnown is everything that the questions answer for one retrospective.
type whatIsKnown struct {
	o       Options
	known   knownRow
	at      time.Time // how things stood then: the quarter's end, or what was known of an unfinished one
	teams   []teamRow
	effort  []effortRow // of the four quarters; with items in this one
	items   map[string]*itemRow
	order   []*itemRow      // by id
	before  map[string]bool // forced-long and open when the quarter began
	bulk    []closeRow
	alloc   []allocationRow // of this quarter
	earlier []allocationRow // of the one before
	causes  []causeRow
	plans   []planRow
	running []initiativeRow
	asks    []askRow
	late    Overrides
}

// forcedWeeks is how many whole weeks the verdict on forced work looks at.
const forcedWeeks = 26

const day = 24 * time.Hour

// Gather asks what was known and makes the numbers of it.
func Gather(ctx context.Context, ask Ask, o Options) (*Numbers, error) {
	k, err := gather(ctx, ask, o)
	if err != nil {
		var wrong *WrongError
		if errors.As(err, &wrong) {
			return nil, wrong
		}
		return nil, fmt.Errorf("retrospective of %s: %w", o.Quarter.Name, err)
	}
	n := k.numbers()
	b, err := n.JSON()
	if err != nil {
		return nil, err
	}
	return ReadNumbers(b) // what is rendered is what is written
}

// Now asks of what is known now, which is much faster than asking of a time: see [queries.Question.Now].
func Now(ask Ask) Ask {
	return func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
		return ask(ctx, q.Now(), bound, do)
	}
}

// HeadlineOf is the sentence of the retrospective that [Gather] makes numbers of, from the few questions that it needs.
func HeadlineOf(ctx context.Context, ask Ask, o Options) (string, error) {
	n, err := headlineOf(ctx, ask, o)
	if err == nil {
		return n.Sentence(), nil
	}
	var wrong *WrongError
	if errors.As(err, &wrong) {
		return "", wrong
	}
	return "", fmt.Errorf("headline of %s: %w", o.Quarter.Name, err)
}

func headlineOf(ctx context.Context, ask Ask, o Options) (*Numbers, error) {
	k, err := begin(ctx, ask, o)
	if err != nil {
		return nil, err
	}
	known, from, to := stamp(k.o.KnownAt), o.Quarter.From.Format(time.DateOnly), o.Quarter.To.Format(time.DateOnly)
	if k.effort, err = rowsOf[effortRow](ctx, ask, "retro_effort", map[string]string{"known_at": known, "begin": from, "from": from, "to": to}); err != nil {
		return nil, err
	}
	if err := k.checkEffort(from); err != nil {
		return nil, err
	}
	if k.alloc, err = rowsOf[allocationRow](ctx, ask, "retro_allocation", map[string]string{"known_at": known, "from": from, "to": to}); err != nil {
		return nil, err
	}
	n := k.titled()
	n.Allocation, n.Basis = k.allocation(k.alloc), k.basis()
	n.Headline = k.headline(n)
	return n, nil
}

func gather(ctx context.Context, ask Ask, o Options) (*whatIsKnown, error) {
	k, err := begin(ctx, ask, o)
	if err != nil {
		return nil, err
	}
	known, from, to := stamp(k.o.KnownAt), o.Quarter.From.Format(time.DateOnly), o.Quarter.To.Format(time.DateOnly)
	if k.effort, err = rowsOf[effortRow](ctx, ask, "retro_effort", map[string]string{"known_at": known, "begin": o.Quarter.Back(3).Format(time.DateOnly), "from": from, "to": to}); err != nil {
		return nil, err
	}
	if err := k.checkEffort(from); err != nil {
		return nil, err
	}
	since := k.weekStart(k.at).AddDate(0, 0, -7*forcedWeeks)
	items, err := rowsOf[itemRow](ctx, ask, "retro_items", map[string]string{"known_at": known, "at": stamp(k.at), "since": stamp(since)})
	if err != nil {
		return nil, err
	}
	for i := range items {
		k.items[items[i].ID] = &items[i]
		k.order = append(k.order, &items[i])
	}
	long, err := rowsOf[itemRow](ctx, ask, "retro_forced_long", map[string]string{"known_at": known, "at": stamp(o.Quarter.From)})
	if err != nil {
		return nil, err
	}
	for _, l := range long {
		k.before[l.ID] = true
	}
	if k.bulk, err = rowsOf[closeRow](ctx, ask, "retro_bulk_closes", map[string]string{"known_at": known, "from": stamp(since), "to": stamp(k.at)}); err != nil {
		return nil, err
	}
	return k, k.gatherPlans(ctx, ask, known, from)
}

// begin asks when what was known ends and who the teams are.
func begin(ctx context.Context, ask Ask, o Options) (*whatIsKnown, error) {
	k := &whatIsKnown{o: o, items: map[string]*itemRow{}, before: map[string]bool{}}
	var err error
	if k.known, k.o.KnownAt, err = lastKnown(ctx, ask, o); err != nil {
		return nil, err
	}
	known := stamp(k.o.KnownAt)
	if !o.Quarter.From.Before(k.o.KnownAt) {
		return nil, wrongf("%s begins on %s, after what is known, which ends at %s UTC: ask for a quarter that has begun", o.Quarter.Name, o.Quarter.From.Format(time.DateOnly), known)
	}
	k.at = o.Quarter.To
	if k.o.KnownAt.Before(k.at) {
		k.at = k.o.KnownAt
	}
	if k.teams, err = rowsOf[teamRow](ctx, ask, "retro_teams", map[string]string{"known_at": known}); err != nil {
		return nil, err
	}
	return k, k.checkTeam()
}

// lastKnown is what was known and when the last of it was recorded: the same numbers follow from that time.
func lastKnown(ctx context.Context, ask Ask, o Options) (knownRow, time.Time, error) {
	at := o.KnownAt
	if at.IsZero() {
		at = time.Date(2299, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	seen, err := rowsOf[knownRow](ctx, ask, "retro_known", map[string]string{"known_at": stamp(at)})
	if err != nil {
		return knownRow{}, at, err
	}
	if len(seen) != 1 || seen[0].FirstKnownAt.Year() < 1971 {
		return knownRow{}, at, wrongf("nothing was read from any tracker yet: run workmix sync first")
	}
	known := seen[0]
	if at.Before(known.FirstKnownAt.Time) {
		return known, at, wrongf("nothing was known at %s yet: the first time that can be asked about is %s UTC", stamp(at), stamp(known.FirstKnownAt.Time))
	}
	last := known.KnownAt.Time // of tables and log: a comment may be in the log alone yet
	for _, s := range o.Said {
		for _, t := range []time.Time{s.At, s.DoneAt} {
			if t.After(last) {
				last = t
			}
		}
	}
	return known, last, nil
}

// LastKnown is when the last was recorded of what was known at o.KnownAt: the retrospective as known at the one is that as
// known at the other.
func LastKnown(ctx context.Context, ask Ask, o Options) (time.Time, error) {
	_, last, err := lastKnown(ctx, ask, o)
	return last, err
}

// gatherPlans asks what was decided, and what became of it.
func (k *whatIsKnown) gatherPlans(ctx context.Context, ask Ask, known, from string) (err error) {
	q := k.o.Quarter
	if k.alloc, err = rowsOf[allocationRow](ctx, ask, "retro_allocation", map[string]string{"known_at": known, "from": q.Back(1).Format(time.DateOnly), "to": q.To.Format(time.DateOnly)}); err != nil {
		return err
	}
	all := k.alloc
	k.alloc = nil
	for _, r := range all {
		if r.Quarter == from {
			k.alloc = append(k.alloc, r)
		} else {
			k.earlier = append(k.earlier, r)
		}
	}
	if k.causes, err = rowsOf[causeRow](ctx, ask, "retro_attribution", map[string]string{"known_at": known, "quarter": from}); err != nil {
		return err
	}
	if k.plans, err = rowsOf[planRow](ctx, ask, "retro_plans", map[string]string{"known_at": known, "quarter": q.Name, "from": stamp(q.From)}); err != nil {
		return err
	}
	if k.running, err = rowsOf[initiativeRow](ctx, ask, "retro_initiatives", map[string]string{"known_at": known, "at": stamp(k.at), "to": q.To.Format(time.DateOnly), "quarter": q.Name}); err != nil {
		return err
	}
	if k.asks, err = rowsOf[askRow](ctx, ask, "retro_asks", map[string]string{"known_at": known, "quarter": q.Name}); err != nil {
		return err
	}
	return k.gatherWords(ctx, ask, known, from)
}

// gatherWords asks for the overrides that came after the quarter's end, on items that received effort in it, and for what
// the days would be without them.
func (k *whatIsKnown) gatherWords(ctx context.Context, ask Ask, known, from string) error {
	k.late.Shift = []Shift{}
	end := stamp(k.o.Quarter.To)
	words, err := rowsOf[closeRow](ctx, ask, "retro_words", map[string]string{"known_at": known, "from": end})
	if err != nil {
		return err
	}
	spent := k.spent()
	for _, w := range words {
		if _, ok := spent[w.ItemID]; ok {
			k.late.Count++
		}
	}
	if len(words) == 0 { // one on an item that others follow moves them too
		return nil
	}
	rows, err := rowsOf[allocationRow](ctx, ask, "retro_allocation_before_words", map[string]string{"known_at": known, "words_until": end, "quarter": from})
	if err != nil {
		return err
	}
	k.late.Shift = shifts(k.allocation(rows), k.allocation(k.alloc))
	return nil
}

// shifts are the shares that differ.
func shifts(without, with []Allocation) []Shift {
	by := map[string]*Shift{}
	var order []string
	at := func(c string) *Shift {
		if by[c] == nil {
			by[c] = &Shift{Category: c}
			order = append(order, c)
		}
		return by[c]
	}
	for _, a := range with {
		if a.Share != nil {
			at(a.Category).With = *a.Share
		}
	}
	for _, a := range without {
		if a.Share != nil {
			at(a.Category).Without = *a.Share
		}
	}
	slices.SortFunc(order, categoryOrder)
	out := []Shift{}
	for _, c := range order {
		if s := by[c]; steady(float64(s.With-s.Without)) != 0 {
			out = append(out, *s)
		}
	}
	return out
}

func wrongf(format string, a ...any) error { return &WrongError{fmt.Sprintf(format, a...)} }

// stamp is an instant as parameters take it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }

// CheckTeam returns a [*WrongError] for a team that nobody declared; empty is the organisation.
func CheckTeam(ctx context.Context, ask Ask, team string) (err error) {
	k := &whatIsKnown{o: Options{Team: team}}
	if k.teams, err = rowsOf[teamRow](ctx, ask, "retro_teams", nil); err != nil {
		return err
	}
	return k.checkTeam()
}

func (k *whatIsKnown) checkTeam() error {
	if k.o.Team == "" {
		return nil
	}
	var ids []string
	for _, t := range k.teams {
		if t.ID == k.o.Team {
			return nil
		}
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return wrongf("there is no team %q: the decision files name none yet", k.o.Team)
	}
	return wrongf("there is no team %q; there are %s", k.o.Team, strings.Join(ids, ", "))
}

// checkEffort refuses a quarter of which no tracker tells.
func (k *whatIsKnown) checkEffort(from string) error {
	first := ""
	for _, r := range k.effort {
		if r.Day >= from {
			return nil
		}
		if first == "" {
			first = r.Day
		}
	}
	return wrongf("no tracker tells of anybody's work in %s: there is nothing to look back on", k.o.Quarter.Name)
}

// mine says whether a team is part of what the retrospective is of.
func (k *whatIsKnown) mine(team string) bool { return k.o.Team == "" || k.o.Team == team }

// weekStart is the first instant of the week of an instant, in the calendar's time zone.
func (k *whatIsKnown) weekStart(t time.Time) time.Time {
	t = t.In(k.o.Quarter.From.Location())
	back := (int(t.Weekday()) - int(k.o.WeekStarts) + 7) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, t.Location())
}

// weekOf is the first day of the week that a day is in.
func (k *whatIsKnown) weekOf(d string) string {
	t, err := time.ParseInLocation(time.DateOnly, d, k.o.Quarter.From.Location())
	if err != nil {
		return d
	}
	return k.weekStart(t).Format(time.DateOnly)
}
