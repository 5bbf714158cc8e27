package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

// trackerItem is what the tracker says of an item now.
type trackerItem struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	State  string `json:"state"`
	Reason string `json:"state_reason"`
	Merged string `json:"merged_at"`
	Labels []struct {
		Name string `json:"name"`
	} `json:"labels"`
	pull bool
}

// TestRecorded takes real items of two trackers through every real part, HTTP to SQL, as `workmix sync` does.
func TestRecorded(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of seconds long")
	}
	dir := recordedtest.Path(t)
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	d, err := simulate.LoadRecorded(dir)
	if err != nil {
		t.Fatal(err)
	}
	servers, err := simulate.Start(context.Background(), d, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	projects, err := json.Marshal(d.Projects())
	if err != nil {
		t.Fatal(err)
	}
	cfg := filepath.Join(work, "workmix.yaml")
	if err := os.WriteFile(cfg, []byte(fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, repositories: [bitcoin-core/gui]}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: %s}
`, servers.GitHubURL(), servers.JiraURL(), projects)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command{t, []string{"--config", cfg, "--data", filepath.Join(work, "data")}}

	start := time.Now()
	_, told := c.run("sync")
	t.Logf("first sync: %s\n%s", time.Since(start).Round(time.Millisecond), told)
	if rows := c.jsonl("SELECT * FROM coverage WHERE missing != 0 OR in_source != in_log OR in_log != in_table"); len(rows) > 0 {
		t.Errorf("coverage is not whole: %v", rows)
	}
	for _, w := range []struct {
		where string
		want  float64
	}{
		{"project = 'bitcoin-core/gui' AND kind = 'issue'", 341},
		{"project = 'bitcoin-core/gui' AND kind = 'pull_request'", 537},
		{"project IN ('ALOY', 'MOD', 'DAEMON')", 2183},
	} {
		got := c.jsonl("SELECT toFloat64(sum(in_table)) AS n FROM coverage WHERE " + w.where)
		if got[0]["n"] != w.want {
			t.Errorf("%s: %v items in the tables, want %v", w.where, got[0]["n"], w.want)
		}
	}
	c.compareItems(dir)

	const counts = "SELECT toFloat64((SELECT count() FROM raw_records)) AS raw, toFloat64((SELECT count() FROM revisions)) AS revisions, " +
		"toFloat64((SELECT count() FROM activity)) AS activity, toFloat64((SELECT count() FROM work_item_history)) AS history, toFloat64((SELECT count() FROM item_links)) AS links"
	before := c.jsonl(counts)
	start = time.Now()
	_, told = c.run("sync")
	t.Logf("second sync: %s\n%s\ncounts %v", time.Since(start).Round(time.Millisecond), told, before)
	if after := c.jsonl(counts); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("a second sync changed the tables: %v, then %v", before, after)
	}
	if m := regexp.MustCompile(`[1-9][0-9]* new in the log`).FindString(told); m != "" {
		t.Errorf("a second sync wrote to the log: %s", m)
	}
}

// command runs workmix with the same first arguments.
type command struct {
	t    *testing.T
	args []string
}

func (c command) run(args ...string) (out, told string) {
	c.t.Helper()
	var o, e bytes.Buffer
	if status := run(append(slices.Clone(c.args), args...), strings.NewReader(""), &o, &e); status != 0 {
		c.t.Fatalf("workmix %s: exit status %d\n%s", args[0], status, e.String())
	}
	return o.String(), e.String()
}

func (c command) jsonl(sql string) []map[string]any {
	c.t.Helper()
	out, _ := c.run("sql", "--format", "jsonl", sql)
	var rows []map[string]any
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var r map[string]any
		if err := d.Decode(&r); err == io.EOF {
			return rows
		} else if err != nil {
			c.t.Fatal(err)
		}
		rows = append(rows, r)
	}
}

// compareItems compares state, title and label set of every GitHub item with the tracker's own object.
func (c command) compareItems(dir string) {
	c.t.Helper()
	rows := map[string]map[string]any{}
	for _, r := range c.jsonl("SELECT key, kind, state, title, labels FROM work_items WHERE project = 'bitcoin-core/gui'") {
		rows[r["key"].(string)] = r
	}
	items := readTracker(c.t, filepath.Join(dir, "github", "bitcoin-core-gui", "items.jsonl.gz"))
	if len(items) != 878 || len(rows) != 878 {
		c.t.Errorf("%d items in the tables and %d recorded, want 878 of both", len(rows), len(items))
	}
	wrong := 0
	for _, i := range items {
		r := rows[fmt.Sprintf("bitcoin-core/gui#%d", i.Number)]
		if r == nil {
			c.t.Errorf("#%d is not in work_items", i.Number)
			continue
		}
		want, got := []string{}, []string{}
		for _, l := range i.Labels {
			want = append(want, l.Name)
		}
		for _, l := range r["labels"].([]any) {
			got = append(got, l.(string))
		}
		slices.Sort(want)
		slices.Sort(got)
		if r["title"] != i.Title || !i.is(r["state"].(string)) || !slices.Equal(got, want) {
			wrong++
			if wrong <= 10 {
				c.t.Errorf("#%d (pull %t) is %q %q %v, the tracker says %q %q merged %q %v", i.Number, i.pull, r["title"], r["state"], got, i.Title, i.State+" "+i.Reason, i.Merged, want)
			}
		}
	}
	c.t.Logf("%d items compared, %d differ", len(items), wrong)
}

// is says whether one of our states is what the tracker says.
func (i *trackerItem) is(state string) bool {
	switch {
	case i.State == "open":
		return state == "open" || state == "in_progress"
	case i.pull:
		return state == map[bool]string{true: "done", false: "dropped"}[i.Merged != ""]
	}
	return state == map[bool]string{true: "dropped", false: "done"}[i.Reason == "not_planned" || i.Reason == "duplicate"]
}

func readTracker(t *testing.T, file string) []*trackerItem {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []*trackerItem
	for d := json.NewDecoder(z); ; {
		var l struct {
			Type        string
			Issue, Pull *trackerItem
		}
		if err := d.Decode(&l); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		i := l.Issue
		if l.Type == "pull" {
			i = l.Pull
			i.pull = true
		}
		out = append(out, i)
	}
}
