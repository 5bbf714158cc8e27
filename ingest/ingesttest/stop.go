package ingesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
)

// StopEverywhere is [Stops.Everywhere] of a first sync, without a bound on the requests.
func StopEverywhere(t *testing.T, h http.Handler, source func(url string) ingest.Source, o ingest.Options) {
	t.Helper()
	Stops{Handler: h, Source: source, Options: o}.Everywhere(t)
}

// Stops is a sync that is stopped at each of its requests and writes.
type Stops struct {
	Handler http.Handler
	Source  func(url string) ingest.Source
	Options ingest.Options // Now, if set, should stand still, so that what is remembered can be compared
	// Before is what the log holds when the sync begins; nil: nothing. The handler serves at least one change of it.
	Before *Log
	// Failing is how many items cannot be read, and so must be remembered as failures.
	Failing int
	// Again is how many requests a sync that was killed may make again: those of a page and its items, and those
	// that each run makes. 0: not checked.
	Again int
}

// Everywhere runs the sync of what the handler serves, once to the end and then again and again, each time stopped
// at another of its requests or of its writes, and then continued by a process that knows what the log knows. At a
// request the process is stopped (the context ends as the request arrives, and what is in hand may be written) or
// killed (nothing is written from then on); a write is lost, or kept and not acknowledged. Each must end with the
// same last record of each item and the same memory as the sync that was not stopped, with no record written twice
// that is remembered, and with few requests made twice.
func (s Stops) Everywhere(t *testing.T) {
	t.Helper()
	r := &stopping{Stops: s, t: t}
	srv := httptest.NewServer(http.HandlerFunc(r.serve))
	defer srv.Close()
	r.url = srv.URL
	if r.Before == nil {
		r.Before = &Log{}
	}
	before := len(r.Before.Raws(t))
	whole := r.Before.Clone()
	requests := r.finish(whole)
	writes := whole.Writes()
	want, records := whole.Last(t), len(whole.Raws(t))
	if records == before || requests < 3 || writes < 3 {
		t.Fatalf("a sync of %d records, %d requests and %d writes tests nothing", records-before, requests, writes)
	}
	memory := r.settled(whole)
	most, ended := 0, 0
	check := func(what string, at int, l *Log, spare, again int) {
		t.Helper()
		had := len(l.Raws(t))
		n := r.finish(l)
		if got := l.Last(t); !maps.Equal(got, want) {
			t.Fatalf("%s %d: ends with %v, want %v", what, at, got, want)
		}
		if n := len(l.Raws(t)); n > records+spare {
			var said []string
			for _, r := range l.Raws(t)[before:] {
				said = append(said, fmt.Sprintf("%s %s %.8s", r.Key, r.Removed, r.Digest))
			}
			t.Fatalf("%s %d: %d raw records, want %d: %q", what, at, n, records, said)
		}
		if again > 0 {
			most = max(most, at+n-requests)
		}
		if again > 0 && at+n > requests+again {
			t.Fatalf("%s %d: with %d of %d records in the log it made %d requests more, of %d: more than %d again", what, at, had-before, records-before, n, requests, again)
		}
		if got := r.settled(l); r.Options.Now != nil && !maps.Equal(got, memory) {
			t.Fatalf("%s %d: remembers\n%v, want\n%v", what, at, got, memory)
		}
	}
	for at := 1; at <= requests; at++ {
		for _, kill := range []bool{false, true} {
			l, what := r.Before.Clone(), "stopped at request"
			if kill {
				what = "killed at request"
			}
			if !r.stopAt(l, at, kill) { // requests made at once may be one fewer
				ended++
			}
			l.Revive()
			check(what, at, l, l.forgotten(t), r.Again)
		}
	}
	if ended > requests/4 {
		t.Errorf("of %d requests %d did not come when they were to stop the sync", requests, ended/2)
	}
	t.Logf("%d records, %d requests, %d writes; at most %d requests again", records-before, requests, writes, most)
	for at := 1; at <= writes; at++ {
		for _, keep := range []bool{false, true} {
			l := r.Before.Clone()
			l.Fail = func(n int) (bool, bool) { return n < at || keep && n == at, n >= at }
			if _, err := ingest.Once(t.Context(), r.Source(r.url), l.State(t), l, r.Options); !errors.Is(err, ErrWrite) {
				t.Fatalf("write %d failed, and the run says %v", at, err)
			}
			l.Fail = nil
			check("stopped at write", at, l, len(want), 0) // what was kept and not acknowledged is told again
		}
	}
}

// stopping is a [Stops] at work.
type stopping struct {
	Stops
	t   *testing.T
	url string

	mu    sync.Mutex
	count int
	at    int // the request that stops; 0: none
	stop  func()
}

func (r *stopping) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.count++
	if r.count == r.at {
		r.stop()
	}
	r.mu.Unlock()
	r.Handler.ServeHTTP(w, req)
}

func (r *stopping) arm(at int, stop func()) {
	r.mu.Lock()
	r.count, r.at, r.stop = 0, at, stop
	r.mu.Unlock()
}

func (r *stopping) counted() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// stopAt begins the sync and stops it at a request. It says whether the request came.
func (r *stopping) stopAt(l *Log, at int, kill bool) bool {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	r.arm(at, func() {
		if kill {
			l.Kill()
		}
		cancel()
	})
	_, err := ingest.Once(ctx, r.Source(r.url), l.State(r.t), l, r.Options)
	if err != nil && ctx.Err() == nil { // else any: an answer that came as the process stopped
		r.t.Fatalf("stopped at request %d: %v", at, err)
	}
	return r.counted() >= at
}

// finish runs the sync to its end and returns how many requests that took.
func (r *stopping) finish(l *Log) int {
	r.t.Helper()
	r.arm(0, nil)
	rep, err := ingest.Once(r.t.Context(), r.Source(r.url), l.State(r.t), l, r.Options)
	failed := 0
	for _, p := range rep.Projects {
		if failed += len(p.Failures); p.Err != nil {
			r.t.Fatalf("the sync of %s does not end: %v", p.Project, p.Err)
		}
	}
	if err != nil || failed != r.Failing {
		r.t.Fatalf("the sync does not end: %v, %d failed: %v", err, failed, rep.Err())
	}
	return r.counted()
}

// settled is what is remembered after one more sync: of what, for which item, the value. A sync that went on in the
// middle of a list has no validator of the whole list yet.
func (r *stopping) settled(l *Log) map[string]string {
	r.t.Helper()
	l = l.Clone()
	before := len(l.Raws(r.t))
	r.finish(l)
	if n := len(l.Raws(r.t)); n != before {
		r.t.Fatalf("one more sync wrote %d records", n-before)
	}
	newest := map[string]time.Time{}
	out := map[string]string{}
	for _, p := range l.Progress(r.t) {
		k := fmt.Sprint(p.Project, " ", p.Kind, " ", p.Name)
		if p.Kind == "digest" {
			k = fmt.Sprint(p.Kind, " ", p.Name)
		}
		if p.RecordedAt.Before(newest[k]) {
			continue
		}
		newest[k] = p.RecordedAt
		if out[k] = string(p.Value); len(p.Value) == 0 {
			delete(out, k)
		}
		if p.Kind == "requests" { // a sync that was stopped made more
			delete(out, k)
		}
		if p.Kind == "census" { // ids are compared once more where a run saw half of a move between projects
			out[k] = ""
		}
		if p.Kind == "digest" { // when an item was read differs
			var v map[string]any
			if json.Unmarshal(p.Value, &v) == nil {
				delete(v, "read_at")
				out[k] = fmt.Sprint(v)
			}
		}
		if p.Kind == "backfill" { // when and in how many calls differs
			var b struct{ Left int }
			_ = json.Unmarshal(p.Value, &b)
			out[k] = fmt.Sprint(b.Left, " left")
		}
		if p.Kind == "failure" { // how often it was tried differs
			var f ingest.Failure
			if json.Unmarshal(p.Value, &f) == nil {
				out[k] = f.Stub.Key + ": " + f.Reason
			}
		}
	}
	return out
}
