package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

var _ ingest.Enumerator = (*Source)(nil)

// Names implements [ingest.Enumerator].
func (s *Source) Names(project string) bool {
	return slices.Contains(s.o.Projects, project) || slices.Contains(s.o.Projects, "*")
}

// Unlisted implements [ingest.Enumerator]: searches leave out archived issues, and those of archived projects.
func (s *Source) Unlisted() string { return "archived" }

// numbered is what a search for ids alone tells of an issue.
type numbered struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// Enumerate implements [ingest.Enumerator], by id: a move changes the key only. Cloud gives up to 5,000 a call,
// Data Center what its administrators allow, 1,000 unless they changed it.
func (s *Source) Enumerate(ctx context.Context, p ingest.Project) ([]ingest.Entry, error) {
	all, err := s.ids(ctx, p)
	if err == nil && len(all) == 0 {
		err = s.visible(ctx, p) // some searches answer with nothing where they should say that there is no such project
	}
	if err != nil {
		return nil, s.inProject(p, err)
	}
	out := make([]ingest.Entry, 0, len(all))
	for _, i := range all {
		out = append(out, ingest.Entry{ID: event.ItemID(s.o.Name, event.KindIssue, i.ID), Stub: ingest.Stub{Ref: i.ID, Key: i.Key, Kind: event.KindIssue}})
	}
	return out, nil
}

func (s *Source) ids(ctx context.Context, p ingest.Project) ([]numbered, error) {
	q := url.Values{"jql": {s.jql(p, time.Time{})}, "fields": {"id"}}
	what := "census of " + p.Name
	if s.o.DataCenter {
		return s.idsByPlace(ctx, what, q)
	}
	size := 5000
	var all []numbered
	for tokens := map[string]bool{}; ; {
		var page struct {
			Issues        []numbered `json:"issues"`
			NextPageToken string     `json:"nextPageToken"`
		}
		if _, err := s.sized(ctx, what, &size, "search/jql", q, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Issues...)
		if page.NextPageToken == "" || len(page.Issues) == 0 {
			return all, nil
		}
		if tokens[page.NextPageToken] {
			return nil, fmt.Errorf("%s: Jira gave the same page token twice", what)
		}
		tokens[page.NextPageToken] = true
		q.Set("nextPageToken", page.NextPageToken)
	}
}

// idsByPlace reads ids by startAt. One that is deleted meanwhile moves all that follow it, and one of those is passed
// over: a census reads it before it believes it gone.
func (s *Source) idsByPlace(ctx context.Context, what string, q url.Values) ([]numbered, error) {
	size, begun := 1000, 0
	var all []numbered
	jql := q.Get("jql")
	for {
		q.Set("startAt", strconv.Itoa(len(all)-begun))
		var page struct {
			Issues []numbered `json:"issues"`
			Total  int        `json:"total"`
		}
		_, err := s.sized(ctx, what, &size, "search", q, &page)
		if status(err) == http.StatusBadRequest && len(all) > begun { // no results so far down: anew behind the last
			begun = len(all)
			q.Set("jql", strings.Replace(jql, byID, " AND id > "+all[begun-1].ID+byID, 1))
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, page.Issues...)
		if len(page.Issues) == 0 || len(all)-begun >= page.Total {
			return all, nil
		}
	}
}

// visible returns an error if the account does not see a project.
func (s *Source) visible(ctx context.Context, p ingest.Project) error {
	var any struct{}
	return s.get(ctx, "project "+p.Name, "project/"+url.PathEscape(p.Name), nil, &any)
}

// gone is the error of an issue that is not found. Jira answers the same for one that was deleted and for one that a
// security level hides. Where the account sees that the project has such levels, it may be either, and counts as out of the
// account's sight; else as deleted. A later census finds it if it is shown again. Where the project is not found either,
// nothing is known of the issue.
func (s *Source) gone(ctx context.Context, p ingest.Project) error {
	if err := s.visible(ctx, p); err != nil {
		return s.inProject(p, err)
	}
	var at struct {
		Levels []json.RawMessage `json:"levels"`
	}
	switch err := s.get(ctx, "security levels of "+p.Name, "project/"+url.PathEscape(p.Name)+"/securitylevel", nil, &at); {
	case err != nil && status(err) != http.StatusNotFound && status(err) != http.StatusForbidden:
		return s.inProject(p, err)
	case len(at.Levels) > 0:
		return ingest.ErrGone{Cause: "access_lost"}
	}
	return ingest.ErrGone{Cause: "deleted"}
}
