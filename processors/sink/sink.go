package sink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors"
)

// Sink stores batches of records.
type Sink struct {
	to, people Table
	stats      counters
}

// New returns a sink that writes to a warehouse. What bears people's names goes to a database of its own, people;
// nil: it stays in the log alone.
func New(to, people Table) *Sink {
	return &Sink{to: to, people: people, stats: counters{rows: map[string]int64{}}}
}

// Store makes a batch durable: each record is a row of its table. A record that has no event in it, or that the
// warehouse refuses for its values, is named in a [*processors.Poison]; the others may have been stored by then.
// Any other error passes: store the batch again.
func (s *Sink) Store(ctx context.Context, batch []event.Message) error {
	poison := &processors.Poison{Reasons: map[int]string{}}
	to, named := tables(), peopleTables()
	all := decode(batch, s.people != nil)
	for i, d := range all {
		if d.err != nil {
			poison.Reasons[i] = d.err.Error()
			continue
		}
		if !add(to, d.payload, &batch[i], i) && !add(named, d.payload, &batch[i], i) {
			poison.Reasons[i] = fmt.Sprintf("there is no table for %s", d.payload.Envelope().Type)
		}
	}
	if len(poison.Reasons) > 0 {
		return poison // the rest comes again at once, without them
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	store := func(db Table, list []target) {
		for _, t := range list {
			if t.len() == 0 || db == nil {
				continue
			}
			g.Go(func() error {
				return insert(ctx, db, t, 0, t.len(), func(index int, reason string) {
					mu.Lock()
					defer mu.Unlock()
					poison.Reasons[index] = reason
				})
			})
		}
	}
	store(s.to, to)
	store(s.people, named)
	if seen := sightings(all); len(seen) > 0 {
		columns, data := sightingColumns(seen)
		// Without a token: a second telling of the same is the same row.
		g.Go(func() error { return s.people.Insert(ctx, "sightings", columns, "", data) })
	}
	if err := g.Wait(); err != nil {
		s.stats.failed()
		return err
	}
	if len(poison.Reasons) > 0 {
		s.stats.refuse(len(poison.Reasons))
		return poison
	}
	s.stats.stored(to)
	return nil
}

func add(to []target, p event.Payload, m *event.Message, index int) bool {
	for _, t := range to {
		if t.add(p, m, index) {
			return true
		}
	}
	return false
}

// insert stores rows of a table. Where the warehouse refuses them it halves them until it finds which ones, and
// stores the others.
func insert(ctx context.Context, db Table, t target, from, to int, refuse func(index int, reason string)) error {
	err := db.Insert(ctx, t.name(), t.columns(), token(t, from, to), t.values(from, to))
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case to-from > 1 && (refused(err) || tooLarge(err)):
		middle := from + (to-from)/2
		if err := insert(ctx, db, t, from, middle, refuse); err != nil {
			return err
		}
		return insert(ctx, db, t, middle, to, refuse)
	case refused(err):
		_, index := t.at(from)
		refuse(index, err.Error())
		return nil
	}
	return err
}

func refused(err error) bool {
	var e interface{ Refused() bool }
	return errors.As(err, &e) && e.Refused()
}

func tooLarge(err error) bool {
	var e interface{ TooLarge() bool }
	return errors.As(err, &e) && e.TooLarge()
}

// token names the rows of an insert: a function of the columns and of each record's place in the log and event id,
// so that it never stands for other rows, not even after the log was made anew.
func token(t target, from, to int) string {
	h := sha256.New()
	var b []byte
	for _, c := range t.columns() {
		b = append(append(b, c...), 0)
	}
	for row := from; row < to; row++ {
		m, _ := t.at(row)
		b = append(append(b, m.Topic...), 0)
		b = strconv.AppendInt(b, int64(m.Partition), 10)
		b = strconv.AppendInt(append(b, '/'), m.Offset, 10)
		b = append(append(append(b, 0), m.Header("ce_id")...), 0)
		if len(b) > 1<<16 {
			h.Write(b)
			b = b[:0]
		}
	}
	h.Write(b)
	return "workmix-" + hex.EncodeToString(h.Sum(nil)[:16])
}
