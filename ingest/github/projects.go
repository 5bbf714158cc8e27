package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/workmix/workmix/ingest"
)

// Projects implements [ingest.Source]: the repositories that are named, and those of the patterns' owners that
// match, new ones included. A name that is not found stops none of the others.
func (s *Source) Projects(ctx context.Context) ([]ingest.Project, error) {
	var out []ingest.Project
	var failed error
	seen := map[string]bool{}
	add := func(p ingest.Project) {
		excluded := slices.ContainsFunc(s.o.Exclude, func(e string) bool { return matches(e, p.Name) })
		if id := strings.ToLower(p.Name); !seen[id] && !excluded {
			seen[id] = true
			out = append(out, p)
		}
	}
	owned := map[string][]ingest.Project{}
	for _, p := range s.o.Repositories {
		owner, name, _ := strings.Cut(p, "/")
		if !strings.ContainsAny(name, "*?[") {
			add(ingest.Project{Name: p})
			continue
		}
		if _, ok := owned[owner]; !ok {
			found, err := s.owned(ctx, owner)
			if errors.As(err, &ingest.SourceError{}) || ctx.Err() != nil {
				return nil, err
			}
			if err != nil {
				failed = errors.Join(failed, ingest.ProjectError{Project: p, Err: err})
			}
			owned[owner] = found
		}
		for _, f := range owned[owner] {
			if matches(p, f.Name) {
				add(f)
			}
		}
	}
	return out, failed
}

// matches compares as GitHub does, without regard to case.
func matches(pattern, name string) bool {
	ok, _ := path.Match(strings.ToLower(pattern), strings.ToLower(name)) // patterns were checked by New
	return ok
}

// owned lists the repositories of an organisation or user, sorted by name. Of a user's, those that are private are
// told only to the user.
func (s *Source) owned(ctx context.Context, owner string) ([]ingest.Project, error) {
	what := "repositories of " + owner
	all, err := s.unchanged(ctx, what, "orgs/"+owner+"/repos")
	if status(err) == http.StatusNotFound {
		all, err = s.unchanged(ctx, what, "users/"+owner+"/repos")
		if err == nil && s.o.Token != "" {
			mine, e := s.unchanged(ctx, what, "user/repos")
			if errors.As(e, &ingest.SourceError{}) || ctx.Err() != nil {
				return nil, e
			}
			all = append(slices.Clone(all), mine...)
		}
	}
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []ingest.Project
	for _, raw := range all {
		var r struct {
			FullName string `json:"full_name"`
			Archived bool   `json:"archived"`
		}
		if err := json.Unmarshal(raw, &r); err != nil || r.FullName == "" {
			return nil, fmt.Errorf("%s: a repository without full_name", what)
		}
		if of, _, _ := strings.Cut(r.FullName, "/"); strings.EqualFold(of, owner) && !seen[r.FullName] {
			seen[r.FullName] = true
			out = append(out, ingest.Project{Name: r.FullName, Archived: r.Archived})
		}
	}
	slices.SortFunc(out, func(a, b ingest.Project) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// kept is a page of a list that is asked for at each poll.
type kept struct {
	etag string
	rows []json.RawMessage
	next url.Values
}

// unchanged is all for a list that is asked for at each poll: pages that did not change cost nothing.
func (s *Source) unchanged(ctx context.Context, what, p string) ([]json.RawMessage, error) {
	out := []json.RawMessage{}
	query := url.Values{"per_page": {"100"}}
	for pages := 0; query != nil && pages < 1000; pages++ {
		id := p + "?" + query.Encode()
		s.mu.Lock()
		k := s.kept[id]
		s.mu.Unlock()
		a, err := s.getPage(ctx, what, p, query, k.etag)
		switch {
		case errors.Is(err, errNotModified):
		case err != nil:
			return nil, err
		default:
			k = kept{etag: a.etag, next: a.next}
			if err := json.Unmarshal(a.body, &k.rows); err != nil {
				return nil, fmt.Errorf("%s: not a list: %w", what, err)
			}
			s.mu.Lock()
			s.kept[id] = k
			s.mu.Unlock()
		}
		out = append(out, k.rows...)
		query = k.next
	}
	return out, nil
}
