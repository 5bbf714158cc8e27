package normalize

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/workmix/workmix/internal/event"

	"github.com/goccy/go-json"
)

// imported normalizes what was imported of one item: each row is what it was as of a time, and tells besides when it
// was opened, begun and closed. The rules stand in docs/import.md.
func (n *Normalizer) imported(r *event.Raw, position int64) ([]event.Payload, error) {
	var out []event.Payload
	if r.Removed != "" {
		out = append(out, tombstone(r, position))
		if r.Removed != "returned" || len(r.Content) == 0 {
			return out, nil
		}
	}
	var content event.Rows
	if err := json.Unmarshal(r.Content, &content); err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	if len(content.Rows) == 0 {
		return nil, errors.New("content: there is no row in it")
	}
	rows := content.Rows
	last := &rows[len(rows)-1]
	im := &imported{n: n, raw: r, created: last.CreatedAt, untold: map[string]bool{}}
	first, steps := im.steps(rows)
	c := newChain(r, position, last.URL)
	c.settle, c.counts = im.settle, &event.Counts{}
	revisions := c.fold(first, im.person(last.Author), steps)
	for _, rev := range revisions {
		if im.untold[rev.Change] {
			rev.Inferred = []string{"status"}
		}
		out = append(out, rev)
	}
	out = append(out, c.activity("created", im.person(last.Author), "opened", last.AuthorBot, im.created))
	l := links{chain: c}
	closing := r.Kind == event.KindPullRequest
	for _, text := range []func(*event.Item) string{func(it *event.Item) string { return it.Title }, func(it *event.Item) string { return *it.Body }} {
		spans(revisions, text, func(s string, from time.Time, to *time.Time) {
			for _, m := range mentions(s, r.Project, closing) {
				l.add(m.relation, m.key, "", from, to)
			}
		})
	}
	spans(revisions, func(it *event.Item) string { return it.ParentKey }, func(key string, from time.Time, to *time.Time) {
		l.add(event.RelationParent, key, "", from, to)
	})
	for _, v := range l.list {
		if out = append(out, v); v.ValidTo == nil {
			c.counts.Links++
		}
	}
	return out, nil
}

// imported is one record of imported rows on its way.
type imported struct {
	n       *Normalizer
	raw     *event.Raw
	created time.Time       // as the last row has it
	untold  map[string]bool // changes after which no row tells the status
}

// steps returns the item as it was opened and what changed it. What the first row tells without a time counts from the
// beginning.
func (im *imported) steps(rows []event.Row) (event.Item, []step) {
	var steps []step
	speaks := map[int64]bool{} // of the instants of the rows, nothing else tells
	for i := range rows {
		speaks[rows[i].ValidFrom().UnixMilli()] = true
	}
	for i := range rows {
		row := &rows[i]
		it := im.item(row)
		steps = append(steps, step{change: "row/" + changeTime(row.ValidFrom()), at: row.ValidFrom(), apply: func(now *event.Item) { im.tell(now, it) }})
		if at := row.StartedAt; at != nil && !speaks[at.UnixMilli()] {
			change := "started/" + changeTime(*at)
			im.untold[change] = row.Status != ""
			steps = append(steps, step{change: change, at: *at, apply: func(now *event.Item) {
				if now.StartedAt != nil {
					return
				}
				if now.StartedAt = at; now.State == event.StateOpen {
					now.State, now.Status = event.StateInProgress, im.between(row, event.StateInProgress)
				}
			}})
		}
		if at := row.ClosedAt; at != nil && !speaks[at.UnixMilli()] {
			change := "closed/" + changeTime(*at)
			im.untold[change] = row.Status != ""
			steps = append(steps, step{change: change, at: *at, apply: func(now *event.Item) {
				if !isClosed(now.State) {
					now.State, now.Status, now.Resolution = it.State, im.between(row, it.State), it.Resolution
					now.ClosedAt, now.MergedAt = at, it.MergedAt
				}
			}})
		}
	}
	first := im.item(&rows[0])
	first.StartedAt, first.ClosedAt, first.MergedAt = nil, nil, nil
	if first.State != event.StateOpen {
		im.untold["created"] = rows[0].Status != ""
		first.State, first.Status, first.Resolution = event.StateOpen, im.between(&rows[0], event.StateOpen), ""
	}
	return first, steps
}

// between is the status of a time of which the row tells the state alone: unknown where statuses have words of their own.
func (im *imported) between(row *event.Row, state event.State) string {
	if row.Status != "" {
		return ""
	}
	return string(state)
}

// item is what a row says.
func (im *imported) item(row *event.Row) event.Item {
	people := make([]string, len(row.Assignees))
	for i, a := range row.Assignees {
		people[i] = im.person(a)
	}
	return event.Item{
		Kind: cmp.Or(row.Kind, im.n.kindOf(im.raw.Kind, row.Type, row.Labels)), Type: row.Type, Title: row.Title, Body: &row.Body,
		State: row.State, Status: cmp.Or(row.Status, string(row.State)), Priority: row.Priority, Labels: set(row.Labels...),
		Components: set(row.Components...), Milestone: row.Milestone, Sprint: row.Sprint, Points: row.Points, DueAt: row.DueAt,
		Author: im.person(row.Author), AuthorBot: row.AuthorBot, Assignees: set(people...), ParentKey: row.ParentKey, Draft: row.Draft,
		Resolution: row.Resolution, CreatedAt: im.created, StartedAt: row.StartedAt, MergedAt: row.MergedAt, ClosedAt: row.ClosedAt,
	}
}

// tell makes an item what a row says. What it does not tell of when work began and ended is as it was.
func (im *imported) tell(now *event.Item, it event.Item) {
	if it.StartedAt == nil {
		it.StartedAt = now.StartedAt
	}
	if isClosed(it.State) && it.ClosedAt == nil {
		it.ClosedAt = now.ClosedAt
	}
	*now = it
}

// settle dates what no row dates.
func (im *imported) settle(it *event.Item, at time.Time) {
	if it.State == event.StateInProgress && it.StartedAt == nil {
		it.StartedAt = &at
	}
	switch closed := isClosed(it.State); {
	case closed && it.ClosedAt == nil:
		it.ClosedAt = &at
	case !closed:
		it.ClosedAt, it.MergedAt = nil, nil
	}
}

func (im *imported) person(account string) string { return event.Pseudonym(im.raw.Source, account) }

// changeTime writes an instant as part of a change's name.
func changeTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
