package ingest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

// TestAllowanceOfJira is TestAllowance of package github for both kinds of Jira: an allowance that is a fraction of what is
// needed, shared by two sources of one credential, is used up to at least 95 % in each window but the last. A site tells
// what is left of it, or only refuses and says for how long, as Jira does on most plans.
func TestAllowanceOfJira(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 150 issues eight times")
	}
	const limit, issues = 50, 150
	d := simulate.Empty()
	for range issues {
		key := d.AddIssue("OPS", scaleUser, scaleStart, "issue", "")
		for range 25 { // more than come with the issue: a call each
			if err := d.Update(key, scaleUser, scaleStart, simulate.Comment("word")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		workers int
		silent  bool
	}{
		"one at a time": {1, false}, "sixteen at once": {16, false}, "one at a time, of a silent site": {1, true}, "sixteen at once, of a silent site": {16, true},
	} {
		t.Run(name, func(t *testing.T) {
			cl := &sleeper{now: scaleStart.Add(1000 * time.Hour)}
			way := &underway{}
			sim := simulate.NewJira(d, simulate.Options{Clock: cl.Now, RateLimit: limit})
			var mu sync.Mutex
			windows, early := map[int64]int{}, 0
			began, until := cl.Now(), time.Time{}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				now := cl.Now()
				windows[int64(now.Sub(began)/time.Hour)]++
				if c.workers == 1 && now.Before(until) {
					early++
				}
				mu.Unlock()
				if c.silent {
					w = &mute{ResponseWriter: w}
				}
				sim.ServeHTTP(w, r)
				if after := w.Header().Get("Retry-After"); after != "" {
					mu.Lock()
					wait, _ := time.ParseDuration(after + "s")
					until = now.Add(wait)
					mu.Unlock()
				}
			}))
			defer srv.Close()
			tr := &http.Transport{MaxIdleConnsPerHost: 16}
			defer tr.CloseIdleConnections()
			sleep := func(ctx context.Context, d time.Duration) error {
				until := cl.Now().Add(d)
				way.await()
				return cl.Sleep(ctx, until.Sub(cl.Now()))
			}
			gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: sleep, Concurrent: c.workers})
			log := &ingesttest.Log{}
			var g sync.WaitGroup
			for _, name := range []string{"tracker", "again"} {
				src, err := jira.New(jira.Options{Name: name, BaseURL: srv.URL, Projects: []string{"OPS"}, Base: way.of(tr), Gate: gate})
				if err != nil {
					t.Fatal(err)
				}
				g.Go(func() {
					rep, err := ingest.Once(t.Context(), src, ingest.NewState(), log, ingest.Options{Now: cl.Now, Workers: 8})
					if err != nil || !rep.Complete() {
						t.Error(err, rep.Err())
					}
				})
			}
			g.Wait()
			u := gate.Usage()
			full := u.Requests / limit
			if len(log.Last(t)) != 2*issues || full < 5 {
				t.Fatalf("%d items in %d calls", len(log.Last(t)), u.Requests)
			}
			mu.Lock()
			defer mu.Unlock()
			answered := u.Requests - u.Limited
			if used := float64(answered) / float64((int64(len(windows))-1)*limit); used < 0.95 {
				t.Errorf("%d calls answered in %d windows: %.2f of the allowance is used", answered, len(windows), used)
			}
			most := int64(2) // those that begin before the site told anything
			if c.silent {
				most = (full + 1) * int64(c.workers)
			}
			if u.Limited > most {
				t.Errorf("%d calls refused in %d windows", u.Limited, full)
			}
			if early > 0 {
				t.Errorf("%d calls while told to wait", early)
			}
			t.Logf("%d calls in %d windows, %d refused", u.Requests, len(windows), u.Limited)
		})
	}
}

// mute leaves out what is left of the allowance.
type mute struct{ http.ResponseWriter }

func (m *mute) WriteHeader(status int) {
	for _, h := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		m.Header().Del(h)
	}
	m.ResponseWriter.WriteHeader(status)
}

// underway counts the calls that are not answered yet: no hour passes meanwhile.
type underway struct{ n atomic.Int64 }

// await returns once all answers are there, and were looked at.
func (u *underway) await() {
	for quiet := 0; quiet < 3; quiet++ {
		time.Sleep(time.Millisecond)
		if u.n.Load() > 0 {
			quiet = -1
		}
	}
}

func (u *underway) of(base http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		u.n.Add(1)
		resp, err := base.RoundTrip(r)
		if err != nil {
			u.n.Add(-1)
			return resp, err
		}
		resp.Body = &body{ReadCloser: resp.Body, closed: func() { u.n.Add(-1) }}
		return resp, nil
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

type body struct {
	io.ReadCloser
	once   sync.Once
	closed func()
}

func (b *body) Close() error {
	defer b.once.Do(b.closed)
	return b.ReadCloser.Close()
}
