package jira

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// counts are the projects of a run, counted together where one call can: that of sites with up to 5,000 issues.
type counts struct {
	once     sync.Once
	projects []ingest.Project
	of       map[string]int // nil: each by itself
}

// together counts the issues of all projects of the run.
func (s *Source) together(ctx context.Context, c *counts) {
	if s.o.DataCenter || len(c.projects) < 2 || len(c.projects) > roundProjects {
		return // a Data Center tells the number without listing anything
	}
	names := make([]string, 0, len(c.projects))
	for _, p := range c.projects {
		names = append(names, p.Name)
	}
	issues, _, whole, err := s.keys(ctx, "count of all issues", s.jqlOf(names, time.Time{}))
	if err != nil || !whole {
		s.mu.Lock()
		s.many = err == nil
		s.mu.Unlock()
		return
	}
	if n, ok := perProject(issues, names); ok {
		c.of = n
	}
}

// Count implements [ingest.Source]. A project without a single issue is asked for by name: some searches answer
// with nothing where they should say that there is no such project.
func (s *Source) Count(ctx context.Context, p ingest.Project) (map[event.Kind]int, error) {
	n, err := s.count(ctx, p)
	if err == nil && n == 0 {
		var any struct{}
		err = s.get(ctx, "project "+p.Name, "project/"+url.PathEscape(p.Name), nil, &any)
	}
	if err != nil {
		return nil, s.inProject(p, err)
	}
	return map[event.Kind]int{event.KindIssue: n}, nil
}

// count searches for ids alone.
func (s *Source) count(ctx context.Context, p ingest.Project) (int, error) {
	s.mu.Lock()
	c, many := s.counts, s.many
	s.mu.Unlock()
	if !many {
		c.once.Do(func() { s.together(ctx, c) })
	}
	if n, ok := c.of[p.Name]; ok {
		return n, nil
	}
	q := url.Values{"jql": {s.jql(p, time.Time{})}, "fields": {"id"}}
	what := "count of the issues of " + p.Name
	if s.o.DataCenter {
		q.Set("maxResults", "0")
		var page struct {
			Total int `json:"total"`
		}
		err := s.get(ctx, what, "search", q, &page)
		return page.Total, err
	}
	size := 5000
	ids, tokens := map[string]bool{}, map[string]bool{}
	for {
		var page struct {
			Issues []struct {
				ID string `json:"id"`
			} `json:"issues"`
			NextPageToken string `json:"nextPageToken"`
		}
		if _, err := s.sized(ctx, what, &size, "search/jql", q, &page); err != nil {
			return 0, err
		}
		for _, i := range page.Issues {
			ids[i.ID] = true
		}
		if page.NextPageToken == "" || len(page.Issues) == 0 {
			return len(ids), nil
		}
		if tokens[page.NextPageToken] {
			return 0, fmt.Errorf("%s: Jira gave the same page token twice", what)
		}
		tokens[page.NextPageToken] = true
		q.Set("nextPageToken", page.NextPageToken)
	}
}
