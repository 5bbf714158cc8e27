package classify

import (
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Item is what a rule can see of a work item: only what one revision itself carries. The expr tags are the names that
// conditions use.
type Item struct {
	Source      string   `expr:"source"`  // the configured name of the source
	Project     string   `expr:"project"` // owner/repo on GitHub, the project's key on Jira
	Kind        string   `expr:"kind"`    // issue, incident or pull_request
	Type        string   `expr:"type"`    // the tracker's type, in lower case
	Title       string   `expr:"title"`
	Body        string   `expr:"body"`
	Labels      []string `expr:"labels"`     // in lower case
	Components  []string `expr:"components"` // in lower case
	Priority    string   `expr:"priority"`   // in lower case
	Milestone   string   `expr:"milestone"`
	State       string   `expr:"state"`
	Status      string   `expr:"status"` // the tracker's own word, in lower case
	Resolution  string   `expr:"resolution"`
	AuthorIsBot bool     `expr:"author_is_bot"`
	Draft       bool     `expr:"draft"`
	HasParent   bool     `expr:"has_parent"`
	Points      float64  `expr:"points"`      // 0 where there is no estimate
	DueInDays   float64  `expr:"due_in_days"` // from the revision to the due date; 1e9 where there is none
	AgeDays     float64  `expr:"age_days"`    // from the creation to the revision
	Subtasks    int      `expr:"subtasks"`
	Links       int      `expr:"links"`
	Comments    int      `expr:"comments"`
	Additions   int      `expr:"additions"`
	Deletions   int      `expr:"deletions"`
	Lines       int      `expr:"lines"` // additions + deletions
	Files       int      `expr:"files"`
	Commits     int      `expr:"commits"`
}

// noDue is DueInDays of an item without a due date.
const noDue = 1e9

// itemOf reads a revision. Fields that the tracker knows only now come from the nearest observation, the counters from
// the one that told the revision: so an item told again with other counters is judged again, under that telling's key.
func itemOf(r *event.Revision) *Item {
	s := &r.Item
	it := &Item{
		Source: r.Source, Project: r.Project, Kind: string(s.Kind), Type: strings.ToLower(s.Type), Title: s.Title, Labels: lower(s.Labels), Components: lower(s.Components),
		Priority: strings.ToLower(s.Priority), Milestone: s.Milestone, State: string(s.State), Status: strings.ToLower(s.Status),
		Resolution: strings.ToLower(s.Resolution), AuthorIsBot: s.AuthorBot, Draft: s.Draft, HasParent: s.ParentKey != "", DueInDays: noDue,
		AgeDays: days(r.ValidFrom.Sub(s.CreatedAt)),
	}
	if s.Points != nil {
		it.Points = *s.Points
	}
	if s.DueAt != nil {
		it.DueInDays = days(s.DueAt.Sub(r.ValidFrom))
	}
	body, size := s.Body, s.Size
	if n := r.Nearest; n != nil {
		if body == nil {
			body = n.Body
		}
		if size == nil {
			size = n.Size
		}
	}
	if body != nil {
		it.Body = *body
	}
	if c := r.Counts; c != nil {
		it.Subtasks, it.Links, it.Comments = c.Subtasks, c.Links, c.Comments
	}
	if size != nil {
		it.setSize(size)
	}
	return it
}

func (it *Item) setSize(s *event.Size) {
	it.Additions, it.Deletions, it.Files, it.Commits = s.Additions, s.Deletions, s.Files, s.Commits
	it.Lines = s.Additions + s.Deletions
}

func days(d time.Duration) float64 { return d.Hours() / 24 }

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}
