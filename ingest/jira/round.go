package jira

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/workmix/workmix/ingest"
)

// Jira has no answer that costs nothing, so that a poll of each project is a call. A round asks for what changed in all
// of them at once: where nothing did, the project's own list is not asked for.

const roundProjects = 200 // named in one query

// round is what one search told of the projects of a run; it is asked for by the first list that may use it.
type round struct {
	once    sync.Once
	asked   bool // else every project asks for itself
	from    time.Time
	start   time.Time      // no change before it, that lists tell by then, is missing
	changed map[string]int // by project, how many issues
}

// roundFor returns what the round of this run tells of a project: whether nothing in it was updated since a time, and
// when that was asked.
func (s *Source) roundFor(ctx context.Context, p ingest.Project, from, now time.Time) (quiet bool, start time.Time) {
	s.mu.Lock()
	r := s.round
	s.mu.Unlock()
	r.once.Do(func() { s.ask(ctx, r, now) })
	return r.asked && !from.Before(r.from) && r.changed[p.Name] == 0, r.start
}

func (s *Source) ask(ctx context.Context, r *round, now time.Time) {
	s.mu.Lock()
	names := make([]string, 0, len(s.listed))
	for name, from := range s.listed {
		if r.from.IsZero() || from.Before(r.from) {
			r.from = from
		}
		names = append(names, name)
	}
	s.mu.Unlock()
	if len(names) < 2 || len(names) > roundProjects {
		return
	}
	slices.Sort(names)
	issues, at, whole, err := s.keys(ctx, "changes of all projects", s.jqlOf(names, r.from))
	n, ok := perProject(issues, names)
	if err != nil || !whole || !ok {
		return // each for itself, which says what is wrong
	}
	r.changed = n
	if r.asked, r.start = true, now.UTC(); !at.IsZero() && at.Before(r.start) {
		r.start = at.UTC()
	}
}

// perProject counts issues by project. ok is false if an issue's key is of none of them: a project may be named in another
// way than by its key, or its key may have been changed.
func perProject(issues []numbered, names []string) (n map[string]int, ok bool) {
	n = map[string]int{}
	for _, name := range names {
		n[name] = 0
	}
	for _, i := range issues {
		project, _, _ := strings.Cut(i.Key, "-")
		if _, ok := n[project]; !ok {
			return nil, false
		}
		n[project]++
	}
	return n, true
}

// keys reads ids and keys alone, in one call: whole says whether those are all.
func (s *Source) keys(ctx context.Context, what, jql string) (issues []numbered, at time.Time, whole bool, err error) {
	q := url.Values{"jql": {jql}, "fields": {"key"}}
	path, most := "search/jql", 5000
	if s.o.DataCenter {
		path, most = "search", 1000
	}
	q.Set("maxResults", strconv.Itoa(most))
	var page struct {
		Issues        []numbered `json:"issues"`
		NextPageToken string     `json:"nextPageToken"`
		Total         int        `json:"total"`
	}
	at, err = s.call(ctx, what, "GET", path, q, nil, &page)
	return page.Issues, at, page.NextPageToken == "" && page.Total <= len(page.Issues), err
}

// note keeps how far a project was listed, for the next round; zero: it was not.
func (s *Source) note(p ingest.Project, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from.IsZero() {
		delete(s.listed, p.Name)
		return
	}
	s.listed[p.Name] = from
}
