package normalize

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// jira normalizes one issue of Jira. In order: its tombstone if it returned, its revisions, its activities, its links.
func (n *Normalizer) jira(r *event.Raw, position int64) ([]event.Payload, error) {
	out, _, err := n.jiraIssue(r, position)
	return out, err
}

// jiraIssue also returns what became of each item of the changelog.
func (n *Normalizer) jiraIssue(r *event.Raw, position int64) ([]event.Payload, *ledger, error) {
	var out []event.Payload
	if r.Removed != "" {
		out = append(out, tombstone(r, position))
		if r.Removed != "returned" || len(r.Content) == 0 {
			return out, &ledger{}, nil
		}
	}
	var content jiraContent
	if err := json.Unmarshal(r.Content, &content); err != nil {
		return nil, nil, fmt.Errorf("content: %w", err)
	}
	j, err := newJiraFold(n, r, &content)
	if err != nil {
		return nil, nil, fmt.Errorf("content: %w", err)
	}
	entries := j.entries()
	steps := j.steps(entries)
	c := newChain(r, position, j.url())
	if c.counts, err = j.counts(); err != nil {
		return nil, nil, fmt.Errorf("content: %w", err)
	}
	revisions := j.revisions(c, steps)
	activities, err := j.activities(c)
	if err != nil {
		return nil, nil, fmt.Errorf("content: %w", err)
	}
	links, err := j.links(c, entries, revisions)
	if err != nil {
		return nil, nil, fmt.Errorf("content: %w", err)
	}
	out = slices.Grow(out, len(revisions)+len(activities)+len(links))
	for _, v := range revisions {
		out = append(out, v)
	}
	for _, v := range activities {
		out = append(out, v)
	}
	for _, v := range links {
		out = append(out, v)
	}
	return out, newLedger(entries, revisions, j.twins), nil
}

// counts returns the counters that the issue's fields tell.
func (j *jiraFold) counts() (*event.Counts, error) {
	var subtasks, links []json.RawMessage
	var comments struct {
		Total    int               `json:"total"`
		Comments []json.RawMessage `json:"comments"`
	}
	for name, v := range map[string]any{"subtasks": &subtasks, "issuelinks": &links, "comment": &comments} {
		if _, err := j.c.field(name, v); err != nil {
			return nil, err
		}
	}
	return &event.Counts{Subtasks: len(subtasks), Links: len(links), Comments: max(comments.Total, len(comments.Comments))}, nil
}

// revisions folds the steps into the chain.
func (j *jiraFold) revisions(c *chain, list []jiraStep) []*event.Revision {
	steps := make([]step, 0, len(list)-1)
	inferred := make(map[string][]string, len(list))
	for _, s := range list {
		inferred[s.change] = s.inferred
		if s.change != "created" {
			steps = append(steps, step{
				change: s.change, at: s.at, actor: s.actor, correction: s.correction,
				apply: func(it *event.Item) { *it = s.item },
			})
		}
	}
	revisions := c.fold(list[0].item, list[0].actor, steps)
	for _, r := range revisions {
		r.Inferred = inferred[r.Change]
	}
	return revisions
}

// url returns the address of the issue's page.
func (j *jiraFold) url() string {
	base := strings.TrimSuffix(j.c.Meta.Browse, "/")
	if base == "" {
		var ok bool
		if base, _, ok = strings.Cut(j.c.Issue.Self, "/rest/"); !ok {
			return ""
		}
	}
	return base + "/browse/" + cmp.Or(j.c.Issue.Key, j.raw.Key)
}

// activities returns what people did: the opening, comments, worklogs, and each history of the changelog.
func (j *jiraFold) activities(c *chain) ([]*event.Activity, error) {
	var comments struct {
		Comments []struct {
			ID      text      `json:"id"`
			Author  *jiraUser `json:"author"`
			Created jiraTime  `json:"created"`
		} `json:"comments"`
	}
	var worklog struct {
		Worklogs []struct {
			ID      text      `json:"id"`
			Author  *jiraUser `json:"author"`
			Started jiraTime  `json:"started"`
			Created jiraTime  `json:"created"`
		} `json:"worklogs"`
	}
	if _, err := j.c.field("comment", &comments); err != nil {
		return nil, err
	}
	if _, err := j.c.field("worklog", &worklog); err != nil {
		return nil, err
	}
	person := func(u *jiraUser) string { return event.Pseudonym(j.raw.Source, u.id()) }
	list := []*event.Activity{c.activity("created", person(j.creator), "opened", j.creator.bot(), j.created)}
	seen := map[string]bool{}
	for _, m := range comments.Comments {
		id := "comment/" + string(m.ID)
		if m.ID != "" && !m.Created.IsZero() && !seen[id] {
			seen[id] = true
			list = append(list, c.activity(id, person(m.Author), "commented", m.Author.bot(), m.Created.Time))
		}
	}
	for _, w := range worklog.Worklogs {
		id, at := "worklog/"+string(w.ID), w.Started
		if at.IsZero() {
			at = w.Created
		}
		if w.ID != "" && !at.IsZero() && !seen[id] {
			seen[id] = true
			list = append(list, c.activity(id, person(w.Author), "logged_work", w.Author.bot(), at.Time))
		}
	}
	for _, h := range j.histories {
		if a := j.activity(c, h, seen); a != nil {
			list = append(list, a)
		}
	}
	return list, nil
}
