package github_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

// clock is a time that passes only while somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep lets time pass. Those who sleep at once wake at once.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	until := c.Now().Add(d)
	runtime.Gosched()
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.After(c.now) {
		c.now = until
	}
	return ctx.Err()
}

func header(kv ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(kv); i += 2 {
		h.Set(kv[i], kv[i+1])
	}
	return h
}

// TestFaults answers some requests wrongly, in all the ways that pass, and asserts the end state of a sync
// without faults; no call is made while the tracker said to wait.
func TestFaults(t *testing.T) {
	d := dataset(t, small()...)
	want := &ingesttest.Log{}
	s := serve(t, d, simulate.Options{PageCap: 20})
	sync1(t, source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}}), want, ingest.Options{})
	began := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		fault simulate.Fault
		every int           // of so many requests one is answered so; 0: each when it is made for the first time
		wait  time.Duration // how long nothing may be asked then
	}{
		"429 with Retry-After":             {simulate.Fault{Status: 429, Header: header("Retry-After", "30")}, 9, 30 * time.Second},
		"429 without a word":               {simulate.Fault{Status: 429}, 9, time.Minute},
		"403 secondary limit":              {simulate.Fault{Status: 403, Body: `{"message":"You have exceeded a secondary rate limit."}`}, 9, time.Minute},
		"403 primary limit":                {simulate.Fault{Status: 403, Header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", fmt.Sprint(began.Add(20*time.Minute).Unix()))}, 1_000_000, 20 * time.Minute},
		"403 with a reset long ago":        {simulate.Fault{Status: 403, Header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1000")}, 9, time.Minute},
		"503 with Retry-After":             {simulate.Fault{Status: 503, Header: header("Retry-After", "7")}, 9, 7 * time.Second},
		"500":                              {simulate.Fault{Status: 500}, 0, 0},
		"502 with a page of HTML":          {simulate.Fault{Status: 502, Header: header("Content-Type", "text/html"), Body: "<html>"}, 0, 0},
		"200 with half of a JSON text":     {simulate.Fault{Status: 200, Header: header("Content-Type", "application/json"), Body: `[{"number":`}, 0, 0},
		"a body that breaks off":           {simulate.Fault{Keep: 1}, 0, 0},
		"a connection that ends at once":   {simulate.Fault{Hangup: true}, 0, 0},
		"200 with a page of HTML as JSON?": {simulate.Fault{Status: 200, Header: header("Content-Type", "application/json"), Body: "<html>"}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cl := &clock{now: began}
			var mu sync.Mutex
			var until time.Time
			n, faults, early := 0, 0, 0
			seen := map[string]bool{}
			fault := func(r *http.Request) *simulate.Fault {
				mu.Lock()
				defer mu.Unlock()
				n++
				now := cl.Now()
				if now.Before(until) {
					early++
				}
				first := !seen[r.URL.String()]
				seen[r.URL.String()] = true
				if c.every == 0 && !first || c.every > 0 && n != 2 && n%c.every != 0 {
					return nil
				}
				faults++
				until = now.Add(c.wait)
				return &c.fault
			}
			s := serve(t, d, simulate.Options{PageCap: 20, Clock: cl.Now, Fault: fault})
			src := source(t, github.Options{
				BaseURL: s.URL, Repositories: []string{"acme/api"},
				Gate: ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, Concurrent: 1}),
			})
			log := &ingesttest.Log{}
			rep := sync1(t, src, log, ingest.Options{Now: cl.Now})
			if err := rep.Err(); err != nil {
				t.Fatal(err)
			}
			if got := log.Last(t); !maps.Equal(got, want.Last(t)) {
				t.Errorf("ends with %v, want %v", got, want.Last(t))
			}
			if faults == 0 || early > 0 {
				t.Errorf("%d faults, %d calls while told to wait", faults, early)
			}
			// Go's own client repeats a call on a connection that turns out to be closed.
			if u := rep.Usage; c.wait > 0 && u.Limited != int64(faults) || c.wait == 0 && u.Retried != int64(faults) && !c.fault.Hangup {
				t.Errorf("%d faults, counted %+v", faults, u)
			}
		})
	}
}

// TestFailureIsKept lets one item fail for good: the others are read, it is named, and read when it heals.
func TestFailureIsKept(t *testing.T) {
	d := dataset(t, small()...)
	var broken sync.Map
	broken.Store("/repos/acme/api/issues/3/timeline", true)
	fault := func(r *http.Request) *simulate.Fault {
		if _, ok := broken.Load(r.URL.Path); ok {
			return &simulate.Fault{Status: 500}
		}
		return nil
	}
	s := serve(t, d, simulate.Options{Fault: fault})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}})
	log := &ingesttest.Log{}
	for try := 1; try <= 2; try++ {
		rep := sync1(t, src, log, ingest.Options{})
		f := log.State(t).Failures("code", "")
		if rep.Complete() || len(log.Last(t)) != 14 || len(f) != 1 || f[0].Stub.Key != "acme/api#3" || f[0].Tries != try || f[0].Project != "acme/api" {
			t.Fatalf("try %d: %d items, failures %+v", try, len(log.Last(t)), f)
		}
		if e := rep.Err().Error(); !strings.Contains(e, "acme/api#3 not read") || !strings.Contains(e, "answered 500") {
			t.Errorf("said %q", e)
		}
		if c := rep.Total(); c.Failed != 1 {
			t.Errorf("counted %+v", c)
		}
	}
	broken.Clear()
	rep := sync1(t, src, log, ingest.Options{})
	if !rep.Complete() || len(log.Last(t)) != 14 || len(log.State(t).Failures("code", "")) != 0 {
		t.Errorf("healed: %v, %d items", rep.Err(), len(log.Last(t)))
	}
}

// TestSentences checks what a person reads.
func TestSentences(t *testing.T) {
	d := dataset(t, item{number: 1}, item{repo: "acme/web", number: 2})
	host := func(s *server) string { return strings.TrimPrefix(s.URL, "http://") }
	for name, c := range map[string]struct {
		o       simulate.Options
		token   string
		repos   []string
		early   bool // the run ends with the error, rather than the project
		want    string
		written int
	}{
		"wrong token": {
			o: simulate.Options{Token: "right"}, token: "wrong-t0ken", repos: []string{"acme/api"}, early: true,
			want: `source code: issues of acme/api: HOST does not accept the token (it said "Bad credentials"): it is wrong, expired or revoked; put a valid one into the variable that token_env of source code names`,
		},
		"no token": {
			o: simulate.Options{Token: "right"}, repos: []string{"acme/*"}, early: true,
			want: `source code: repositories of acme: HOST asks for a token (it said "Bad credentials"): set token_env of source code`,
		},
		"no such repository": {
			repos:   []string{"acme/nothing", "acme/api"},
			want:    `repository acme/nothing is not found or not visible to this token: check the name under repositories of source code, and that the token may read it`,
			written: 1,
		},
		"forbidden": {
			o: simulate.Options{Fault: func(r *http.Request) *simulate.Fault {
				if strings.Contains(r.URL.Path, "acme/web") {
					return &simulate.Fault{Status: 403, Body: `{"message":"Resource not accessible by personal access token"}`}
				}
				return nil
			}}, repos: []string{"acme/web", "acme/api"},
			want:    `issues of acme/web: HOST refuses (it said "Resource not accessible by personal access token"): the token lacks a permission; it needs read access to issues, pull requests and metadata`,
			written: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, d, c.o)
			log := &ingesttest.Log{}
			src := source(t, github.Options{BaseURL: s.URL, Token: c.token, Repositories: c.repos})
			rep, err := ingest.Once(t.Context(), src, ingest.NewState(), log, ingest.Options{})
			if !c.early && err == nil {
				err = rep.Err()
			}
			if want := strings.ReplaceAll(c.want, "HOST", host(s)); err == nil || err.Error() != want {
				t.Errorf("said  %v\nwant %s", err, want)
			}
			if n := len(log.Raws(t)); n != c.written {
				t.Errorf("%d items written, want %d", n, c.written)
			}
		})
	}
}

// TestDiscovery reads the repositories that a pattern matches.
func TestDiscovery(t *testing.T) {
	d := dataset(t, item{number: 1}, item{repo: "acme/web", number: 2}, item{repo: "acme/old-site", number: 3}, item{repo: "other/api", number: 4})
	s := serve(t, d, simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/*", "acme/api"}, Exclude: []string{"acme/old-*"}})
	p, err := src.Projects(t.Context())
	if want := []ingest.Project{{Name: "acme/api"}, {Name: "acme/web"}}; err != nil || !slices.Equal(p, want) {
		t.Errorf("%v %v, want %v", p, err, want)
	}
}

// TestPattern follows an organisation: a new repository is found, an archived one is read once, one that cannot be
// seen is named and stops no other, and a round in which nothing changed costs nothing.
func TestPattern(t *testing.T) {
	d := simulate.Empty()
	add := func(repo string) string { return d.AddIssue(repo, ana, day, "issue", "") }
	api := add("acme/api")
	old := add("acme/old")
	if err := d.Archive("acme/old", true); err != nil {
		t.Fatal(err)
	}
	s := serve(t, d, simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/*", "acme/nothing", "nobody/*"}})
	log := &ingesttest.Log{}
	cl := ingesttest.At(day.Add(48 * time.Hour))
	asked := func() (lists []string, rep ingest.Report) {
		t.Helper()
		s.asked()
		rep = sync1(t, src, log, ingest.Options{Now: cl.Now})
		for _, p := range s.asked() {
			if strings.HasSuffix(p, "/issues") {
				lists = append(lists, strings.TrimSuffix(strings.TrimPrefix(p, "/repos/"), "/issues"))
			}
		}
		slices.Sort(lists)
		cl.Pass(time.Minute)
		return slices.Compact(lists), rep
	}
	lists, rep := asked()
	if !slices.Equal(lists, []string{"acme/api", "acme/nothing", "acme/old"}) || len(log.Last(t)) != 2 {
		t.Errorf("read %v, %d items", lists, len(log.Last(t)))
	}
	if e := rep.Err().Error(); !strings.Contains(e, "acme/nothing is not found") || !strings.Contains(e, "repositories of nobody: not found") {
		t.Errorf("said %q", e)
	}
	if lists, _ = asked(); !slices.Equal(lists, []string{"acme/api", "acme/nothing"}) {
		t.Errorf("read %v again", lists)
	}
	add("acme/new")
	if lists, _ = asked(); !slices.Equal(lists, []string{"acme/api", "acme/new", "acme/nothing"}) || len(log.Last(t)) != 3 {
		t.Errorf("read %v, %d items, with a new repository", lists, len(log.Last(t)))
	}
	// It is archived no longer, and changes.
	if err := errors.Join(d.Archive("acme/old", false), d.Update(old, ana, cl.Now(), simulate.Rename("b")), d.Update(api, ana, cl.Now(), simulate.Rename("c"))); err != nil {
		t.Fatal(err)
	}
	if lists, rep = asked(); !slices.Contains(lists, "acme/old") || rep.Total().Written != 2 {
		t.Errorf("read %v, %+v, after the archive was opened", lists, rep.Total())
	}
	src = source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/*"}})
	cl.Pass(time.Hour)
	for range 3 {
		_, rep = asked()
	}
	if u := rep.Usage; !rep.Complete() || u.Requests == 0 || u.NotModified != u.Requests {
		t.Errorf("an idle round: %v, %+v", rep.Err(), u)
	}
}

// TestUpdates follows an item that changes.
func TestUpdates(t *testing.T) {
	now := day.Add(240 * time.Hour)
	s := serve(t, dataset(t, small()...), simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Token: "any", Repositories: []string{"acme/api"}})
	log := &ingesttest.Log{}
	opt := ingest.Options{Now: func() time.Time { return now }}
	sync1(t, src, log, opt)

	changed := small()
	changed[2].events++
	changed[2].updated = now.Add(-time.Second)
	s.replace(dataset(t, changed...), simulate.Options{})
	for n, want := range []struct {
		step          time.Duration
		read, written int
	}{
		{0, 1, 1},                // the change
		{time.Minute, 1, 0},      // so fresh that a later change could bear the same time: read again, told before
		{20 * time.Minute, 1, 0}, // read long enough after
		{time.Minute, 0, 0},
	} {
		now = now.Add(want.step)
		rep := sync1(t, src, log, opt)
		if c := rep.Total(); c.Read != want.read || c.Written != want.written || !rep.Complete() {
			t.Errorf("poll %d: %+v, want %+v", n, c, want)
		}
	}
	s.asked()
	rep := sync1(t, src, log, opt)
	if asked := s.asked(); len(asked) != 1 || rep.Usage.NotModified != 1 {
		t.Errorf("an idle poll asked for %v and got %d answers 304", asked, rep.Usage.NotModified)
	}
	if n := len(log.Raws(t)); n != 14+4+1 { // four pull requests are written twice: as listed, and whole
		t.Errorf("%d records, want 19", n)
	}
	// A title that changed back is told again: it is another telling.
	changed[2].events--
	changed[2].updated = now.Add(-time.Second)
	s.replace(dataset(t, changed...), simulate.Options{})
	if c := sync1(t, src, log, opt).Total(); c.Written != 1 {
		t.Errorf("changed back: %+v", c)
	}
}

// TestOversize lets an item be too large for the log.
func TestOversize(t *testing.T) {
	if testing.Short() {
		t.Skip("reads and digests 16 MiB twice")
	}
	d := dataset(t, item{number: 1, body: strings.Repeat("x", event.MaxRecordBytes)}, item{number: 2})
	s := serve(t, d, simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}})
	log := &ingesttest.Log{}
	c := sync1(t, src, log, ingest.Options{}).Total()
	dead := log.Dead(t)
	if c.Oversize != 1 || c.Written != 1 || len(dead) != 1 {
		t.Fatalf("%+v, %d dead letters", c, len(dead))
	}
	if l := dead[0]; l.ItemID != "code/issue/5001" || l.Project != "acme/api" || l.Stage != "ingest" || l.SizeBytes <= event.MaxRecordBytes || len(l.Head) != 64<<10 || len(l.SHA256) != 64 {
		t.Errorf("dead letter of %s, %s, stage %s, %d bytes, %d kept, %q", l.ItemID, l.Project, l.Stage, l.SizeBytes, len(l.Head), l.SHA256)
	}
	if c := sync1(t, src, log, ingest.Options{}).Total(); c.Read != 0 || len(log.Dead(t)) != 1 {
		t.Errorf("again: %+v", c)
	}
}

// TestGone lets an item that the log has vanish while it is being read.
func TestGone(t *testing.T) {
	s := serve(t, dataset(t, item{number: 1}, item{number: 2}), simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}})
	log := &ingesttest.Log{}
	sync1(t, src, log, ingest.Options{})
	gone := func(r *http.Request) *simulate.Fault {
		if strings.HasPrefix(r.URL.Path, "/repos/acme/api/issues/1") {
			return &simulate.Fault{Status: 410, Body: `{"message":"This issue was deleted"}`}
		}
		return nil
	}
	s.replace(dataset(t, item{number: 1, updated: day.Add(99 * time.Hour)}, item{number: 2}), simulate.Options{Fault: gone})
	if rep := sync1(t, src, log, ingest.Options{}); rep.Complete() {
		t.Error("an item was listed, its timeline is gone, and nothing failed")
	}
	s.replace(dataset(t, item{number: 2}), simulate.Options{Fault: gone})
	rep := sync1(t, src, log, ingest.Options{}) // asked for by itself: gone
	raws := log.Raws(t)
	if last := raws[len(raws)-1]; len(raws) != 3 || last.Removed != "deleted" || last.ItemID != "code/issue/5001" || last.Key != "acme/api#1" {
		t.Errorf("%d records, the last %+v", len(raws), last)
	}
	if !rep.Complete() || len(log.State(t).Failures("code", "")) != 0 || rep.Total().Removed != 1 {
		t.Errorf("%v, %+v", rep.Err(), rep.Total())
	}
}
