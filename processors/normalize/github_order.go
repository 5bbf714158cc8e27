package normalize

import (
	"slices"
	"strconv"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// order fills g.events: each event of the timeline once, in order of time, those of one instant in the order of
// the timeline, with its time, its name as a change and who did it.
func (g *gh) order() {
	list := g.content.Timeline
	g.events = make([]*ghEvent, 0, len(list))
	seen := make(map[string]bool, len(list))
	last := g.object.CreatedAt
	for i := range list {
		e := &list[i]
		switch {
		case sane(e.CreatedAt):
			e.at = e.CreatedAt
		case sane(e.SubmittedAt):
			e.at = e.SubmittedAt
		default:
			e.at = last // it stands after the event before it: that is all there is to know
		}
		if e.Event != "committed" {
			last = e.at
		}
		who := e.Actor
		if e.Assigner != nil {
			who = e.Assigner
		} else if who == nil {
			who = e.User
		}
		e.actorsAccount = who.account(g.raw.Source)
		switch {
		case e.ID != 0:
			e.change = "event/" + strconv.FormatInt(e.ID, 10)
		case e.SHA != "":
			e.change = "commit/" + e.SHA
		default:
			e.change = event.ChangeHash("event", e.Event, e.at.UTC().String(), e.actorsAccount.person, e.subject())
		}
		if id := e.Event + " " + e.change; !seen[id] {
			seen[id] = true
			g.events = append(g.events, e)
		}
	}
	slices.SortStableFunc(g.events, func(a, b *ghEvent) int { return a.at.Compare(b.at) })
	g.dropLater()
	for _, e := range g.events {
		if e.Event == "closed" && g.object.State == "closed" {
			g.lastClose = e
		}
	}
}

// subject is what the event is about, for events without an id.
func (e *ghEvent) subject() string {
	switch {
	case e.Label != nil:
		return e.Label.Name
	case e.Milestone != nil:
		return e.Milestone.Title
	case e.Assignee != nil:
		return strconv.FormatInt(e.Assignee.ID, 10)
	case e.Rename != nil:
		return e.Rename.To
	}
	return e.Source.key()
}

func (s *ghSource) key() string {
	if s == nil {
		return ""
	}
	return s.Issue.key()
}

// dropLater takes the changes later than the object out of the events, if the object does not know of them: it
// was fetched before they happened, and the next fetch will tell them. Where the object agrees with all of
// them they stay: GitHub's updated_at is sometimes a little behind.
func (g *gh) dropLater() {
	i, _ := slices.BinarySearchFunc(g.events, g.object.UpdatedAt, func(e *ghEvent, t time.Time) int {
		if e.at.After(t) {
			return 1
		}
		return -1
	})
	later := g.events[i:]
	if !slices.ContainsFunc(later, g.unknown) {
		return
	}
	kept := g.events[:i:i]
	for _, e := range later {
		if !e.changesState() {
			kept = append(kept, e)
		}
	}
	g.events = kept
}

func (e *ghEvent) changesState() bool {
	switch e.Event {
	case "closed", "reopened", "merged", "renamed", "labeled", "unlabeled", "assigned", "unassigned", "milestoned", "demilestoned",
		"convert_to_draft", "ready_for_review", "issue_type_added", "issue_type_changed", "issue_type_removed", "parent_issue_added", "parent_issue_removed":
		return true
	}
	return false
}

// unknown says whether the object speaks against an event's having happened before it was fetched.
func (g *gh) unknown(e *ghEvent) bool {
	o := g.object
	switch e.Event {
	case "closed":
		return o.State != "closed"
	case "reopened":
		return o.State == "closed"
	case "merged":
		return g.isPull && g.merged == nil
	case "renamed":
		return e.Rename != nil && e.Rename.To != o.Title
	case "labeled", "unlabeled":
		return e.Label != nil && slices.ContainsFunc(o.Labels, func(l ghLabel) bool { return l.Name == e.Label.Name }) != (e.Event == "labeled")
	case "assigned", "unassigned":
		return e.Assignee != nil && slices.ContainsFunc(o.Assignees, func(u ghUser) bool { return u.ID == e.Assignee.ID }) != (e.Event == "assigned")
	case "milestoned":
		return e.Milestone != nil && (o.Milestone == nil || o.Milestone.Title != e.Milestone.Title)
	case "demilestoned":
		return e.Milestone != nil && o.Milestone != nil && o.Milestone.Title == e.Milestone.Title
	case "convert_to_draft":
		return !o.Draft
	case "ready_for_review":
		return o.Draft
	}
	return false
}
