package queries_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/queries"
)

// hasty returns the derivation without the time that rows are given until they can be read: what a derivation has seen of
// items it does not take for new again, as if it were long ago.
func hasty(t *testing.T) effort.Statements {
	t.Helper()
	d, err := queries.Derive(queries.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []*string{&d.ItemsState, &d.ItemsQueue, &d.CoverageState, &d.CoverageChanged} {
		if !strings.Contains(*sql, "- INTERVAL 1 MINUTE") {
			t.Fatalf("no minute in %s", *sql)
		}
		*sql = strings.ReplaceAll(*sql, "- INTERVAL 1 MINUTE", "")
	}
	return effort.Statements(*d)
}

// TestStepByStep: items that are derived again and again while records arrive in any order come out as if they were derived from all
// records at once: when the first derivation of links finds them derived already, when one was stopped, when people's
// words of one instant, which these all are, come one by one.
func TestStepByStep(t *testing.T) {
	if testing.Short() {
		t.Skip("many records")
	}
	r := rand.New(rand.NewPCG(7, 7))
	var families []*family
	text := ""
	for i := range 25 {
		families = append(families, newFamily(r, i))
		text += families[i].script()
	}
	s, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r.Shuffle(len(s.events), func(i, k int) { s.events[i], s.events[k] = s.events[k], s.events[i] })
	db := database(t, queries.Settings{})
	job, stopped := effort.New(db, hasty(t)), hasty(t)
	stopped.ItemsState = "SELECT 'stopped' FROM no_such_table"
	later := func() { time.Sleep(5 * time.Millisecond) } // the database's clock counts milliseconds
	step := func(events []event.Payload) {
		t.Helper()
		store(t, db, events)
		if err := job.Items(t.Context()); err != nil {
			t.Fatal(err)
		}
		later()
	}
	derive := func() {
		t.Helper()
		if _, err := job.Derive(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		later()
	}
	part := func(from, to int) []event.Payload {
		return s.events[len(s.events)*from/100 : len(s.events)*to/100]
	}
	step(part(0, 45))
	derive()
	step(part(45, 90))
	if _, err := effort.New(db, stopped).Derive(t.Context(), nil); err == nil {
		t.Fatal("the derivation was not stopped")
	}
	later()
	step(part(90, 95))
	derive()
	step(part(95, 100))
	derive()
	got := rows(t, db, "SELECT item_id, verdict_from FROM work_items ORDER BY item_id", nil)[1:]
	var want []string
	for _, f := range families {
		for i := range f.keys {
			want = append(want, f.id(i)+" | "+f.id(f.decider(i)))
		}
	}
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
