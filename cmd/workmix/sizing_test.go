//go:build sizing

package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/simulate"
)

// TestSizing measures what docs/operate.md says of disks: a data directory after a first sync of the simulated
// organisation, and again after the organisation worked for another seven weeks.
//
//	go test -count=1 -tags sizing -run Sizing -v ./cmd/workmix
func TestSizing(t *testing.T) {
	dir := t.TempDir()
	exe := filepath.Join(dir, "workmix")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	end := time.Now().UTC().Truncate(time.Hour)
	var now atomic.Int64
	start := end.AddDate(0, 0, -7*7)
	now.Store(start.Unix())
	ds := simulate.Generate(demoSeed, start)
	servers, err := simulate.Start(t.Context(), ds, simulate.Options{Clock: func() time.Time { return time.Unix(now.Load(), 0).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	config := filepath.Join(dir, "workmix.yaml")
	text := fmt.Sprintf("sources:\n  - {name: code, kind: github, base_url: %q, repositories: [%s]}\n  - {name: tracker, kind: jira, base_url: %q, projects: [%s]}\n",
		servers.GitHubURL(), strings.Join(ds.Repositories(), ", "), servers.JiraURL(), strings.Join(ds.Projects(), ", "))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	workmix := func(args ...string) string {
		cmd := exec.Command(exe, append([]string{"--config", config, "--data", data}, args...)...)
		cmd.Dir = filepath.Join("..", "..") // where the engine is found
		var errOut strings.Builder
		cmd.Stderr = &errOut
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("workmix %s: %v\n%s", strings.Join(args, " "), err, errOut.String())
		}
		return string(out)
	}
	type state struct{ items, records, revisions, log, tables float64 }
	look := func() state {
		workmix("sync")
		var s state
		for _, q := range []struct {
			to  *float64
			sql string
		}{
			{&s.items, "SELECT toString(uniqExact(item_id)) AS n FROM raw_records"},
			{&s.records, "SELECT toString(uniqExact(raw_id)) AS n FROM raw_records"},
			{&s.revisions, "SELECT toString(count()) AS n FROM work_item_history"},
		} {
			var row struct{ N string }
			out := workmix("sql", q.sql, "--format", "jsonl")
			if err := json.Unmarshal([]byte(out), &row); err != nil {
				t.Fatalf("%s: %v: %s", q.sql, err, out)
			}
			if *q.to, err = strconv.ParseFloat(row.N, 64); err != nil {
				t.Fatal(err)
			}
		}
		s.log, s.tables = bytesBelow(t, filepath.Join(data, "broker")), bytesBelow(t, filepath.Join(data, "clickhouse"))
		return s
	}
	first := look()
	now.Store(end.Unix())
	then := look()
	t.Logf("first sync: %+v", first)
	t.Logf("seven weeks later: %+v", then)
	if first.items == 0 || then.records <= first.records {
		t.Fatal("nothing to measure")
	}
	mb := func(b float64) string { return fmt.Sprintf("%.1f MB", b/1e6) }
	t.Logf("per 1,000 items of a first sync: log %s, tables %s", mb(first.log/first.items*1000), mb(first.tables/first.items*1000))
	updates := then.records - first.records
	t.Logf("per 1,000 updates (%.0f records): log %s, tables %s", updates, mb((then.log-first.log)/updates*1000), mb((then.tables-first.tables)/updates*1000))
}

// bytesBelow sums what du would: the blocks of the files in a folder.
func bytesBelow(t *testing.T, dir string) float64 {
	t.Helper()
	out, err := exec.Command("du", "-s", "-B1", dir).Output()
	if err != nil {
		var sum float64
		err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			i, err := d.Info()
			if err == nil {
				sum += float64(i.Size())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	n, err := strconv.ParseFloat(strings.Fields(string(out))[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
