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

// round is what one search told of the projects of a run; it is asked for by the first who may use it.
type round struct {
	once    sync.Once
	start   time.Time      // when it was asked
	changed map[string]int // by project, how many issues; nil: every project asks for itself
}

// stand is how far a project's list has come.
type stand struct {
	from  time.Time // of its cursor
	until time.Time // lists and rounds told all that was updated before
}

// Changed implements [ingest.Announcer].
func (s *Source) Changed(ctx context.Context, p ingest.Project, pass ingest.Pass) bool {
	r := s.roundOf(ctx, pass)
	return r.changed[p.Name] > 0
}

func (s *Source) roundOf(ctx context.Context, pass ingest.Pass) *round {
	s.mu.Lock()
	r := s.round
	s.mu.Unlock()
	r.once.Do(func() { s.ask(ctx, r, pass) })
	return r
}

// quiet says whether nothing in a project was updated since from, and when that was asked.
func (s *Source) quiet(ctx context.Context, p ingest.Project, from time.Time, pass ingest.Pass) (bool, time.Time) {
	r := s.roundOf(ctx, pass)
	n, asked := r.changed[p.Name]
	s.mu.Lock()
	defer s.mu.Unlock()
	return asked && n == 0 && s.stands[p.Name].from.Equal(from), r.start
}

func (s *Source) ask(ctx context.Context, r *round, pass ingest.Pass) {
	var since time.Time
	s.mu.Lock()
	names := make([]string, 0, len(s.stands))
	for name, at := range s.stands {
		if since.IsZero() || at.until.Before(since) {
			since = at.until
		}
		names = append(names, name)
	}
	s.mu.Unlock()
	// Where all projects are read, one that is new is found by its issues.
	every := s.everyProject()
	if len(names) < 2 || len(names) > roundProjects && !every {
		return
	}
	slices.Sort(names)
	jql := s.since(since) + byID
	if !every {
		jql = s.jqlOf(names, since)
	}
	issues, at, whole, err := s.keys(ctx, "changes of all projects", jql)
	if err == nil && every {
		issues = s.listed(issues, names)
	}
	n, ok := perProject(issues, names)
	if err != nil || !whole || !ok {
		return // each for itself, which says what is wrong
	}
	if r.changed, r.start = n, pass.Now.UTC(); !at.IsZero() && at.Before(r.start) {
		r.start = at.UTC()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, n := range n {
		if st, until := s.stands[name], r.start.Add(-pass.Overlap); n == 0 && until.After(st.until) {
			st.until = until
			s.stands[name] = st
		}
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

// listed leaves out the issues of projects that are not named, but for those of projects that are to be looked for: what they
// were called until now is not known.
func (s *Source) listed(issues []numbered, names []string) (out []numbered) {
	s.minds.Lock()
	defer s.minds.Unlock()
	for _, i := range issues {
		key, _, _ := strings.Cut(i.Key, "-")
		_, strange := s.account.Strange[key]
		switch {
		case slices.Contains(names, key):
		case strange, slices.Contains(s.account.Keys, key): // the latter asks for itself
			continue
		default:
			s.newcomer(key)
		}
		out = append(out, i)
	}
	return out
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
	switch old, ok := s.stands[p.Name]; {
	case from.IsZero():
		delete(s.stands, p.Name)
	case !ok || !old.from.Equal(from):
		s.stands[p.Name] = stand{from, from}
	}
}
