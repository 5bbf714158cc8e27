package effort

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
)

const (
	// portion is of about how many revisions the items are derived at once where all are: it bounds the memory of the database.
	portion = 1_500_000
	// many is from how many items on all are derived: to pick that many takes as long.
	many = 50_000
	// settle is how long a row that is stored may take until it can be read; then a derivation that found nothing new is noted, so that
	// the next one need not look at these rows again.
	settle = time.Minute
)

// Items brings the rows of items up to date, as the views show them: of those alone of which something was stored since the last
// derivation, so it is cheap enough for every second. What needs links or effort follows with [Job.Derive].
// It counts then what the log holds and the tables show.
func (j *Job) Items(ctx context.Context) error {
	if err := j.deriveItems(ctx, nil); err != nil {
		return err
	}
	return j.Coverage(ctx)
}

// lastRun is the run of [Job.Derive] before one that derives items now: when it began, its generation, and whether decisions
// came since.
type lastRun struct {
	started, generation string
	decided             bool
}

// deriveItems derives the rows of the items that changed since the last derivation, or all of them if that rests on something else.
// With last it takes what was stored since then for new, although the rows of these items may have seen it already: what
// they take over from others, and their effort, had not.
func (j *Job) deriveItems(ctx context.Context, last *lastRun) error {
	j.items.Lock()
	defer j.items.Unlock()
	db, s := j.db, j.s
	rows, err := db.Texts(ctx, s.ItemsState, nil)
	if err != nil {
		return fmt.Errorf("effort: how far items are derived: %w", err)
	}
	now := rows[0]
	params := map[string]string{"inputs": now[0], "decided": now[1], "started": now[2], "first": now[3], "told": now[4], "known": now[5], "sums": now[6], "turns": now[12]}
	stored, lastInputs, lastStarted, turned := now[7], now[8], now[9], now[11]
	before, err := strconv.ParseUint(now[10], 10, 64)
	if err != nil {
		return fmt.Errorf("effort: generation of the last derivation of items: %w", err)
	}
	seen := now[14] == params["decided"] && now[15] == params["sums"]
	if stored == "0" && (before == 0 || last == nil && turned == "0" && lastInputs == params["inputs"] && seen) {
		return nil // there are no items, or nothing is new
	}
	if params["generation"], err = next(before, params["started"]); err != nil {
		return err
	}
	queue := map[string]string{"generation": params["generation"], "since": lastStarted, "seen": "1", "words": "0", "sums": strconv.FormatUint(math.MaxUint64, 10)}
	if last != nil {
		queue["since"], queue["seen"], queue["sums"] = min(last.started, lastStarted), "0", last.generation
		if last.decided {
			queue["words"] = "1"
		}
	}
	if err := db.Exec(ctx, s.ItemsQueue, queue); err != nil {
		return fmt.Errorf("effort: which items changed: %w", err)
	}
	queued, err := db.Texts(ctx, s.ItemsQueued, map[string]string{"generation": params["generation"]})
	if err != nil {
		return fmt.Errorf("effort: how many items changed: %w", err)
	}
	n, err := strconv.Atoi(queued[0][0])
	if err != nil {
		return fmt.Errorf("effort: how many items changed: %w", err)
	}
	revisions, err := strconv.Atoi(now[13])
	if err != nil {
		return fmt.Errorf("effort: how many revisions there are: %w", err)
	}
	switch {
	case before == 0 || lastInputs != params["inputs"] || turned != "0" || n > many:
		err = allItems(ctx, db, s, params["generation"], min(200, 1+revisions/portion))
	case n > 0:
		p := map[string]string{"generation": params["generation"]}
		err = each(ctx, db, p, s.ItemVerdicts, s.ItemRows, s.ItemWeeks) // the rows tell what all verdicts say
	case seen && !settled(stored, lastStarted, params["started"]):
		return nil
	}
	if err != nil {
		return fmt.Errorf("effort: derive items: %w", err)
	}
	if err := db.Exec(ctx, s.ItemsMark, params); err != nil {
		return fmt.Errorf("effort: mark what was derived of items: %w", err)
	}
	return nil
}

// each runs statements with the same parameters.
func each(ctx context.Context, db DB, params map[string]string, statements ...string) error {
	for _, sql := range statements {
		if err := db.Exec(ctx, sql, params); err != nil {
			return err
		}
	}
	return nil
}

// allItems derives all items, a stretch of ids after the other; the verdicts of all of them first, since an item's row tells those on the one that it takes its own over from.
func allItems(ctx context.Context, db DB, s Statements, generation string, parts int) error {
	ids, err := db.Texts(ctx, s.ItemIDs, nil)
	if err != nil {
		return err
	}
	for _, statements := range [][]string{{s.AllItemVerdicts}, {s.AllItemRows, s.AllItemWeeks}} {
		after := ""
		for part := range parts {
			until := ""
			if part < parts-1 && len(ids) > 0 {
				until = ids[(part+1)*len(ids)/parts][0]
			}
			if until == after && until != "" {
				continue // one item fills several stretches
			}
			p := map[string]string{"generation": generation, "after": after, "until": until}
			if err := each(ctx, db, p, statements...); err != nil {
				return err
			}
			after = until
		}
	}
	return nil
}

// settled reports whether rows that the last derivation may not have seen can all be read by now.
func settled(stored, last, now string) bool {
	from, err := time.Parse(layout, last)
	until, err2 := time.Parse(layout, now)
	return stored != "0" && err == nil && err2 == nil && until.Sub(from) > settle
}
