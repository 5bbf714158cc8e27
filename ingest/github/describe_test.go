package github_test

import (
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

// TestDescribe reads the organisation behind a few repositories: with GraphQL and without, again after a while, and
// without the permission, which stops nothing.
func TestDescribe(t *testing.T) {
	end := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	d := simulate.GenerateSized(1, end, 0.003)
	repositories := []string{"acme/compute-scheduler", "acme/compute-images", "acme/lab-notebooks", "acme/platform-api"}
	options := simulate.Options{Token: "secret", Clock: func() time.Time { return end }}
	s := serve(t, d, options)
	clock, log := ingesttest.At(end), &ingesttest.Log{}
	src := source(t, github.Options{BaseURL: s.URL, Repositories: repositories, Token: "secret"})
	// told runs once and returns what is new in the log, and which calls were about the organisation.
	told := func(src ingest.Source, after time.Duration) (kinds map[string]int, gone, calls []string) {
		t.Helper()
		clock.Pass(after)
		n := len(log.Directory(t))
		s.asked()
		sync1(t, src, log, ingest.Options{Now: clock.Now})
		kinds = map[string]int{}
		for _, r := range log.Directory(t)[n:] {
			if len(r.Content) == 0 {
				gone = append(gone, r.Kind+"/"+r.Name)
				continue
			}
			kinds[r.Kind]++
			if r.Kind == "team" && r.Name == "acme/lab" && strings.Count(string(r.Content), `"login"`) != 4 { // one is with compute for now
				t.Errorf("the team is %s", r.Content)
			}
			if r.Kind == "codeowners" && !strings.Contains(string(r.Content), "@acme/") || r.Kind == "members" && !strings.Contains(string(r.Content), "ana.fuchs@acme.example") {
				t.Errorf("%s of %s are %s", r.Kind, r.Name, r.Content)
			}
		}
		for _, a := range s.asked() {
			if strings.Contains(a, "/teams") || strings.Contains(a, "/contents/") {
				calls = append(calls, a)
			}
		}
		return kinds, gone, calls
	}
	is := func(what string, got map[string]int, team, members, owners int) {
		t.Helper()
		if got["team"] != team || got["members"] != members || got["codeowners"] != owners {
			t.Errorf("%s: %v", what, got)
		}
	}

	got, _, calls := told(src, 0)
	is("at first", got, 8, 1, 2)
	if len(calls) != 1+2*8 {
		t.Errorf("%d calls: %q", len(calls), calls)
	}
	if got, _, calls = told(src, time.Hour); len(got) > 0 || len(calls) > 0 {
		t.Errorf("before a census is due: %v, %q", got, calls)
	}
	if got, gone, _ := told(src, 25*time.Hour); len(got) > 0 || len(gone) > 0 {
		t.Errorf("the same is told again: %v, %v", got, gone)
	}

	// Without the permission what was told stays, and it is said that no more is.
	options.NoTeams = true
	s.replace(d, options)
	if got, gone, _ := told(src, 25*time.Hour); len(got) > 0 || len(gone) > 0 {
		t.Errorf("without the permission: %v, gone %v", got, gone)
	}
	if last := lastDescribed(t, log); !strings.Contains(last, "teams of acme") || !strings.Contains(last, "read access to the organisation's members") {
		t.Errorf("it is not said what is missing: %s", last)
	}

	// Of the repositories that are left one has a file, in a process that finds no GraphQL.
	options.NoTeams, options.NoGraphQL = false, true
	s.replace(d, options)
	fewer := source(t, github.Options{BaseURL: s.URL, Repositories: repositories[1:], Token: "secret"})
	got, gone, calls := told(fewer, 25*time.Hour)
	if is("without GraphQL", got, 0, 0, 0); strings.Join(gone, " ") != "codeowners/acme/compute-scheduler" {
		t.Errorf("gone are %v", gone)
	}
	if files := strings.Count(strings.Join(calls, "\n"), "/contents/"); files != 3+3+1 {
		t.Errorf("%d calls for files: %q", files, calls)
	}
}

// TestDescribeAnonymously: without a login nothing is asked.
func TestDescribeAnonymously(t *testing.T) {
	s := serve(t, dataset(t, small()...), simulate.Options{})
	log := &ingesttest.Log{}
	sync1(t, source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}}), log, ingest.Options{})
	for _, a := range s.asked() {
		if strings.Contains(a, "orgs/") || strings.Contains(a, "contents/") {
			t.Errorf("asked %s", a)
		}
	}
}

func lastDescribed(t *testing.T, log *ingesttest.Log) string {
	t.Helper()
	var last *event.Progress
	for _, p := range log.Progress(t) {
		if p.Kind == "directory" && p.Name == "" {
			last = p
		}
	}
	if last == nil {
		return ""
	}
	return string(last.Value)
}
