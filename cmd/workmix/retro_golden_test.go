package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/simulate"
	"github.com/workmix/workmix/internal/web"
)

var updateRetro = flag.Bool("update-retro", false, "write the retrospectives of the simulated organisation anew")

// volatile is what differs from run to run in a retrospective of an organisation that is imported now: when that was, how late
// that makes plans, and where its trackers listened.
var volatile = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://tracker.example"},
	{regexp.MustCompile(`("(?:known_at|first_known_at|recorded_at)": )"[^"]*"`), `$1"…"`},
	{regexp.MustCompile(`as known at [0-9-]+ [0-9:.]+ UTC`), "as known at … UTC"},
	{regexp.MustCompile(`--as-known-at \S+`), "--as-known-at …"},
	{regexp.MustCompile(`was recorded on [0-9-]+, \d+ days`), "was recorded on …, … days"},
	{regexp.MustCompile(`was written down \d+ days`), "was written down … days"},
	{regexp.MustCompile(`("late_days": )\d+(?:\.\d+)?`), "${1}0"},
	{regexp.MustCompile(`("rule": "late_plan",\s+"subject": "[a-z]+",\s+"value": )\d+`), "${1}0"},
}

// TestRetrospectivesOfTheOrganisation brings a small simulated organisation through every real part and compares its
// retrospectives with those in testdata/retro; go test ./cmd/workmix -run OfTheOrganisation -update-retro writes them anew,
// which is due where the simulation, the rules or the effort model change.
func TestRetrospectivesOfTheOrganisation(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	ds := simulate.GenerateSized(demoSeed, time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC), 0.15)
	servers, err := simulate.Start(context.Background(), ds, simulate.Options{RateLimit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	for name, text := range map[string]string{
		"workmix.yaml": fmt.Sprintf("sources:\n  - {name: code, kind: github, base_url: %q, repositories: [\"%s\"]}\n  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [\"*\"]}\n",
			servers.GitHubURL(), "acme/*", servers.JiraURL()),
		"decisions.yaml": ds.Decisions("code", "tracker") + ds.Planning(false),
	} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := command{t, []string{"--config", filepath.Join(work, "workmix.yaml"), "--data", filepath.Join(work, "data")}}
	c.run("apply", "-f", filepath.Join(work, "decisions.yaml"))
	c.run("sync")
	for name, args := range map[string][]string{
		"organisation.json": {"--format", "json"}, "organisation.md": nil,
		"compute.json": {"--team", "compute", "--format", "json"}, "compute.md": {"--team", "compute"},
		"lab.md": {"--team", "lab"},
	} {
		got, _ := c.run(append([]string{"report", "retro", "--quarter", "2026-Q3"}, args...)...)
		for _, p := range volatile {
			got = p.what.ReplaceAllString(got, p.with)
		}
		file := filepath.Join("testdata", "retro", name)
		if *updateRetro {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-update-retro):\n%s", file, d)
		}
	}
	headlinesAgree(t, work)
}

// headlinesAgree holds what the pages show at once, from rows that are kept ready, against what is computed of all that was known.
func headlinesAgree(t *testing.T, work string) {
	t.Helper()
	a := &app{configFile: filepath.Join(work, "workmix.yaml"), dataDir: filepath.Join(work, "data")}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	s, err := a.open(t.Context(), cmd, how{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, of := range []web.RetroOf{{Quarter: "2026-Q3"}, {Quarter: "2026-Q3", Team: "compute"}, {Quarter: "2026-Q4", Team: "lab"}} {
		o, err := s.retroOptions(of)
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.retro(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		of.KnownAt = n.KnownAt
		then, err := s.renderRetro(t.Context(), of, "json")
		if err != nil {
			t.Fatal(err)
		}
		of.KnownAt = ""
		now, err := s.renderRetro(t.Context(), of, "json")
		if d := cmp.Diff(string(then), string(now)); err != nil || d != "" {
			t.Errorf("%+v as known then and now: %v %s", of, err, d)
		}
		if got, err := s.retroHeadline(t.Context(), of); err != nil || got != n.Sentence() {
			t.Errorf("%+v:\n%s %v, whole:\n%s", of, got, err, n.Sentence())
		}
	}
}
