package queries_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/queries"
)

// TestCoverageStepByStep: what is counted while records arrive in any order, of the projects alone in which something changed, is at every step what a
// look at all records gives: with items that wait, that were refused, that went and that moved to another project.
func TestCoverageStepByStep(t *testing.T) {
	text, err := os.ReadFile("testdata/coverage.test")
	if err != nil {
		t.Fatal(err)
	}
	script, _, _ := strings.Cut(string(text), "\nask ")
	s, err := parse(script + "\nobserve 2026-02-01 acme/gone#1 author=ana\n  2026-01-05 created\nremoved 2026-02-03 acme/gone#1 unobserved\n")
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, e := range s.events {
		if r, ok := e.(*event.Raw); ok && (r.Key == "acme/api#1" || r.Key == "OPS-1") {
			m := *r
			m.Project, m.RecordedAt = "acme/elsewhere", m.RecordedAt.Add(time.Hour)
			s.events = append(s.events, &m)
			moved++
		}
	}
	if moved != 2 {
		t.Fatalf("%d items moved", moved)
	}
	r := rand.New(rand.NewPCG(3, 3))
	r.Shuffle(len(s.events), func(i, k int) { s.events[i], s.events[k] = s.events[k], s.events[i] })
	db := database(t, queries.Settings{})
	job := effort.New(db, hasty(t))
	const (
		counted = "SELECT source, project, kind, logged, tabled, unseen, behind FROM coverage_sums FINAL WHERE logged > 0 OR unseen > 0 ORDER BY source, project, kind"
		looked  = `SELECT r.source AS source, r.project AS project, r.kind AS kind, toInt64(countIf(r.removed != 'unobserved')) AS logged,
    toInt64(countIf(r.removed != 'unobserved' AND r.item_id IN (SELECT item_id FROM item_rows))) AS tabled, toInt64(countIf(r.removed = 'unobserved')) AS unseen,
    toInt64(countIf(r.removed != 'unobserved' AND (r.item_id, r.recorded_at, r.position) NOT IN (SELECT item_id, recorded_at, position FROM item_rows FINAL))) AS behind
FROM (SELECT * FROM raw_records ORDER BY recorded_at DESC, position DESC LIMIT 1 BY item_id) AS r
WHERE r.removed IN ('', 'returned', 'unobserved') GROUP BY source, project, kind ORDER BY source, project, kind`
	)
	seen := map[string]bool{}
	for n := 0; n < len(s.events); n += 4 {
		store(t, db, s.events[n:min(n+4, len(s.events))])
		if err := job.Items(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := rows(t, db, counted, nil)
		if d := cmp.Diff(rows(t, db, looked, nil), got); d != "" {
			t.Fatalf("after %d records (-looked +counted):\n%s", n+4, d)
		}
		seen[strings.Join(got, "\n")] = true
		time.Sleep(5 * time.Millisecond) // the database's clock counts milliseconds
	}
	if len(seen) < 8 {
		t.Errorf("only %d states were seen", len(seen))
	}
}
