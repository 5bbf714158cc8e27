package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

// sleeper is a time that passes only while somebody sleeps; those who sleep at once wake at once.
type sleeper struct {
	mu  sync.Mutex
	now time.Time
}

func (c *sleeper) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *sleeper) Sleep(ctx context.Context, d time.Duration) error {
	until := c.Now().Add(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.After(c.now) {
		c.now = until
	}
	return ctx.Err()
}

// TestScale polls 800 repositories of one organisation at a server that counts 304s against 900 calls a minute and
// everything else against 5,000 an hour: neither limit is met, every change arrives, and none comes late.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some 10,000 calls")
	}
	const (
		repos  = 800
		every  = 2 * time.Minute
		rounds = 45
	)
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	cl := &sleeper{now: start}
	d := simulate.Empty()
	ana := &simulate.User{Name: "Ana", Login: "ana", ID: 11}
	keys := make([]string, repos)
	for n := range repos { // the first ones are busy, most are quiet since days
		keys[n] = d.AddIssue(fmt.Sprintf("acme/r%03d", n), ana, start.Add(-time.Duration(n)*time.Hour), "issue", "")
	}
	srv := httptest.NewServer(simulate.NewGitHub(d, simulate.Options{Clock: cl.Now, RateLimit: 5000, PerMinute: 900}))
	defer srv.Close()
	tr := &http.Transport{MaxIdleConnsPerHost: 16}
	defer tr.CloseIdleConnections()
	gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, PerMinute: 880})
	src, err := github.New(github.Options{Name: "code", BaseURL: srv.URL, Token: "any", Repositories: []string{"acme/*"}, Base: tr, Gate: gate, Now: cl.Now})
	if err != nil {
		t.Fatal(err)
	}
	log, st := &ingesttest.Log{}, ingest.NewState()
	o := ingest.Options{Now: cl.Now, Every: every, Overlap: time.Second}
	run := func(o ingest.Options) ingest.Report {
		t.Helper()
		rep, err := ingest.Once(t.Context(), src, st, log, o)
		if err != nil || !rep.Complete() {
			t.Fatal(err, rep.Err())
		}
		return rep
	}
	first := run(o)
	t.Logf("first reading: %d calls", first.Usage.Requests)
	_ = cl.Sleep(t.Context(), time.Hour) // another allowance
	run(o)
	o = ingest.Paced(o, src, st)
	type change struct {
		title string
		at    time.Time
	}
	waiting := map[string]change{}
	var late []time.Duration
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's choices
	seen := len(log.Raws(t))
	for round := range rounds {
		begun := cl.Now()
		for range 10 { // changes, mostly where something changed lately
			n := int(float64(repos) * r.Float64() * r.Float64() * r.Float64())
			c := change{fmt.Sprintf("title %d of %d", round, n), cl.Now().Add(-time.Duration(r.Int64N(int64(every))))}
			if _, twice := waiting[keys[n]]; twice {
				continue
			}
			if err := d.Update(keys[n], ana, c.at, simulate.Rename(c.title)); err != nil {
				t.Fatal(err)
			}
			waiting[keys[n]] = c
		}
		run(o)
		raws := log.Raws(t)
		for _, raw := range raws[seen:] {
			if c, ok := waiting[raw.Key]; ok {
				late = append(late, raw.RecordedAt.Sub(c.at))
				delete(waiting, raw.Key)
			}
		}
		seen = len(raws)
		_ = cl.Sleep(t.Context(), begun.Add(every).Sub(cl.Now()))
	}
	for range 9 { // whatever is left comes within the longest pause
		begun := cl.Now()
		run(o)
		_ = cl.Sleep(t.Context(), begun.Add(every).Sub(cl.Now()))
	}
	raws := log.Raws(t)
	for _, raw := range raws[seen:] {
		if c, ok := waiting[raw.Key]; ok {
			late = append(late, raw.RecordedAt.Sub(c.at))
			delete(waiting, raw.Key)
		}
	}
	slices.Sort(late)
	u := gate.Usage()
	u.Requests, u.NotModified = u.Requests-first.Usage.Requests, u.NotModified-first.Usage.NotModified
	t.Logf("%d changes seen, p50 %v, p95 %v, the latest %v late; %d calls in %v, %d of them 304, %d refused", len(late),
		late[len(late)/2].Round(time.Second), late[len(late)*95/100].Round(time.Second), late[len(late)-1].Round(time.Second), u.Requests, cl.Now().Sub(start).Round(time.Minute), u.NotModified, u.Limited)
	if u.Limited > 0 || len(waiting) > 0 || late[len(late)-1] > 20*time.Minute {
		t.Errorf("%d calls refused, %d changes not seen", u.Limited, len(waiting))
	}
}
