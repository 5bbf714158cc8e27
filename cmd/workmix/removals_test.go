package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/simulate"
)

// TestRemovals takes what is gone from two trackers through every real part: an analyst reads why and since when, and
// the history stays.
func TestRemovals(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of seconds long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	ana := &simulate.User{Name: "Ana", Login: "ana", ID: 11, AccountID: "5b10"}
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	d := simulate.Empty()
	for range 5 {
		d.AddIssue("acme/api", ana, day, "issue", "")
		d.AddIssue("OPS", ana, day, "issue", "")
	}
	d.AddIssue("acme/web", ana, day, "page", "")
	servers, err := simulate.Start(context.Background(), d, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	cfg := filepath.Join(work, "workmix.yaml")
	if err := os.WriteFile(cfg, []byte(fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, repositories: [acme/api, acme/web]}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [OPS]}
schedule: {census: 1s}
`, servers.GitHubURL(), servers.JiraURL())), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command{t, []string{"--config", cfg, "--data", filepath.Join(work, "data")}}
	c.run("sync")

	for _, err := range []error{
		d.Delete("acme/api#1"), d.Hide("acme/api#2"), d.Delete("OPS-1"), d.Archive("OPS-2", true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(1100 * time.Millisecond) // a census is due
	if _, told := c.run("sync"); !strings.Contains(told, "acme/api issue: 2 read, 0 new in the log, 3 unchanged, 2 removed") {
		t.Errorf("sync said:\n%s", told)
	}
	gone := func() string {
		var b strings.Builder
		for _, r := range c.jsonl("SELECT key, removed, removed_at IS NOT NULL AS dated FROM work_items WHERE removed != '' ORDER BY key") {
			fmt.Fprintf(&b, "%v %v %v\n", r["key"], r["removed"], r["dated"])
		}
		return b.String()
	}
	if got, want := gone(), "OPS-1 deleted 1\nOPS-2 archived 1\nacme/api#1 deleted 1\nacme/api#2 access_lost 1\n"; got != want {
		t.Errorf("gone:\n%swant:\n%s", got, want)
	}
	if n := len(c.jsonl("SELECT DISTINCT key FROM work_item_history WHERE key IN ('OPS-1', 'acme/api#1')")); n != 2 {
		t.Errorf("of two items that are gone %d have a history", n)
	}
	if rows := c.jsonl("SELECT * FROM coverage WHERE missing != 0 OR in_log != in_table"); len(rows) > 0 {
		t.Errorf("coverage: %v", rows)
	}

	if err := d.Show("acme/api#2"); err != nil {
		t.Fatal(err)
	}
	if err := d.Archive("OPS-2", false); err != nil {
		t.Fatal(err)
	}
	if err := d.Hide("acme/web"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	var o, e strings.Builder
	if status := run(append(c.args, "sync"), strings.NewReader(""), &o, &e); status != 1 || !strings.Contains(e.String(), "acme/web: 1 items are unobserved") {
		t.Errorf("a repository went out of sight, and sync said with status %d:\n%s", status, e.String())
	}
	c.run("process", "all", "--until-idle")
	if got, want := gone(), "OPS-1 deleted 1\nacme/api#1 deleted 1\nacme/web#1 unobserved 1\n"; got != want {
		t.Errorf("gone:\n%swant:\n%s", got, want)
	}
}
