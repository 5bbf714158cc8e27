package ingest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
)

var giveDay = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// row is an item's row as of so many hours later.
func row(key, project, title string, hour int) event.Row {
	at := giveDay.Add(time.Duration(hour) * time.Hour)
	return event.Row{Key: key, Project: project, Title: title, State: event.StateOpen, Author: "ana", CreatedAt: giveDay, UpdatedAt: &at}
}

func items(rows ...event.Row) iter.Seq2[ingest.Given, error] {
	return func(yield func(ingest.Given, error) bool) {
		of := map[string][]event.Row{}
		for _, r := range rows {
			of[r.Key] = append(of[r.Key], r)
		}
		for _, key := range slices.Sorted(maps.Keys(of)) {
			if !yield(ingest.Given{ID: "pager/issue/" + key, Kind: event.KindIssue, Rows: of[key]}, nil) {
				return
			}
		}
	}
}

func give(t testing.TB, log *ingesttest.Log, st *ingest.State, rows ...event.Row) ingest.Counts {
	t.Helper()
	rep, err := ingest.Give(t.Context(), "pager", items(rows...), st, log, ingest.Options{Now: func() time.Time { return giveDay.Add(48 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	return rep.Total()
}

// told returns the titles of an item's newest raw record.
func told(t testing.TB, log *ingesttest.Log, key string) (titles []string) {
	t.Helper()
	for _, r := range log.Raws(t) {
		if r.Key == key {
			var content event.Rows
			if err := json.Unmarshal(r.Content, &content); err != nil {
				t.Fatal(err)
			}
			titles = nil
			for _, row := range content.Rows {
				titles = append(titles, row.Title)
			}
		}
	}
	return titles
}

// TestGive: the rows of an item add up in the order of their times, in whatever order and process they are given; the
// same again writes nothing; a row as of the same time replaces.
func TestGive(t *testing.T) {
	log := &ingesttest.Log{}
	st := log.State(t)
	if c := give(t, log, st, row("A", "p", "two", 2), row("B", "p", "b", 0)); c.Written != 2 {
		t.Fatalf("%+v", c)
	}
	if c := give(t, log, log.State(t), row("A", "p", "one", 1)); c.Written != 1 { // another process
		t.Fatalf("%+v", c)
	}
	if got := told(t, log, "A"); !slices.Equal(got, []string{"one", "two"}) {
		t.Fatal(got)
	}
	before := log.Bytes()
	if c := give(t, log, log.State(t), row("A", "p", "two", 2), row("A", "p", "one", 1), row("B", "p", "b", 0)); c.Written != 0 || c.Unchanged != 2 {
		t.Fatalf("the same again: %+v", c)
	}
	if !strings.HasPrefix(log.Bytes(), before) || len(log.Raws(t)) != 3 {
		t.Fatalf("the same again wrote raw records: %d", len(log.Raws(t)))
	}
	if c := give(t, log, log.State(t), row("A", "p", "first", 1)); c.Written != 1 {
		t.Fatalf("%+v", c)
	}
	if got := told(t, log, "A"); !slices.Equal(got, []string{"first", "two"}) {
		t.Fatal(got)
	}
}

// counted returns what the coverage takes as the number of issues in the source, by project.
func counted(t *testing.T, log *ingesttest.Log) map[string]string {
	out := map[string]string{}
	for _, p := range log.Progress(t) {
		if p.Kind == "count" && p.Name == "issue" {
			out[p.Project] = string(p.Value)
		}
	}
	return out
}

// TestGiveCounts: what was imported is what the source has, also after an item moved.
func TestGiveCounts(t *testing.T) {
	log := &ingesttest.Log{}
	give(t, log, log.State(t), row("A", "p", "a", 0), row("B", "p", "b", 0), row("C", "q", "c", 0))
	if d := cmp.Diff(map[string]string{"p": "2", "q": "1"}, counted(t, log)); d != "" {
		t.Fatal(d)
	}
	give(t, log, log.State(t), row("C", "p", "c", 1), row("D", "p", "d", 1))
	if d := cmp.Diff(map[string]string{"p": "4", "q": "0"}, counted(t, log)); d != "" {
		t.Fatal(d)
	}
}

// TestGiveStopped: an import that fails at any of its writes, kept or not, is completed by another one.
func TestGiveStopped(t *testing.T) {
	var rows []event.Row
	for i := range 30 {
		rows = append(rows, row(fmt.Sprintf("K-%d", i%10), fmt.Sprintf("p%d", i%3), fmt.Sprintf("title %d", i), i))
	}
	whole := &ingesttest.Log{}
	give(t, whole, whole.State(t), rows...)
	writes := whole.Writes()
	if writes < 6 {
		t.Fatalf("%d writes test nothing", writes)
	}
	for stop := 1; stop <= writes; stop++ {
		for _, keep := range []bool{false, true} {
			log := &ingesttest.Log{Fail: func(n int) (bool, bool) { return keep || n < stop, n >= stop }}
			if _, err := ingest.Give(t.Context(), "pager", items(rows...), log.State(t), log, ingest.Options{}); !errors.Is(err, ingesttest.ErrWrite) {
				t.Fatalf("write %d: %v", stop, err)
			}
			log.Fail = nil
			give(t, log, log.State(t), rows...)
			if d := cmp.Diff(whole.Last(t), log.Last(t)); d != "" {
				t.Fatalf("write %d, kept %v:\n%s", stop, keep, d)
			}
			if d := cmp.Diff(counted(t, whole), counted(t, log)); d != "" {
				t.Fatalf("write %d, kept %v:\n%s", stop, keep, d)
			}
			if c := give(t, log, log.State(t), rows...); c.Written != 0 {
				t.Fatalf("write %d, kept %v: it never ends: %+v", stop, keep, c)
			}
		}
	}
}

// TestGiveOrder: whatever the order and the division into imports, the last records are the same.
func TestGiveOrder(t *testing.T) {
	var rows []event.Row
	for i := range 40 {
		rows = append(rows, row(fmt.Sprintf("K-%d", i%4), "p", fmt.Sprintf("title %d", i), i))
	}
	var want map[string]string
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		log := &ingesttest.Log{}
		for part := range slices.Chunk(rows, 1+r.IntN(len(rows))) {
			give(t, log, log.State(t), part...)
		}
		if want == nil {
			want = log.Last(t)
		}
		if d := cmp.Diff(want, log.Last(t)); d != "" {
			t.Fatal(d)
		}
	}
}

// TestGiveTooMuch: an item that grew too large for the log is a dead letter, and the import goes on.
func TestGiveTooMuch(t *testing.T) {
	log := &ingesttest.Log{}
	large := row("A", "p", "a", 0)
	large.Body = strings.Repeat("x", event.MaxRecordBytes)
	if c := give(t, log, log.State(t), large, row("B", "p", "b", 0)); c.Oversize != 1 || c.Written != 1 {
		t.Fatalf("%+v", c)
	}
	if d := log.Dead(t); len(d) != 1 || d[0].ItemID != "pager/issue/A" || !bytes.Contains(d[0].Head, []byte("xxx")) {
		t.Fatalf("%+v", d)
	}
}

// TestGiveEnds: an error of the items ends it, and says so.
func TestGiveEnds(t *testing.T) {
	broken := errors.New("the file is gone")
	log := &ingesttest.Log{}
	_, err := ingest.Give(t.Context(), "pager", func(yield func(ingest.Given, error) bool) { yield(ingest.Given{}, broken) }, log.State(t), log, ingest.Options{})
	if !errors.Is(err, broken) || log.Writes() != 0 {
		t.Errorf("%v after %d writes", err, log.Writes())
	}
}
