package normalize

import (
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-json"

	"github.com/workmix/workmix/internal/event"
)

// github normalizes one issue or pull request of GitHub. The rules stand in docs/normalize-github.md.
func (n *Normalizer) github(r *event.Raw, position int64) ([]event.Payload, error) {
	if r.Removed != "" {
		out := removedFromGitHub(r, position)
		if r.Removed != "returned" || len(r.Content) == 0 {
			return out, nil
		}
		rest, err := n.githubItem(r, position)
		return append(out, rest...), err
	}
	return n.githubItem(r, position)
}

func (n *Normalizer) githubItem(r *event.Raw, position int64) ([]event.Payload, error) {
	var content ghContent
	if err := json.Unmarshal(r.Content, &content); err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	g, err := newGitHub(n, r, position, &content)
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	g.counts = &event.Counts{}
	revisions := g.revisions()
	activities := g.activities()
	links := g.links(revisions)
	g.count(activities, links)
	out := make([]event.Payload, 0, len(revisions)+len(activities)+len(links))
	for _, v := range revisions {
		out = append(out, v)
	}
	for _, v := range activities {
		out = append(out, v)
	}
	for _, v := range links {
		out = append(out, v)
	}
	return out, nil
}

// count fills the counters. Archives of GitHub's objects may lack the number of comments, and then what was read
// counts. Comments on lines of code are counted as read: not every reading tells their number.
func (g *gh) count(activities []*event.Activity, links []*event.Link) {
	said, onLines := 0, 0
	for _, a := range activities {
		switch a.Action {
		case "commented":
			said++
		case "review_commented":
			onLines++
		}
	}
	g.counts.Comments = max(said, g.object.Comments) + onLines
	for _, l := range links {
		if l.ValidTo == nil {
			g.counts.Links++
		}
	}
	if s := g.object.SubIssues; s != nil {
		g.counts.Subtasks = max(0, s.Total)
	}
}

// gh is one record of GitHub on its way.
type gh struct {
	*chain
	n       *Normalizer
	content *ghContent
	object  *ghObject // the tracker's current object: the pull request where there is one
	isPull  bool
	merged  *time.Time
	want    event.Item // the object, normalized: what the last revision must be
	events  []*ghEvent // the timeline in order, each event once
	// lastClose is the close that the object still shows, or nil.
	lastClose *ghEvent
}

func newGitHub(n *Normalizer, r *event.Raw, position int64, content *ghContent) (*gh, error) {
	g := &gh{n: n, content: content, isPull: r.Kind == event.KindPullRequest}
	switch {
	case g.isPull && content.Pull != nil:
		g.object = content.Pull
	case content.Issue != nil:
		g.object = content.Issue
	default:
		return nil, errors.New("there is neither an issue nor a pull request in it")
	}
	if !sane(g.object.CreatedAt) {
		return nil, errors.New("created_at is missing or cannot be a date")
	}
	if !sane(g.object.UpdatedAt) || g.object.UpdatedAt.Before(g.object.CreatedAt) {
		g.object.UpdatedAt = g.object.CreatedAt
	}
	for _, t := range []**time.Time{&g.object.ClosedAt, &g.object.MergedAt} {
		if *t != nil && !sane(**t) {
			*t = nil
		}
	}
	if m := g.object.Milestone; m != nil && m.DueOn != nil && !sane(*m.DueOn) {
		m.DueOn = nil
	}
	g.chain = newChain(r, position, g.object.HTMLURL)
	g.chain.settle = g.settle
	if g.isPull {
		g.merged = g.object.MergedAt
		if p := g.object.PullRequest; p != nil && g.merged == nil && p.MergedAt != nil && sane(*p.MergedAt) {
			g.merged = p.MergedAt
		}
	}
	g.order()
	if g.isPull && g.merged == nil && content.Pull == nil && g.object.State == "closed" { // the issue's object may not say it
		for _, e := range g.events {
			if e.Event == "merged" {
				g.merged = &e.at
			}
		}
	}
	g.want = g.current()
	return g, nil
}

// sane says whether an instant can be stored and is not a zero that stands for "unknown".
func sane(t time.Time) bool { return t.Year() > 1970 && t.Year() < 2300 }

// removedFromGitHub returns the tombstone of an item that can no longer be read. A transferred item continues
// under another key, where the content says which: {"issue": the object at its new place}.
func removedFromGitHub(r *event.Raw, position int64) []event.Payload {
	t := tombstone(r, position)
	out := []event.Payload{t}
	var content struct {
		Issue *ghTarget `json:"issue"`
		Pull  *ghTarget `json:"pull"`
	}
	if r.Removed != "transferred" || len(r.Content) == 0 || json.Unmarshal(r.Content, &content) != nil {
		return out
	}
	to := content.Issue.key()
	if to == "" {
		to = content.Pull.key()
	}
	l := links{chain: newChain(r, position, "")}
	l.add(event.RelationContinues, to, "", t.ValidFrom, nil)
	for _, v := range l.list {
		out = append(out, v)
	}
	return out
}
