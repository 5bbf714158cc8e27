package queries_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/queries"
)

// paused is a database on which one statement waits.
type paused struct {
	effort.DB
	before func(sql string, params map[string]string) bool
	do     func()
}

func (p *paused) Exec(ctx context.Context, sql string, params map[string]string) error {
	if p.do != nil && p.before(sql, params) {
		do := p.do
		p.do = nil
		do()
	}
	return p.DB.Exec(ctx, sql, params)
}

// TestTwoProcessesDerive: two processes that derive at once hide nothing from each other, and remove nothing of each other's.
func TestTwoProcessesDerive(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at every view as known at a time")
	}
	text, err := os.ReadFile("testdata/effort.test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	db := database(t, queries.Settings{})
	d := hasty(t)
	for _, r := range baseTables(t, db) { // what removes rows is a merge
		exec(t, db, "SYSTEM START MERGES "+r)
	}
	for i := range d.Sweep { // at once, not behind the statement
		d.Sweep[i] = strings.Replace(d.Sweep[i], "lightweight_deletes_sync = 0", "lightweight_deletes_sync = 1", 1)
	}
	derive := func(db effort.DB) {
		time.Sleep(5 * time.Millisecond) // the database's clock counts milliseconds
		if r, err := effort.New(db, d).Derive(t.Context(), nil); err != nil || !r.Derived {
			t.Errorf("derived: %v, %v", r, err)
		}
	}
	part := func(from, to int) []event.Payload {
		return s.events[len(s.events)*from/100 : len(s.events)*to/100]
	}
	store(t, db, part(0, 60))
	derive(db)

	// One is about to remove what no longer counts when the other, which knows of more, has written days that do not count yet.
	store(t, db, part(60, 80))
	written, removed, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	second := &paused{DB: db, do: func() { close(written); <-removed }, before: func(sql string, p map[string]string) bool { return sql == d.Mark && p["name"] == "effort" }}
	first := &paused{DB: db, before: func(sql string, _ map[string]string) bool { return sql == d.Sweep[0] }, do: func() {
		store(t, db, part(80, 100))
		go func() { defer close(done); derive(second) }()
		<-written
	}}
	derive(first)
	close(removed)
	<-done
	checkNow(t, db)

	// One began first and ends last: what it read before more was stored hides nothing of what the other derived meanwhile.
	more, err := parse(`observe 2026-01-10T12:00 API-7 author=zoe assignees=zoe
  2026-01-05T08:00 created state=in_progress | forced_short 0.9 0.2
  act 2026-01-09T10:00 zoe commented
`)
	if err != nil {
		t.Fatal(err)
	}
	store(t, db, more.events[:len(more.events)/2])
	derive(&paused{DB: db, before: func(sql string, p map[string]string) bool { return sql == d.Effort }, do: func() {
		store(t, db, more.events[len(more.events)/2:])
		derive(db)
	}})
	checkNow(t, db)
}
