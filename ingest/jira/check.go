package jira

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/workmix/workmix/ingest"
)

// sampled is how many projects are counted; the others are taken to be like them.
const sampled = 20

// Check implements [ingest.Checker]: the account, the site's fields, the projects, and a count of each of a sample.
func (s *Source) Check(ctx context.Context, say func(ingest.Finding)) {
	bad := func(check string, err error) { say(ingest.Finding{Check: check, Bad: true, Text: err.Error()}) }
	projects, err := s.Projects(ctx)
	if err != nil {
		bad("login", err)
		return
	}
	about, err := s.about(ctx)
	if errors.As(err, &ingest.SourceError{}) {
		bad("login", err)
		return
	}
	who := "an account, whose time zone is " + s.zoneName()
	if s.o.Token == "" {
		who = "nobody: what is public alone"
	}
	say(ingest.Finding{Check: "login", Text: who})
	if err != nil {
		bad("fields", err)
	} else {
		have := map[string]bool{}
		for _, f := range about.fields {
			have[f.use] = true
		}
		var lacks []string
		for _, use := range []string{"points", "sprint", "epic"} {
			if !have[use] {
				lacks = append(lacks, use)
			}
		}
		text := fmt.Sprintf("%d statuses; fields for points, sprint and epic are there", len(about.statuses))
		if len(lacks) > 0 {
			text = fmt.Sprintf("%d statuses; the site has no field for %s that this account sees", len(about.statuses), strings.Join(lacks, ", "))
		}
		if s.o.StoryPoints != "" && !about.named {
			bad("fields", fmt.Errorf("the site has no field %q that this account sees: name one under story_points of source %s by its id, which %sfield lists", s.o.StoryPoints, s.o.Name, s.root.String()+s.api+"/"))
		} else {
			say(ingest.Finding{Check: "fields", Text: text})
		}
	}
	if len(projects) == 0 {
		bad("projects", fmt.Errorf("this account sees none: let it browse those that source %s names", s.o.Name))
		return
	}
	say(ingest.Finding{Check: "projects", Text: fmt.Sprintf("%d to read", len(projects))})
	issues, seen := 0, 0
	for i := 0; i < len(projects) && seen < sampled; i += max(1, len(projects)/sampled) {
		n, err := s.count(ctx, projects[i])
		if err != nil {
			bad("project "+projects[i].Name, err)
			if errors.As(err, &ingest.SourceError{}) || ctx.Err() != nil {
				return
			}
			continue
		}
		seen++
		issues += n
	}
	if seen == 0 {
		return
	}
	of := ""
	if seen < len(projects) {
		issues = issues * len(projects) / seen
		of = fmt.Sprintf(", going by %d of the projects", seen)
	}
	// A page of a hundred issues, and their histories beyond what the page holds.
	calls := len(projects) + issues/100*3/2
	say(ingest.Finding{Check: "first reading", Text: fmt.Sprintf("%d issues: about %d calls (%s)%s", issues, calls, ingest.Takes(calls, s.gate.Usage().Limit), of)})
	say(ingest.Finding{Check: "round", Text: fmt.Sprintf("one call where nothing changed, one more for each project with changes and each hundred of its issues, and %d once an hour", 2+len(projects)/50)})
}

func (s *Source) zoneName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.zone.String()
}
