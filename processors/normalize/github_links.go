package normalize

import (
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// links returns what the item's title, body, branch, commits and parent say about other items.
func (g *gh) links(revisions []*event.Revision) []*event.Link {
	l := links{chain: g.chain}
	text := func(s string, closing bool, from time.Time, to *time.Time) {
		for _, m := range mentions(s, g.raw.Project, closing) {
			l.add(m.relation, m.key, "", from, to)
		}
	}
	// Titles and parents have a history; each value holds until the revision that changes it.
	spans(revisions, func(it *event.Item) string { return it.Title }, func(title string, from time.Time, to *time.Time) {
		text(title, g.isPull, from, to)
	})
	spans(revisions, func(it *event.Item) string { return it.ParentKey }, func(key string, from time.Time, to *time.Time) {
		l.add(event.RelationParent, key, "", from, to)
	})
	// The body's history is not told: what it says now counts from the creation.
	text(g.object.Body, g.isPull, g.object.CreatedAt, nil)
	if g.object.Head != nil {
		text(g.object.Head.Ref, false, g.object.CreatedAt, nil)
	}
	if g.isPull {
		for _, e := range g.events {
			if e.Event == "committed" {
				g.commitLinks(&l, e.Message)
			}
		}
		for i := range g.content.Commits {
			g.commitLinks(&l, g.content.Commits[i].Commit.Message)
		}
	}
	g.duplicates(&l)
	return l.list
}

// spans calls do with each value that a field had, and with when it had it; to is nil for the last.
func spans(revisions []*event.Revision, field func(*event.Item) string, do func(value string, from time.Time, to *time.Time)) {
	for i, from := 0, 0; i < len(revisions); i++ {
		value := field(&revisions[from].Item)
		if i+1 < len(revisions) && field(&revisions[i+1].Item) == value {
			continue
		}
		do(value, revisions[from].ValidFrom, end(revisions, i))
		from = i + 1
	}
}

// end returns when the revision with an index stopped being the present one; nil for the last.
func end(revisions []*event.Revision, i int) *time.Time {
	if i+1 >= len(revisions) {
		return nil
	}
	return &revisions[i+1].ValidFrom
}

// commitLinks takes from a commit's message what it closes; what it merely mentions is often another
// repository's number.
func (g *gh) commitLinks(l *links, message string) {
	for _, m := range mentions(message, g.raw.Project, true) {
		if m.relation == event.RelationCloses {
			l.add(m.relation, m.key, "", g.object.CreatedAt, nil)
		}
	}
}

// duplicates links to the item of which this is a duplicate. The event does not say which; the comment that
// makes it ("Duplicate of #12") does.
func (g *gh) duplicates(l *links) {
	for i, e := range g.events {
		if e.Event != "marked_as_duplicate" {
			continue
		}
		key := ""
		for _, c := range g.events {
			if c.Event != "commented" || c.at.After(e.at.Add(time.Minute)) {
				continue
			}
			if body := strings.TrimSpace(c.Body); len(body) > 13 && strings.EqualFold(body[:13], "duplicate of ") {
				if m := mentions(body, g.raw.Project, false); len(m) > 0 {
					key = m[0].key
				}
			}
		}
		var to *time.Time
		for _, u := range g.events[i:] {
			if u.Event == "unmarked_as_duplicate" {
				to = &u.at
				break
			}
		}
		l.add(event.RelationDuplicates, key, "", e.at, to)
	}
}
