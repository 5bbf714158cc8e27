package normalize

import (
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// revisions folds the timeline. The last revision equals the current object: what the timeline leaves
// different is put right by a correction.
func (g *gh) revisions() []*event.Revision {
	first, h := g.beginning()
	g.untold = h.untold
	if g.content.Partial {
		// The whole record follows. Until then fields whose history is not told count from the beginning: as a
		// change of their own they would be kept beside the whole record's.
		assign(&first, &g.want, h.untold)
		h.untold = nil
	}
	g.nearest = &event.Nearest{Body: g.want.Body, Size: g.want.Size}
	steps := g.steps(&h)
	observed := step{
		change: changeOf("observed", &g.want, h.untold), at: g.object.UpdatedAt, observed: true,
		apply: func(it *event.Item) { assign(it, &g.want, h.untold) },
	}
	end := []step{observed}
	if g.content.Partial {
		end = nil
	}
	revs := g.fold(first, first.Author, slices.Concat(steps, end))
	names := g.wrong(revs)
	if len(names) == 0 {
		return revs
	}
	state, rest := splitState(names)
	corrected := slices.Clone(steps)
	if len(state) > 0 {
		at := g.object.UpdatedAt
		if g.want.ClosedAt != nil && sane(*g.want.ClosedAt) {
			at = *g.want.ClosedAt
		}
		corrected = append(corrected, correct(&g.want, state, at))
	}
	if len(rest) > 0 {
		corrected = append(corrected, correct(&g.want, rest, g.object.UpdatedAt))
	}
	revs = g.fold(first, first.Author, slices.Concat(corrected, end))
	names = g.wrong(revs)
	if len(names) == 0 {
		return revs
	}
	// An event later than its place undoes the correction: put it after everything.
	revs = g.fold(first, first.Author, slices.Concat(steps, end))
	names = g.wrong(revs)
	at := latest(g.object.UpdatedAt, revs[len(revs)-1].ValidFrom)
	return g.fold(first, first.Author, append(slices.Concat(steps, end), correct(&g.want, names, at)))
}

// wrong returns the fields in which the last revision differs from the object.
func (g *gh) wrong(revs []*event.Revision) []string {
	last := &revs[len(revs)-1].Item
	g.want.StartedAt = last.StartedAt // the object does not tell it
	return diff(last, &g.want)
}

func splitState(names []string) (state, rest []string) {
	for _, name := range names {
		switch name {
		case "state", "status", "resolution", "closed_at", "merged_at":
			state = append(state, name)
		default:
			rest = append(rest, name)
		}
	}
	return state, rest
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// steps returns the changes of state that the timeline tells, in its order.
func (g *gh) steps(h *history) []step {
	steps := make([]step, 0, len(g.events)+2)
	title := ""
	for _, e := range g.events {
		if e.Event == "renamed" && e.Rename != nil {
			if title != "" && e.Rename.From != title { // a change in between that the timeline does not tell
				from := e.Rename.From
				steps = append(steps, step{
					change: event.ChangeHash("correction", "title", from, e.change), at: e.at, correction: true,
					apply: func(it *event.Item) { it.Title = from },
				})
			}
			title = e.Rename.To
		}
		if apply := g.effect(e, h); apply != nil {
			steps = append(steps, step{change: e.change, at: e.at, actor: e.actorsAccount.person, apply: apply})
		}
	}
	return steps
}

// effect returns what an event does to the state, or nil if nothing.
func (g *gh) effect(e *ghEvent, h *history) func(*event.Item) {
	switch e.Event {
	case "closed":
		return g.close(e)
	case "merged":
		if g.isPull {
			return g.merge(e.at)
		}
	case "reopened":
		return func(it *event.Item) { it.Status, it.Resolution, it.ClosedAt, it.MergedAt = "open", "", nil, nil }
	case "renamed":
		if e.Rename != nil {
			return func(it *event.Item) { it.Title = e.Rename.To }
		}
	case "labeled":
		if e.Label != nil {
			return func(it *event.Item) { it.Labels = with(it.Labels, e.Label.Name) }
		}
	case "unlabeled":
		if e.Label != nil {
			before := h.renamed[e.Label.Name]
			return func(it *event.Item) { it.Labels = without(without(it.Labels, e.Label.Name), before) }
		}
	case "assigned", "unassigned":
		if e.Assignee != nil {
			who := e.Assignee.account(g.raw.Source).person
			if e.Event == "assigned" {
				return func(it *event.Item) { it.Assignees = with(it.Assignees, who) }
			}
			return func(it *event.Item) { it.Assignees = without(it.Assignees, who) }
		}
	case "convert_to_draft", "ready_for_review":
		return func(it *event.Item) { it.Draft = e.Event == "convert_to_draft" }
	case "milestoned", "demilestoned":
		now, _ := milestoneName(e)
		return h.milestone.effect(e.Event == "milestoned", now, "milestone")
	case "issue_type_added", "issue_type_changed", "issue_type_removed":
		now, _ := typeName(e)
		return h.typ.effect(e.Event != "issue_type_removed", now, "type")
	case "parent_issue_added", "parent_issue_removed":
		now, _ := parentName(e)
		return h.parent.effect(e.Event == "parent_issue_added", now, "parent_key")
	case "connected", "copilot_work_started":
		return g.start(e)
	case "cross-referenced":
		if g.answers(e) {
			return g.start(e)
		}
	}
	return nil
}

func (s *slot) effect(set bool, now, field string) func(*event.Item) {
	if s.untold {
		return nil
	}
	value := ""
	if set {
		value = s.after(now)
	}
	return func(it *event.Item) { *ref(it, field).(*string) = value }
}

// close returns the effect of a close. The one that the object still shows has the object's reason and instant;
// an earlier one without a reason counts as completed. Closing and merging a pull request are one act.
func (g *gh) close(e *ghEvent) func(*event.Item) {
	reason, at := e.StateReason, e.at
	if e == g.lastClose {
		if reason == "" {
			reason = g.want.Resolution
		}
		if g.want.ClosedAt != nil {
			at = *g.want.ClosedAt
		}
	}
	if g.isPull {
		if g.isMerge(e) {
			return g.merge(e.at)
		}
		reason = ""
	}
	return func(it *event.Item) {
		if it.MergedAt == nil {
			it.Status, it.Resolution, it.ClosedAt = "closed", reason, &at
		}
	}
}

// isMerge says whether a close is the other half of the merge: it is the last one, and the two share their instant, give or take the
// second by which GitHub's clocks differ.
func (g *gh) isMerge(e *ghEvent) bool {
	return e == g.lastClose && g.merged != nil && e.at.Sub(*g.merged).Abs() <= 2*time.Second
}

func (g *gh) merge(at time.Time) func(*event.Item) {
	merged, closed := &at, &at
	if g.merged != nil {
		merged = g.merged
	}
	if g.want.ClosedAt != nil {
		closed = g.want.ClosedAt
	}
	return func(it *event.Item) {
		it.Status, it.Resolution, it.MergedAt, it.ClosedAt = "closed", "merged", merged, closed
	}
}

// start returns the effect of an event that shows that someone has begun to work on an issue.
func (g *gh) start(e *ghEvent) func(*event.Item) {
	return func(it *event.Item) {
		if it.StartedAt == nil && it.Status != "closed" {
			it.StartedAt = &e.at
		}
	}
}

// answers says whether the source of a cross-reference is a pull request that says it closes this issue.
func (g *gh) answers(e *ghEvent) bool {
	if e.Source == nil || e.Source.Issue == nil || e.Source.Issue.PullRequest == nil || g.isPull {
		return false
	}
	project, _, _ := strings.Cut(e.Source.key(), "#")
	return slices.Contains(mentions(e.Source.Issue.Body, project, true), mention{g.raw.Key, event.RelationCloses})
}
