package decisions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

const good = `groups: [{id: foundation, name: Foundation}]
teams:
  - {id: compute, name: Compute, group: foundation, desired: {forced: 0.4, long: 0.55}, owns: {repositories: [acme/compute-*], projects: [OPS]}}
people:
  - {id: ana, accounts: [{source: code, id: 123}, {source: tracker, id: "5b10"}], timezone: Europe/Berlin, bot: false}
memberships:
  - {person: ana, team: compute, share: 0.8, from: 2026-01-01, to: null}
`

func write(t *testing.T, text string) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), "d.yaml")
	if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadAndDiff(t *testing.T) {
	first, _, err := Read(write(t, good), config.Calendar{})
	if err != nil {
		t.Fatal(err)
	}
	diff := func(current, wanted []event.Decision) []Change {
		t.Helper()
		c, err := Diff(current, wanted, true)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := diff(nil, first); len(c) != 4 {
		t.Fatalf("a first apply changes %d, want 4: %+v", len(c), c)
	}
	if c := diff(first, first); len(c) != 0 {
		t.Errorf("a second apply changes %+v", c)
	}
	second, _, err := Read(write(t, strings.Replace(good, "0.8", "0.5", 1)), config.Calendar{})
	if err != nil {
		t.Fatal(err)
	}
	if c := diff(first, second); len(c) != 1 || c[0].Verb != "change" || c[0].Decision.Kind != "membership" {
		t.Errorf("a changed share: %+v", c)
	}
	if c := diff(first, first[:3]); len(c) != 1 || c[0].Verb != "retract" || !c[0].Decision.Retracted {
		t.Errorf("a removed membership: %+v", c)
	}
	for _, d := range first {
		if strings.Contains(string(d.Body), "ana") || strings.Contains(d.ID, "ana") {
			t.Errorf("a name reached the log: %s %s", d.ID, d.Body)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"group: foundation,", "group: nowhere,", `d.yaml:3:41: team compute: group "nowhere" is not defined`},
		{"person: ana, team", "person: bob, team", `membership of "bob", who is not defined`},
		{"share: 0.8", "share: 1.8", "share 1.8 is not"},
		{"share: 0.8", "share: 0", "share 0 is not above 0"},
		{"  - {person", "  - {person: ana, team: compute, share: 0.1, from: 2026-01-01}\n  - {person", "d.yaml:8:5: membership of ana in compute from 2026-01-01 is there twice, first in"},
		{"from: 2026-01-01", "from: January", `from "January" is not a date`},
		{"to: null", "to: 2025-01-01", `to "2025-01-01" is not a date after from`},
		{"Europe/Berlin", "Mars", `"Mars" is not a time zone`},
		{"  - {person", "  - {person: ana, team: compute, share: 0.3, from: 2026-02-01}\n  - {person", "ana is over 100% on 2026-02-01: the shares sum to 110%"},
		{"id: compute", "ident: compute", "d.yaml:3:6: unknown key"},
	} {
		_, _, err := Read(write(t, strings.Replace(good, c.old, c.new, 1)), config.Calendar{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", c.new, err, c.want)
		}
	}
	if _, _, err := Read(filepath.Join(t.TempDir(), "none"), config.Calendar{}); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a missing file: %v", err)
	}
}
