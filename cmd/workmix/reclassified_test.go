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

// TestReclassified takes changes of a label, of a priority and of people's minds through every real part: each moves the
// verdict from then on and not before, and the mix of the past stays what it was known to be.
func TestReclassified(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of seconds long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	ana := &simulate.User{Name: "Ana", Login: "ana", ID: 11, AccountID: "5b10"}
	begin := time.Now().UTC().Add(-48 * time.Hour).Truncate(time.Second)
	d := simulate.Empty()
	labelled := d.AddIssue("acme/api", ana, begin, "Checkout page", "It shows the basket.")
	ranked := d.AddIssue("OPS", ana, begin, "Checkout service", "It keeps the basket.")
	judged := d.AddIssue("OPS", ana, begin, "Add a dark theme", "It would be nice.")
	for _, key := range []string{labelled, ranked, judged} {
		closing := simulate.Close("completed")
		if err := d.Update(key, ana, begin.Add(time.Hour), closing); err != nil {
			t.Fatal(err)
		}
	}
	servers, err := simulate.Start(context.Background(), d, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	cfg := filepath.Join(work, "workmix.yaml")
	rules := filepath.Join(work, "rules.yaml")
	if err := os.WriteFile(rules, []byte(`rules:
  - {name: label, when: 'labelled("outage")', forced: 9, because: the label says so}
  - {name: rank, when: 'prioritised("highest")', forced: 9, because: the priority says so}
  - {name: short, when: 'true', forced: -3, long: -9, because: it is small}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg, []byte(fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, repositories: [acme/api]}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [OPS]}
rules: %q
`, servers.GitHubURL(), servers.JiraURL(), rules)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command{t, []string{"--config", cfg, "--data", filepath.Join(work, "data")}}
	c.run("sync")
	asked := time.Now().UTC()
	const instant = "2006-01-02 15:04:05.000"
	mix := func(knownAt time.Time) string {
		out, _ := c.run("query", "run", "work_mix_as_known", "--param", "from="+begin.Format(instant), "--param", "to="+asked.Format(instant), "--param", "known_at="+knownAt.Format(instant))
		var quadrants []string // by team
		for _, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
			f := strings.Split(line, ",")
			quadrants = append(quadrants, f[1]+" "+f[2])
		}
		return strings.Join(quadrants, ", ")
	}
	before := mix(asked)
	if strings.Contains(before, "forced_") {
		t.Fatalf("the mix before anything changed: %s", before)
	}

	time.Sleep(1100 * time.Millisecond) // trackers tell seconds
	changed := time.Now().UTC().Truncate(time.Second)
	if err := d.Update(labelled, ana, changed, simulate.AddLabel("outage")); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(ranked, ana, changed, simulate.Priority("Highest")); err != nil {
		t.Fatal(err)
	}
	c.run("sync")
	c.run("override", judged, "--drive", "forced", "--reason", "the law asks for it")

	for _, key := range []string{labelled, ranked} {
		rows := c.jsonl("SELECT DISTINCT c.quadrant AS quadrant, c.valid_from < toDateTime64('" + changed.Format(instant) + "', 3, 'UTC') AS early FROM classifications AS c INNER JOIN work_items AS w ON w.item_id = c.item_id WHERE w.key = '" + key + "' ORDER BY c.valid_from")
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprintf("%v early=%v", r["quadrant"], r["early"]))
		}
		if want := "discretionary_short early=1, forced_short early=0"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %s, want %s", key, strings.Join(got, ", "), want)
		}
	}
	for _, r := range c.jsonl("SELECT key, quadrant, class_source FROM work_items") {
		if r["quadrant"] != "forced_short" {
			t.Errorf("now: %v", r)
		}
	}
	if got := mix(asked); got != before {
		t.Errorf("the mix as known then was %s, and is said to have been %s", before, got)
	}
	// What is known now of then: labels and priorities came later, a person's word holds for the item.
	if got := mix(time.Now().UTC()); got != "discretionary_short 1, forced_short 1, discretionary_short 1" {
		t.Errorf("the mix of then as known now: %s", got)
	}
}
