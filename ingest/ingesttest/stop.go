package ingesttest

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/workmix/workmix/ingest"
)

// StopEverywhere runs a sync of what the handler serves, once to the end and then again and again, each time
// stopped at another of its requests (the context ends as the request arrives) or of its writes (which is lost,
// or kept and not acknowledged), and then continued by a process that knows what the log knows. Each must end
// with the same last digest of each item as the sync that was not stopped, in no more records.
func StopEverywhere(t *testing.T, h http.Handler, source func(url string) ingest.Source, o ingest.Options) {
	t.Helper()
	var (
		mu      sync.Mutex
		count   int
		stopAt  int
		stop    context.CancelFunc
		stopped atomic.Int64
	)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		count++
		if count == stopAt {
			stopped.Add(1)
			stop()
		}
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	defer srv.Close()
	arm := func(ctx context.Context, at int) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		t.Cleanup(cancel)
		mu.Lock()
		count, stopAt, stop = 0, at, cancel
		mu.Unlock()
		return ctx
	}
	whole := &Log{}
	finish := func(l *Log) {
		t.Helper()
		rep, err := ingest.Once(arm(t.Context(), 0), source(srv.URL), l.State(t), l, o)
		if err != nil || !rep.Complete() {
			t.Fatalf("the sync does not end: %v, %+v", err, rep)
		}
	}
	finish(whole)
	want := whole.Last(t)
	requests, writes, records := count, whole.Writes(), len(whole.Raws(t))
	if len(want) == 0 || requests < 3 || writes < 3 {
		t.Fatalf("a sync of %d items, %d requests and %d writes tests nothing", len(want), requests, writes)
	}
	check := func(what string, at int, l *Log, spare int) {
		t.Helper()
		finish(l)
		if got := l.Last(t); !maps.Equal(got, want) {
			t.Fatalf("stopped at %s %d: ends with %v, want %v", what, at, got, want)
		}
		if n := len(l.Raws(t)); n > records+spare {
			t.Fatalf("stopped at %s %d: %d raw records, not stopped %d", what, at, n, records)
		}
	}
	for at := 1; at <= requests; at++ {
		l := &Log{}
		_, err := ingest.Once(arm(t.Context(), at), source(srv.URL), l.State(t), l, o)
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at request %d: %v", at, err)
		}
		check("request", at, l, 0)
	}
	if int(stopped.Load()) != requests {
		t.Fatalf("%d of %d requests were stopped at", stopped.Load(), requests)
	}
	for at := 1; at <= writes; at++ {
		for _, keep := range []bool{false, true} {
			l := &Log{Fail: func(n int) (bool, bool) { return n < at || keep && n == at, n >= at }}
			if _, err := ingest.Once(arm(t.Context(), 0), source(srv.URL), l.State(t), l, o); !errors.Is(err, ErrWrite) {
				t.Fatalf("write %d failed, and the run says %v", at, err)
			}
			l.Fail = nil
			check("write", at, l, records) // what was kept and not acknowledged is told again
		}
	}
}
