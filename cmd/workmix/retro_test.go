package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/report/retro"
	"github.com/workmix/workmix/internal/simulate"
)

const retroDecisions = `groups: [{id: core, name: Core}]
teams:
  - {id: api, name: API, group: core, desired: {forced: 0.3, long: 0.6}, owns: {repositories: [acme/api]}}
  - {id: ops, name: Operations, owns: {projects: [OPS]}}
people:
  - {id: ana, accounts: [{source: code, id: 101}, {source: tracker, id: "5b10"}]}
  - {id: bob, accounts: [{source: code, id: 102}, {source: tracker, id: "5b11"}]}
memberships:
  - {person: ana, team: api, from: 2026-03-01}
  - {person: bob, team: ops, from: 2026-03-01}
plans:
  - {team: api, quarter: 2026-Q1, frozen_at: 2026-01-02T12:00:00Z, shares: {user_asks: %s, platform_quality: 0.3, key_initiatives: %s}, reason: %s}
`

// TestRetrospective publishes a retrospective and lets everything that can change it happen: what was published stays
// to the byte, what was known then is told again to the byte, and each difference has its cause.
func TestRetrospective(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	d, err := small()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := simulate.Start(context.Background(), d, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(work, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	cfg := write("workmix.yaml", fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, repositories: [acme/api]}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [OPS]}
`, servers.GitHubURL(), servers.JiraURL()))
	data := filepath.Join(work, "data")
	c := command{t, []string{"--config", cfg, "--data", data}}
	refused := func(want string, args ...string) {
		t.Helper()
		var o, e strings.Builder
		if status := run(append(c.args, args...), strings.NewReader(""), &o, &e); status != 2 || o.Len() > 0 || !strings.Contains(e.String(), want) || strings.Count(e.String(), "\n") != 1 {
			t.Errorf("workmix %s: status %d, printed %q, said %q; want 2, nothing, %q", strings.Join(args, " "), status, o.String(), e.String(), want)
		}
	}
	refused("needs --quarter", "report", "retro")
	refused(`quarter "2026/1" is not written as 2026-Q3`, "report", "retro", "--quarter", "2026/1")
	refused("nothing was read from any tracker yet: run workmix sync first", "report", "retro", "--quarter", "2026-Q1")
	c.run("sync")
	c.run("apply", "-f", write("d.yaml", fmt.Sprintf(retroDecisions, "0.4", "0.3", "first plan")))

	refused(`there is no team "nobody"; there are api, ops`, "report", "retro", "--quarter", "2026-Q1", "--team", "nobody")
	refused("after what is known", "report", "publish", "--quarter", "2199-Q1", "--reason", "x")
	refused("no tracker tells of anybody's work in 2019-Q1", "report", "publish", "--quarter", "2019-Q1", "--reason", "x")
	refused("nothing was known at 2001-01-01 00:00:00.000 yet", "report", "retro", "--quarter", "2026-Q1", "--as-known-at", "2001-01-01")
	refused("needs --reason", "report", "publish", "--quarter", "2026-Q1")
	refused("was never published", "report", "retro", "--quarter", "2026-Q1", "--published")
	refused("there is no team", "note", "--quarter", "2026-Q1", "--team", "nobody", "text")
	refused("an action needs --owner", "note", "--quarter", "2026-Q1", "--action", "text")
	refused("is before the quarter", "note", "--quarter", "2026-Q1", "--action", "--owner", "ana", "--due", "2025-Q4", "text")
	refused(`there is no action "x"`, "note", "--done", "x")

	of := []string{"report", "retro", "--quarter", "2026-Q1", "--team", "api"}
	print := func(format string, more ...string) string {
		out, _ := c.run(append(append(of, "--format", format), more...)...)
		return out
	}
	first := print("json")
	known := knownOf(t, first)
	if again := print("json", "--as-known-at", known); again != first {
		t.Errorf("as known at %s it is\n%s\nwas\n%s", known, again, first)
	}
	action, _ := c.run("note", "--quarter", "2026-Q1", "--team", "api", "--action", "--owner", "ana", "--due", "2026-Q2", "Write the runbook")
	c.run("note", "--quarter", "2026-Q1", "--team", "api", "The crash took all of us")
	published := map[string]string{}
	if id, _ := c.run("report", "publish", "--quarter", "2026-Q1", "--team", "api", "--reason", "agreed on"); id != "2026-Q1/api/1\n" {
		t.Errorf("published as %q", id)
	}
	refused("--again publishes it once more", "report", "publish", "--quarter", "2026-Q1", "--team", "api", "--reason", "x")
	for _, format := range retroFormats {
		published[format] = print(format, "--published")
	}
	if now := print("html"); now != published["html"] {
		t.Errorf("it was published as\n%s\nand is printed as\n%s", published["html"], now)
	}
	for _, want := range []string{"The crash took all of us", "Write the runbook", "| ana |"} {
		if !strings.Contains(published["markdown"], want) {
			t.Errorf("%q is not in\n%s", want, published["markdown"])
		}
	}
	if out, _ := c.run("report", "compare", "--quarter", "2026-Q1", "--team", "api"); out != "number,published,now,because\n" {
		t.Errorf("at once it differs by\n%s", out)
	}
	if named := c.jsonl("SELECT body FROM decisions WHERE kind IN ('action', 'retrospective') AND (position(body, 'ana') > 0 OR length(body) > 500)"); len(named) > 0 {
		t.Errorf("the tables name people, or hold pages: %v", named)
	}

	// Late data, a person's word, another plan, other rules, an action that is done; then the tables from the log.
	d.AddPull("acme/api", ana, day.Add(72*time.Hour), "Migrate everything to the new service mesh", "A programme of many months", 900, 100, 40)
	c.run("sync")
	c.run("override", "acme/api#2", "--drive", "forced", "--horizon", "long", "--category", "platform_quality", "--reason", "the law wants it")
	c.run("apply", "-f", write("d.yaml", fmt.Sprintf(retroDecisions, "0.1", "0.6", "second thoughts")), "--reason", "second thoughts")
	c.run("replay", "--name", "next", "--rules", write("own.yaml", "rules:\n  - {name: crash, when: 'titled(\"crash\")', because: we like crashes, forced: -9, long: 9}\n"))
	c.run("rulesets", "promote", "next", "--reason", "crashes are fun")
	c.run("note", "--done", strings.TrimSpace(action))
	rebuild(t, cfg, data)
	c.run("process", "sink", "--from-start", "--until-idle")

	for _, format := range retroFormats {
		if got := print(format, "--published"); got != published[format] {
			t.Errorf("what was published is now\n%s\nwas\n%s", got, published[format])
		}
	}
	if again := print("json", "--as-known-at", known); again != first {
		t.Errorf("as known at %s it is now\n%s\nwas\n%s", known, again, first)
	}
	out, _ := c.run("report", "compare", "--quarter", "2026-Q1", "--team", "api")
	checkCauses(t, out, published["json"], print("json"))
	if q2 := print("markdown", "--quarter", "2026-Q2"); !strings.Contains(q2, "| done | 2026-Q1 | Write the runbook |") {
		t.Errorf("the action is not carried forward to\n%s", q2)
	}

	// Other settings of the effort model.
	text, err := os.ReadFile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	write("workmix.yaml", string(text)+"effort: {full_day: 3}\n")
	if out, _ := c.run("report", "compare", "--quarter", "2026-Q1", "--team", "api"); !strings.Contains(out, "model") {
		t.Errorf("with other settings of the effort model it differs by\n%s", out)
	}
	if got := print("json", "--published"); got != published["json"] {
		t.Errorf("with other settings what was published is now\n%s", got)
	}
}

func knownOf(t *testing.T, document string) string {
	t.Helper()
	var v struct {
		KnownAt string `json:"known_at"`
	}
	if err := json.Unmarshal([]byte(document), &v); err != nil || v.KnownAt == "" {
		t.Fatalf("%v in %s", err, document)
	}
	return v.KnownAt
}

// rebuild drops the tables.
func rebuild(t *testing.T, cfg, data string) {
	t.Helper()
	a := &app{configFile: cfg, dataDir: data}
	cmd := &cobra.Command{}
	cmd.SetErr(io.Discard)
	s, err := a.open(t.Context(), cmd, how{process: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.db.Exec(t.Context(), "DROP DATABASE workmix", nil); err != nil {
		t.Fatal(err)
	}
}

// checkCauses: every number that differs is named once, with a cause; and all causes that there were are named.
func checkCauses(t *testing.T, compared, before, now string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(compared)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var values [2][]retro.Value
	for i, document := range []string{before, now} {
		if values[i], err = retro.Flatten([]byte(document)); err != nil {
			t.Fatal(err)
		}
	}
	want := retro.Differ(values[0], values[1])
	if len(rows)-1 != len(want) || len(want) == 0 {
		t.Errorf("%d numbers differ, named are %d", len(want), len(rows)-1)
	}
	causes := map[string]bool{}
	for i, r := range rows[1:] {
		if i < len(want) && (r[0] != want[i].Path || r[1] != want[i].Before || r[2] != want[i].Now) {
			t.Errorf("named is %q, want %+v", r, want[i])
		}
		if r[3] == "" {
			t.Errorf("%s has no cause", r[0])
		}
		for c := range strings.SplitSeq(r[3], "; ") {
			causes[c] = true
		}
	}
	for _, c := range []string{"late data", "override", "plan revision", "ruleset", "comment or action"} {
		if !causes[c] {
			t.Errorf("%q caused nothing:\n%s", c, compared)
		}
	}
}
