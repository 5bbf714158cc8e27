package normalize

import (
	"time"

	"github.com/workmix/workmix/internal/event"
)

// current returns the tracker's current object as a normalized state, but for started_at, which only the
// history tells.
func (g *gh) current() event.Item {
	o := g.object
	author := o.User.account(g.raw.Source)
	it := event.Item{
		Kind: event.KindIssue, Title: o.Title, Body: &o.Body, Status: o.State, Author: author.person, AuthorBot: author.bot,
		Labels: labelNames(o.Labels), Draft: o.Draft, Resolution: o.StateReason, CreatedAt: o.CreatedAt, ClosedAt: o.ClosedAt,
		MergedAt: g.merged, ParentKey: keyOfURL(o.ParentURL),
	}
	people := make([]string, len(o.Assignees))
	for i := range o.Assignees {
		people[i] = o.Assignees[i].account(g.raw.Source).person
	}
	it.Assignees = set(people...)
	if o.Milestone != nil {
		it.Milestone, it.DueAt = o.Milestone.Title, o.Milestone.DueOn
	}
	if o.Type != nil {
		it.Type = o.Type.Name
	}
	if it.Status != "closed" {
		it.Resolution, it.ClosedAt = "", nil // a reopened issue has the reason "reopened", which resolves nothing
	}
	if g.isPull {
		it.Kind, it.Resolution = event.KindPullRequest, ""
		if it.MergedAt != nil {
			it.Resolution = "merged"
		}
		if o.Additions != nil {
			it.Size = &event.Size{Additions: *o.Additions, Deletions: o.Deletions, Files: o.ChangedFiles, Commits: o.Commits}
		}
	}
	g.settleState(&it)
	return it
}

func labelNames(list []ghLabel) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return set(names...)
}

// settle recomputes what follows from the other fields: kind, state and started_at.
func (g *gh) settle(it *event.Item, at time.Time) {
	g.settleState(it)
	if it.StartedAt == nil && (g.isPull || len(it.Assignees) > 0 || it.State == event.StateInProgress) {
		it.StartedAt = &at
	}
}

func (g *gh) settleState(it *event.Item) {
	if !g.isPull {
		it.Kind = g.n.kindOf(event.KindIssue, it.Type, it.Labels)
	}
	switch {
	case it.MergedAt != nil:
		it.State = event.StateDone
	case it.Status == "closed" && (g.isPull || it.Resolution == "not_planned" || it.Resolution == "duplicate"):
		it.State = event.StateDropped
	case it.Status == "closed":
		it.State = event.StateDone
	case g.n.inProgress.any(it.Labels) || g.n.inProgress.has(it.Status):
		it.State = event.StateInProgress
	default:
		it.State = event.StateOpen
	}
}
