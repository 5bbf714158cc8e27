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
	"github.com/workmix/workmix/ingest/jira"
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

const (
	scaleEvery  = 2 * time.Minute
	scaleRounds = 45
)

var (
	scaleStart = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	scaleUser  = &simulate.User{Name: "Ana", Login: "ana", ID: 11, AccountID: "5b10"}
)

// TestScale polls 800 repositories of one organisation at a server that counts 304s against 900 calls a minute and
// everything else against 5,000 an hour: neither limit is met, every change arrives, and none comes late.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some 10,000 calls")
	}
	cl := &sleeper{now: scaleStart}
	d, keys := busyAndQuiet(800, "acme/r%03d")
	srv := httptest.NewServer(simulate.NewGitHub(d, simulate.Options{Clock: cl.Now, RateLimit: 5000, PerMinute: 900}))
	defer srv.Close()
	tr := &http.Transport{MaxIdleConnsPerHost: 16}
	defer tr.CloseIdleConnections()
	gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, PerMinute: 880})
	src, err := github.New(github.Options{Name: "code", BaseURL: srv.URL, Token: "any", Repositories: []string{"acme/*"}, Base: tr, Gate: gate, Now: cl.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := &scale{t: t, d: d, keys: keys, cl: cl, src: src, gate: gate, waiting: map[string]waiting{}}
	s.run(15 * time.Minute)
}

// TestScaleJira polls 60 projects of one site, which answers 1,000 calls an hour. A search tells each time which of all
// of them changed, so that a quiet one is not seen later than a busy one.
func TestScaleJira(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some 1,000 calls")
	}
	cl := &sleeper{now: scaleStart}
	d, keys := busyAndQuiet(60, "P%02d")
	srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{Clock: cl.Now, RateLimit: 1000}))
	defer srv.Close()
	tr := &http.Transport{MaxIdleConnsPerHost: 16}
	defer tr.CloseIdleConnections()
	gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep})
	src, err := jira.New(jira.Options{Name: "tracker", BaseURL: srv.URL, Projects: []string{"*"}, Base: tr, Gate: gate})
	if err != nil {
		t.Fatal(err)
	}
	s := &scale{t: t, d: d, keys: keys, cl: cl, src: src, gate: gate, waiting: map[string]waiting{}}
	s.run(2 * time.Minute)
}

// busyAndQuiet makes projects with an issue each: the first ones are busy, most are quiet since days.
func busyAndQuiet(n int, name string) (*simulate.Dataset, []string) {
	d := simulate.Empty()
	keys := make([]string, n)
	for i := range n {
		keys[i] = d.AddIssue(fmt.Sprintf(name, i), scaleUser, scaleStart.Add(-time.Duration(i)*time.Hour), "issue", "")
	}
	return d, keys
}

// waiting is a change that was not seen yet.
type waiting struct {
	title string
	at    time.Time
}

// scale is an organisation that changes while it is polled.
type scale struct {
	t    *testing.T
	d    *simulate.Dataset
	keys []string
	cl   *sleeper
	src  ingest.Source
	gate *ingest.Gate

	log     ingesttest.Log
	st      *ingest.State
	waiting map[string]waiting
	late    []time.Duration
	seen    int
}

func (s *scale) once(o ingest.Options) ingest.Report {
	s.t.Helper()
	rep, err := ingest.Once(s.t.Context(), s.src, s.st, &s.log, o)
	if err != nil || !rep.Complete() {
		s.t.Fatal(err, rep.Err())
	}
	return rep
}

// round polls, takes note of what arrived, and waits for the next poll.
func (s *scale) round(begun time.Time, o ingest.Options) {
	s.t.Helper()
	s.once(o)
	raws := s.log.Raws(s.t)
	for _, raw := range raws[s.seen:] {
		if c, ok := s.waiting[raw.Key]; ok {
			s.late = append(s.late, raw.RecordedAt.Sub(c.at))
			delete(s.waiting, raw.Key)
		}
	}
	s.seen = len(raws)
	_ = s.cl.Sleep(s.t.Context(), begun.Add(scaleEvery).Sub(s.cl.Now()))
}

// run asserts that 19 of 20 changes are seen within p95.
func (s *scale) run(p95 time.Duration) {
	s.t.Helper()
	s.st = ingest.NewState()
	o := ingest.Options{Now: s.cl.Now, Every: scaleEvery, Overlap: time.Second}
	first := s.once(o)
	s.t.Logf("first reading: %d calls", first.Usage.Requests)
	_ = s.cl.Sleep(s.t.Context(), time.Hour) // another allowance
	s.round(s.cl.Now(), o)
	begins := s.gate.Usage()
	o = ingest.Paced(o, s.src, s.st)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's choices
	s.seen = len(s.log.Raws(s.t))
	began := s.cl.Now()
	for round := range scaleRounds {
		begun := s.cl.Now()
		for range 10 { // changes, mostly where something changed lately
			n := int(float64(len(s.keys)) * r.Float64() * r.Float64() * r.Float64())
			c := waiting{fmt.Sprintf("title %d of %d", round, n), s.cl.Now().Add(-time.Duration(r.Int64N(int64(scaleEvery))))}
			if _, twice := s.waiting[s.keys[n]]; twice {
				continue
			}
			if err := s.d.Update(s.keys[n], scaleUser, c.at, simulate.Rename(c.title)); err != nil {
				s.t.Fatal(err)
			}
			s.waiting[s.keys[n]] = c
		}
		s.round(begun, o)
	}
	for range 9 { // whatever is left comes within the longest pause
		s.round(s.cl.Now(), o)
	}
	slices.Sort(s.late)
	u := s.gate.Usage()
	u.Requests, u.NotModified = u.Requests-begins.Requests, u.NotModified-begins.NotModified
	n := len(s.late)
	s.t.Logf("%d changes seen, p50 %v, p95 %v, the latest %v late; %d calls in %v, %d of them 304, %d refused", n,
		s.late[n/2].Round(time.Second), s.late[n*95/100].Round(time.Second), s.late[n-1].Round(time.Second), u.Requests, s.cl.Now().Sub(began).Round(time.Minute), u.NotModified, u.Limited)
	if u.Limited > 0 || len(s.waiting) > 0 || s.late[n-1] > 20*time.Minute || s.late[n*95/100] > p95 {
		s.t.Errorf("%d calls refused, %d changes not seen", u.Limited, len(s.waiting))
	}
}
