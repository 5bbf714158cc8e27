// Package effort reads the base tables and writes the derived ones: who is below whom (ancestry), and how much of
// its people's days each team spent on each item (effort_rows) and on each kind of work (effort_sums, month_sums, item_sums), and how each item
// stands (item_rows, verdict_rows) and what it adds to the weeks (item_weeks, week_sums), and how much of the log the tables show (coverage_sums). It is a scheduled job and not a consumer: what it
// writes needs several records, so it is computed by SQL from the tables, for the days that changed.
package effort

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DB is the warehouse as the job needs it.
type DB interface {
	Exec(ctx context.Context, sql string, params map[string]string) error
	// Texts returns all rows of a statement whose columns are all texts.
	Texts(ctx context.Context, sql string, params map[string]string) ([][]string, error)
}

// Statements are the SQL of the job; queries.Derivation says what each reads and gives.
type Statements struct {
	Inputs, Last, Edges, Ancestry, Standings, Days, AllDays, Effort, Sums, Months, Items, Mark string
	Version, ItemsState, ItemsQueue, ItemsQueued                                               string
	ItemRows, ItemVerdicts, ItemWeeks, AllItemRows, AllItemVerdicts, AllItemWeeks              string
	ItemIDs, ItemsMark, WeekSums                                                               string
	CoverageState, CoverageChanged, Coverage, AllCoverage                                      string
	Sweep                                                                                      []string
}

// Result says what a run did.
type Result struct {
	Derived bool // false: nothing had changed
	Days    int  // whose effort was computed
}

// Chunks parts days, in their order, into those that are computed at once: none spans more days than bounds the memory of the database, which
// holds the items that somebody may have worked on then, of so many revisions. A part of a statement's time does not depend on how
// many days they are.
func Chunks(days []string, revisions int) ([][]string, error) {
	const most, least = 366, 31
	span := max(least, min(most, most*portion/max(1, revisions)))
	var out [][]string
	var from time.Time
	for _, d := range days {
		at, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return nil, fmt.Errorf("effort: a day to derive: %w", err)
		}
		if len(out) == 0 || at.Sub(from) >= time.Duration(span)*24*time.Hour {
			out, from = append(out, nil), at
		}
		out[len(out)-1] = append(out[len(out)-1], d)
	}
	return out, nil
}

// none is the day of what is not derived by day.
const none = "1970-01-01"

// never is before anything was stored.
const never = "1970-01-01 00:00:00.000"

// Job derives. Its methods may be called at once, and so may the jobs of several processes: what both derive counts as that one has it
// which began later, so both see what was stored before it, and the next derivation takes up what was stored since.
type Job struct {
	db    DB
	s     Statements
	items sync.Mutex // of two that derive an item, or count a project, at once the one that looked first could hide what the other saw
}

// New returns the job of a database.
func New(db DB, s Statements) *Job { return &Job{db: db, s: s} }

// Derive brings the derived tables up to date. Readers see each day's old rows until its new ones are complete.
func (j *Job) Derive(ctx context.Context, progress func(done, days int)) (Result, error) {
	version, _, err := j.version(ctx)
	if err != nil {
		return Result{}, err
	}
	r, err := j.derive(ctx, progress)
	if err != nil || version == "" {
		return r, err
	}
	g := generation{db: j.db, s: j.s, params: map[string]string{"inputs": "", "decided": "", "started": never, "generation": version}}
	return r, g.mark(ctx, "schema", []string{none}, version)
}

// Outdated says whether what is derived was derived by a program of an older version of the tables, so that it may lack what the views read
// now: that was stopped before it had derived everything again.
func (j *Job) Outdated(ctx context.Context) (bool, error) {
	version, some, err := j.version(ctx)
	return version != "" && some, err
}

// version returns the version of the tables if not everything was derived under it yet, and whether there is any item.
func (j *Job) version(ctx context.Context) (version string, some bool, err error) {
	v, err := j.db.Texts(ctx, j.s.Version, nil)
	if err != nil {
		return "", false, fmt.Errorf("effort: the version of the tables: %w", err)
	}
	if v[0][0] == v[0][1] {
		return "", false, nil
	}
	return v[0][0], v[0][2] == "1", nil
}

func (j *Job) derive(ctx context.Context, progress func(done, days int)) (Result, error) {
	db, s := j.db, j.s
	now, err := db.Texts(ctx, s.Inputs, nil)
	if err != nil {
		return Result{}, fmt.Errorf("effort: what there is to derive from: %w", err)
	}
	inputs, decided, started, any := now[0][0], now[0][1], now[0][2], now[0][3]
	last, err := db.Texts(ctx, s.Last, nil)
	if err != nil {
		return Result{}, fmt.Errorf("effort: the last derivation: %w", err)
	}
	if any == "0" || len(last) > 0 && last[0][0] == inputs {
		return Result{}, j.Items(ctx) // a newer program derives more of them; and what cannot be processed leaves a raw record alone
	}
	g := generation{db: db, s: s, params: map[string]string{"inputs": inputs, "decided": decided, "started": started}}
	var before uint64
	if len(last) > 0 {
		if before, err = strconv.ParseUint(last[0][3], 10, 64); err != nil {
			return Result{}, fmt.Errorf("effort: generation of the last derivation: %w", err)
		}
	}
	if g.params["generation"], err = next(before, started); err != nil {
		return Result{}, err
	}
	if err := g.lineage(ctx); err != nil {
		return Result{}, err
	}
	days, err := g.days(ctx, last, inputs, decided)
	if err != nil {
		return Result{}, err
	}
	// Standings count before effort is computed, which reads it. Its mark with the inputs comes last: a run that was
	// stopped is done again.
	if err := g.mark(ctx, "standings", []string{none}, ""); err != nil {
		return Result{}, err
	}
	revisions, err := strconv.Atoi(now[0][4])
	if err != nil {
		return Result{}, fmt.Errorf("effort: how many revisions there are: %w", err)
	}
	parts, err := Chunks(days, revisions)
	if err != nil {
		return Result{}, err
	}
	done := 0
	for _, part := range parts {
		params := g.with("generation")
		params["days"] = array(part)
		if err := db.Exec(ctx, s.Effort, params); err != nil {
			return Result{}, fmt.Errorf("effort: derive %s to %s: %w", part[0], part[len(part)-1], err)
		}
		if err := db.Exec(ctx, s.Sums, params); err != nil {
			return Result{}, fmt.Errorf("effort: add up %s to %s: %w", part[0], part[len(part)-1], err)
		}
		if err := g.mark(ctx, "effort", part, inputs); err != nil {
			return Result{}, err
		}
		if err := db.Exec(ctx, s.Items, params); err != nil {
			return Result{}, fmt.Errorf("effort: add up the items of %s to %s: %w", part[0], part[len(part)-1], err)
		}
		if done += len(part); progress != nil {
			progress(done, len(days))
		}
	}
	if months := monthsOf(days); len(months) > 0 {
		params := g.with("generation")
		params["months"] = array(months)
		if err := db.Exec(ctx, s.Months, params); err != nil {
			return Result{}, fmt.Errorf("effort: add up months: %w", err)
		}
		if err := g.mark(ctx, "months", months, inputs); err != nil {
			return Result{}, err
		}
	}
	run := &lastRun{started: never, generation: "0"} // items that were derived before there were standings, or after a run that was stopped, are to see them too
	if len(last) > 0 && last[0][0] != "" {
		run = &lastRun{last[0][2], last[0][3], last[0][1] != decided}
	}
	if err := j.deriveItems(ctx, run); err != nil {
		return Result{}, err
	}
	if err := j.Coverage(ctx); err != nil {
		return Result{}, err
	}
	if err := g.weeks(ctx); err != nil {
		return Result{}, err
	}
	if err := g.mark(ctx, "standings", []string{none}, inputs); err != nil {
		return Result{}, err
	}
	for _, sql := range s.Sweep {
		if err := db.Exec(ctx, sql, nil); err != nil {
			return Result{}, fmt.Errorf("effort: remove what no longer counts: %w", err)
		}
	}
	return Result{Derived: true, Days: len(days)}, nil
}

// Current reports whether the derived tables are those of all that is stored, so that asking them gives what asking the base tables does.
func (j *Job) Current(ctx context.Context) (bool, error) {
	now, err := j.db.Texts(ctx, j.s.Inputs, nil)
	if err != nil {
		return false, fmt.Errorf("effort: what there is to derive from: %w", err)
	}
	last, err := j.db.Texts(ctx, j.s.Last, nil)
	if err != nil {
		return false, fmt.Errorf("effort: the last derivation: %w", err)
	}
	return len(last) > 0 && last[0][0] == now[0][0], nil
}

// Watch calls derive, [Job.Derive] or [Job.Items], at most once in every interval, until ctx ends. It reports the error of each round, or nil;
// after an error the next round tries again.
func Watch(ctx context.Context, every time.Duration, derive func(context.Context) error, report func(error)) {
	for {
		if err := derive(ctx); ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

// layout is that of the instants of the database's clock, in UTC.
const layout = "2006-01-02 15:04:05.000"

// next is the number of a derivation that began at an instant of the database's clock, after another one's number: of two that derive at once,
// the greater one is that of the one that began later, and has seen at least as much. The low bits tell them apart if they began in one millisecond.
func next(before uint64, started string) (string, error) {
	at, err := time.Parse(layout, started)
	if err != nil {
		return "", fmt.Errorf("effort: the database's clock: %w", err)
	}
	number := max(before>>16+1, uint64(max(0, at.UnixMilli()))) //nolint:gosec // not negative
	return strconv.FormatUint(number<<16|rand.Uint64()&0xffff, 10), nil
}

// generation is one derivation.
type generation struct {
	db     DB
	s      Statements
	params map[string]string
}

// lineage derives who takes over from whom.
func (g *generation) lineage(ctx context.Context) error {
	if err := g.db.Exec(ctx, g.s.Edges, g.with("generation")); err != nil {
		return fmt.Errorf("effort: derive edges: %w", err)
	}
	if err := g.mark(ctx, "edges", []string{none}, ""); err != nil {
		return err
	}
	if err := g.db.Exec(ctx, g.s.Ancestry, g.with("generation")); err != nil {
		return fmt.Errorf("effort: derive ancestry: %w", err)
	}
	if err := g.db.Exec(ctx, g.s.Standings, g.with("generation")); err != nil {
		return fmt.Errorf("effort: derive standings: %w", err)
	}
	return nil
}

// weeks adds up what the items add to the weeks.
func (g *generation) weeks(ctx context.Context) error {
	if err := g.db.Exec(ctx, g.s.WeekSums, g.with("generation")); err != nil {
		return fmt.Errorf("effort: add up the weeks: %w", err)
	}
	return g.mark(ctx, "weeks", []string{none}, "")
}

func (g *generation) with(names ...string) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		out[n] = g.params[n]
	}
	return out
}

// days returns the days to compute: all of them if decisions, settings or the first day changed since the last derivation.
func (g *generation) days(ctx context.Context, last [][]string, inputs, decided string) ([]string, error) {
	sql, params := g.s.AllDays, map[string]string(nil)
	if len(last) > 0 && last[0][0] != "" && last[0][1] == decided && settings(last[0][0]) == settings(inputs) {
		sql, params = g.s.Days, map[string]string{"since": last[0][2]}
	}
	rows, err := g.db.Texts(ctx, sql, params)
	if err != nil {
		return nil, fmt.Errorf("effort: days that changed: %w", err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r[0]
	}
	return out, nil
}

// settings is the part of inputs that names the model, the settings and the first day; all days depend on them.
func settings(inputs string) string {
	head, _, _ := strings.Cut(inputs, " (")
	return head
}

func (g *generation) mark(ctx context.Context, name string, days []string, inputs string) error {
	params := g.with("generation", "decided", "started")
	params["name"], params["days"], params["inputs"] = name, array(days), inputs
	if err := g.db.Exec(ctx, g.s.Mark, params); err != nil {
		return fmt.Errorf("effort: mark what was derived: %w", err)
	}
	return nil
}

// monthsOf are the first days of the months that days, in their order, lie in.
func monthsOf(days []string) []string {
	var out []string
	for _, d := range days {
		out = append(out, d[:len("2006-01")]+"-01")
	}
	return slices.Compact(out)
}

// array is a list of days as a parameter of type Array(Date32).
func array(days []string) string { return "['" + strings.Join(days, "','") + "']" }
