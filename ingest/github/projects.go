package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/workmix/workmix/ingest"
)

// Projects implements [ingest.Source]: the repositories that are named, and those of the patterns' owners that
// match, new ones included.
func (s *Source) Projects(ctx context.Context) ([]ingest.Project, error) {
	var out []ingest.Project
	var failed error
	seen := map[string]bool{}
	add := func(name string) {
		excluded := slices.ContainsFunc(s.o.Exclude, func(p string) bool { return matches(p, name) })
		if id := strings.ToLower(name); !seen[id] && !excluded {
			seen[id] = true
			out = append(out, ingest.Project{Name: name})
		}
	}
	owned := map[string][]string{}
	for _, p := range s.o.Repositories {
		owner, name, _ := strings.Cut(p, "/")
		if !strings.ContainsAny(name, "*?[") {
			add(p)
			continue
		}
		if _, ok := owned[owner]; !ok {
			names, err := s.owned(ctx, owner)
			if errors.As(err, &ingest.SourceError{}) || ctx.Err() != nil {
				return nil, err
			}
			if err != nil {
				failed = errors.Join(failed, ingest.ProjectError{Project: p, Err: err})
			}
			owned[owner] = names
		}
		for _, n := range owned[owner] {
			if matches(p, n) {
				add(n)
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

// owned lists the repositories of an organisation or user, sorted by name.
func (s *Source) owned(ctx context.Context, owner string) ([]string, error) {
	what := "repositories of " + owner
	all, err := s.all(ctx, what, "orgs/"+owner+"/repos")
	if status(err) == http.StatusNotFound {
		all, err = s.all(ctx, what, "users/"+owner+"/repos")
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, raw := range all {
		var r struct {
			FullName string `json:"full_name"`
		}
		if err := json.Unmarshal(raw, &r); err != nil || r.FullName == "" {
			return nil, fmt.Errorf("%s: a repository without full_name", what)
		}
		names = append(names, r.FullName)
	}
	slices.Sort(names)
	return names, nil
}
