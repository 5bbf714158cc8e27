package normalize

import (
	"slices"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// step is one change that a tracker tells, or that follows from what it tells.
type step struct {
	change     string // the tracker's own change, see [event.Revision.Change]
	at         time.Time
	actor      string            // pseudonym, or "" if unknown
	apply      func(*event.Item) // must replace the slices and pointers of the item, never write into them
	correction bool
	// observed: from this step on the untold fields are known. It makes a revision even if it changes nothing.
	observed bool
}

// chain folds the steps of one raw record into revisions.
type chain struct {
	raw         *event.Raw
	observation string
	position    int64
	url         string
	// settle recomputes what follows from the other fields (state, kind, started_at); it runs after every
	// step, with the step's time. It may be nil.
	settle func(it *event.Item, at time.Time)
	// untold names the fields that revisions before the observed step leave unset; nearest holds their values.
	untold  []string
	nearest *event.Nearest
	// counts are the counters that all revisions of the record bear.
	counts *event.Counts
}

func newChain(r *event.Raw, position int64, url string) *chain {
	return &chain{raw: r, observation: event.RawID(r), position: position, url: url}
}

// fold returns the revisions: the first item as the change "created", made by author at its CreatedAt, then one
// for each step that changes the state. Steps are taken in order of time; those of the same instant in the
// order given. A step before the creation counts as of the creation. Of two steps with the same change the
// first counts.
func (c *chain) fold(first event.Item, author string, steps []step) []*event.Revision {
	steps = slices.Clone(steps)
	for i := range steps {
		if steps[i].at.Before(first.CreatedAt) {
			steps[i].at = first.CreatedAt
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	known := !slices.ContainsFunc(steps, func(s step) bool { return s.observed })
	revs := make([]*event.Revision, 0, len(steps)+1)
	seen := make(map[string]bool, len(steps)+1)
	add := func(it event.Item, s *step, changed []string) {
		r := &event.Revision{
			ItemID: c.raw.ItemID, Source: c.raw.Source, Project: c.raw.Project, Key: c.raw.Key, URL: c.url,
			Change: s.change, Observation: c.observation, Seq: len(revs), ValidFrom: s.at, RecordedAt: c.raw.RecordedAt,
			Position: c.position, Actor: s.actor, Changed: changed, Correction: s.correction, Counts: c.counts, Item: it,
		}
		if !known && len(c.untold) > 0 {
			r.Inferred, r.Nearest = c.untold, c.nearest
		}
		revs = append(revs, r)
	}
	it := first
	if c.settle != nil {
		c.settle(&it, first.CreatedAt)
	}
	add(it, &step{change: "created", at: first.CreatedAt, actor: author}, nil)
	seen["created"] = true
	for i := range steps {
		s := &steps[i]
		if seen[s.change] {
			continue
		}
		next := it
		s.apply(&next)
		if c.settle != nil {
			c.settle(&next, s.at)
		}
		known = known || s.observed
		if changed := diff(&it, &next); len(changed) > 0 || s.observed {
			seen[s.change] = true
			add(next, s, changed)
			it = next
		}
	}
	for _, r := range revs[:len(revs)-1] {
		r.More = true
	}
	return revs
}
