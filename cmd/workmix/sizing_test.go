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

	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestSizing measures what docs/operate.md says of disks: a data directory after a first sync, and after seven more weeks
// of work where the dataset has them, each time also after nine minutes of rest, in which the engine removes what its
// merges have replaced. What the updates add is the difference between the two at rest. Recorded data is measured where
// there is some.
//
//	go test -count=1 -tags sizing -timeout 60m -run Sizing -v ./cmd/workmix
func TestSizing(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "workmix")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("simulated", func(t *testing.T) {
		t.Parallel()
		end := time.Now().UTC().Truncate(time.Hour)
		start := end.AddDate(0, 0, -7*7)
		var now atomic.Int64
		now.Store(start.Unix())
		d := newSized(t, exe, simulate.Generate(demoSeed, start), simulate.Options{Clock: func() time.Time { return time.Unix(now.Load(), 0).UTC() }})
		d.sync("first sync")
		first := d.rest("first sync, at rest")
		now.Store(end.Unix())
		d.sync("seven weeks later")
		then := d.rest("seven weeks later, at rest")
		updates := then.records - first.records
		if updates == 0 {
			t.Fatal("nothing happened")
		}
		t.Logf("per 1,000 updates (%.0f records, %.1f revisions each): log %.1f MB, tables %.2f MB", updates, (then.revisions-first.revisions)/updates,
			(then.log-first.log)/updates/1e3, (then.tables-first.tables)/updates/1e3)
	})
	t.Run("recorded", func(t *testing.T) {
		t.Parallel()
		ds, err := simulate.LoadRecorded(recordedtest.Path(t))
		if err != nil {
			t.Fatal(err)
		}
		d := newSized(t, exe, ds, simulate.Options{})
		d.sync("first sync")
		d.rest("at rest")
	})
}

// sized is a data directory that is filled and measured.
type sized struct {
	t                 *testing.T
	exe, config, data string
}

func newSized(t *testing.T, exe string, ds *simulate.Dataset, o simulate.Options) *sized {
	servers, err := simulate.Start(t.Context(), ds, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { servers.Close() })
	dir := t.TempDir()
	d := &sized{t, exe, filepath.Join(dir, "workmix.yaml"), filepath.Join(dir, "data")}
	text := "serve: {listen: 127.0.0.1:0}\nadmin: {listen: 127.0.0.1:0}\nembedded: {clickhouse_listen: 127.0.0.1:0}\nsources:\n"
	if r := ds.Repositories(); len(r) > 0 {
		text += fmt.Sprintf("  - {name: code, kind: github, base_url: %q, repositories: [%s]}\n", servers.GitHubURL(), strings.Join(r, ", "))
	}
	if p := ds.Projects(); len(p) > 0 {
		text += fmt.Sprintf("  - {name: tracker, kind: jira, base_url: %q, projects: [%s]}\n", servers.JiraURL(), strings.Join(p, ", "))
	}
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *sized) command(args ...string) *exec.Cmd {
	cmd := exec.Command(d.exe, append([]string{"--config", d.config, "--data", d.data}, args...)...)
	cmd.Dir = filepath.Join("..", "..") // where the engine is found
	return cmd
}

func (d *sized) run(args ...string) string {
	cmd := d.command(args...)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("workmix %s: %v\n%s", strings.Join(args, " "), err, errOut.String())
	}
	return string(out)
}

// measure is what lies in a data directory: rows, and bytes on disk.
type measure struct{ items, records, revisions, log, tables float64 }

// sync brings the directory up to date and measures it.
func (d *sized) sync(when string) measure {
	d.run("sync")
	return d.look(when)
}

// rest lets the stack run for nine minutes and measures then.
func (d *sized) rest(when string) measure {
	up := d.command("up")
	if err := up.Start(); err != nil {
		d.t.Fatal(err)
	}
	time.Sleep(9 * time.Minute)
	if err := up.Process.Signal(os.Interrupt); err != nil {
		d.t.Fatal(err)
	}
	_ = up.Wait() // it was interrupted
	return d.look(when)
}

func (d *sized) look(when string) measure {
	var m measure
	for _, q := range []struct {
		to  *float64
		sql string
	}{
		{&m.items, "SELECT toString(uniqExact(item_id)) AS n FROM raw_records"},
		{&m.records, "SELECT toString(uniqExact(raw_id)) AS n FROM raw_records"},
		{&m.revisions, "SELECT toString(count()) AS n FROM work_item_history"},
	} {
		var row struct{ N string }
		out := d.run("sql", q.sql, "--format", "jsonl")
		err := json.Unmarshal([]byte(out), &row)
		if err == nil {
			*q.to, err = strconv.ParseFloat(row.N, 64)
		}
		if err != nil || *q.to == 0 {
			d.t.Fatalf("%s: %v: %s", q.sql, err, out)
		}
	}
	m.log, m.tables = bytesBelow(d.t, filepath.Join(d.data, "broker")), bytesBelow(d.t, filepath.Join(d.data, "clickhouse"))
	d.t.Logf("%s: %.0f items, %.0f records, %.0f revisions; per 1,000 items: log %.1f MB, tables %.1f MB",
		when, m.items, m.records, m.revisions, m.log/m.items/1e3, m.tables/m.items/1e3)
	return m
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
