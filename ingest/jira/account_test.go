package jira_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

// polled is a site that is polled.
type polled struct {
	t   *testing.T
	d   *simulate.Dataset
	cl  *ingesttest.Clock
	h   *counting
	log *ingesttest.Log
	o   jira.Options
}

// poll makes a run after a time and returns the requests that it took.
func (p *polled) poll(src ingest.Source, after time.Duration, written int) int64 {
	p.t.Helper()
	p.cl.Pass(after)
	rep := sync1(p.t, src, p.log, ingest.Options{Now: p.cl.Now})
	if n := rep.Total().Written; n != written {
		p.t.Errorf("%d written, want %d", n, written)
	}
	return rep.Usage.Requests
}

// site serves three projects of a Jira that names the account in its answers, through wrap.
func site(t *testing.T, dc bool, wrap func(http.Handler) http.Handler) *polled {
	t.Helper()
	p := &polled{t: t, d: simulate.Empty(), cl: ingesttest.At(day.Add(240 * time.Hour)), log: &ingesttest.Log{}}
	for _, k := range []string{"AB", "CD", "OPS"} {
		p.d.AddIssue(k, ana, day, "issue", "")
	}
	h := simulate.NewJira(p.d, simulate.Options{DataCenter: dc, Clock: p.cl.Now, Token: "secret"})
	if wrap != nil {
		h = wrap(h)
	}
	p.h = &counting{h: h}
	srv := httptest.NewServer(p.h)
	t.Cleanup(srv.Close)
	p.o = jira.Options{BaseURL: srv.URL, DataCenter: dc, Projects: []string{"*"}, Token: "secret"}
	return p
}

// TestAccountOnceAnHour polls: a quiet site costs one request, also a process that starts anew does not ask what another
// knew, and after an hour both is asked again. A new project is read in the run after the search that tells of one of its
// issues, which follows at once; one without issues within the hour.
func TestAccountOnceAnHour(t *testing.T) {
	for deployment, dc := range map[string]bool{"cloud": false, "data center": true} {
		t.Run(deployment, func(t *testing.T) {
			p := site(t, dc, nil)
			src := source(t, p.o)
			p.poll(src, 0, 3)
			first := p.h.asked("/myself")
			for range 3 {
				if n := p.poll(src, 10*time.Minute, 0); n != 1 {
					t.Errorf("an idle poll takes %d requests", n)
				}
			}
			src = source(t, p.o)
			if n := p.poll(src, 10*time.Minute, 0); n != 3 || p.h.asked("/myself") != first {
				t.Errorf("a new process takes %d requests for three projects, and asked who it is %d times", n, p.h.asked("/myself")-first)
			}
			if n := p.poll(src, 10*time.Minute, 0); n != 1 {
				t.Errorf("an idle poll of it takes %d requests", n)
			}
			if n := p.poll(src, 11*time.Minute, 0); n < 3 || p.h.asked("/myself") != first+1 {
				t.Errorf("after an hour: %d requests, asked who it is %d times", n, p.h.asked("/myself")-first)
			}
			p.poll(src, time.Minute, 0)
			if kept := p.log.Bytes(); strings.Contains(kept, "workmix-reader") || strings.Contains(kept, `"reader"`) {
				t.Error("the log tells who workmix logs in as")
			}

			p.d.AddIssue("NEW", ana, p.cl.Now(), "the first of its project", "")
			p.poll(src, 2*time.Minute, 0)
			if !src.Undiscovered() {
				t.Error("a search told of a new project and nobody is to look for it")
			}
			p.poll(src, 0, 1)
			if src.Undiscovered() || p.h.asked("/myself") != first+2 {
				t.Errorf("it is still to be looked for, or was not: asked %d times", p.h.asked("/myself")-first)
			}
			for range 3 { // until its issue is older than lists may be late
				p.poll(src, 7*time.Minute, 0)
			}
			if n := p.poll(src, 2*time.Minute, 0); n != 1 {
				t.Errorf("an idle poll takes %d requests beside the new project", n)
			}
		})
	}
}

// TestProjectThatIsNotListed has issues in a project that the list of projects leaves out: it is looked for once an hour and
// does not make each poll dearer.
func TestProjectThatIsNotListed(t *testing.T) {
	p := site(t, false, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/project/search") {
				h.ServeHTTP(w, r)
				return
			}
			r.Header.Del("Accept-Encoding")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.Header().Del("Content-Length")
			fmt.Fprint(w, strings.ReplaceAll(rec.Body.String(), `"key":"CD"`, `"key":"AB"`))
		})
	})
	src := source(t, p.o)
	p.poll(src, 0, 2)
	must(t, p.d.Update("CD-1", ana, p.cl.Now(), simulate.Rename("seen by searches")))
	p.poll(src, 2*time.Minute, 0)
	p.poll(src, 0, 0)
	p.poll(src, 2*time.Minute, 0)
	before := p.h.asked("/myself")
	for range 5 {
		if n := p.poll(src, 2*time.Minute, 0); n != 1 || src.Undiscovered() {
			t.Errorf("a poll takes %d requests", n)
		}
	}
	if n := p.h.asked("/myself"); n != before {
		t.Errorf("asked %d times more", n-before)
	}
}

// TestNoLongerLetIn answers searches as it answers anybody, with nothing: that is not taken for quiet, and what changed
// meanwhile arrives when the token is taken again.
func TestNoLongerLetIn(t *testing.T) {
	var out atomic.Bool
	p := site(t, false, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !out.Load():
				h.ServeHTTP(w, r)
			case strings.HasSuffix(r.URL.Path, "/myself"):
				w.WriteHeader(http.StatusUnauthorized)
			default:
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"issues":[],"isLast":true}`)
			}
		})
	})
	src := source(t, p.o)
	p.poll(src, 0, 3)
	p.poll(src, 30*time.Minute, 0)
	out.Store(true)
	must(t, p.d.Update("OPS-1", ana, p.cl.Now(), simulate.Rename("while it was out")))
	for range 4 {
		p.cl.Pass(20 * time.Minute)
		if _, err := ingest.Once(t.Context(), src, p.log.State(t), p.log, ingest.Options{Now: p.cl.Now}); err == nil || !strings.Contains(err.Error(), "does not accept the token") {
			t.Fatalf("out: %v", err)
		}
	}
	out.Store(false)
	p.poll(src, time.Minute, 1)
}

// TestAnswersThatNameNobody has a server that names the account in one of its answers alone, or in none: each run asks.
func TestAnswersThatNameNobody(t *testing.T) {
	for name, anywhere := range map[string]bool{"nowhere": false, "with the account": true} {
		t.Run(name, func(t *testing.T) {
			p := site(t, false, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !anywhere || !strings.HasSuffix(r.URL.Path, "/myself") {
						w = &nameless{w}
					}
					h.ServeHTTP(w, r)
				})
			})
			src := source(t, p.o)
			p.poll(src, 0, 3)
			p.poll(src, 2*time.Minute, 0)
			before := p.h.asked("/myself")
			must(t, p.d.Update("OPS-1", ana, p.cl.Now(), simulate.Rename("new")))
			p.poll(src, 2*time.Minute, 1)
			if n := p.h.asked("/myself"); n != before+1 {
				t.Errorf("asked %d times in a run", n-before)
			}
		})
	}
}

type nameless struct{ http.ResponseWriter }

func (w *nameless) WriteHeader(status int) {
	w.Header().Del("X-Aaccountid")
	w.ResponseWriter.WriteHeader(status)
}

func (w *nameless) Write(b []byte) (int, error) {
	w.Header().Del("X-Aaccountid")
	return w.ResponseWriter.Write(b)
}

// TestZoneMoves gives the account another time zone, in which dates of queries name later hours than were meant: what was
// missed until that is noticed is read then.
func TestZoneMoves(t *testing.T) {
	var moved atomic.Pointer[http.Handler]
	p := site(t, false, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if m := moved.Load(); m != nil {
				(*m).ServeHTTP(w, r)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	src := source(t, p.o)
	p.poll(src, 0, 3)
	for n := range 26 { // two hours and ten minutes
		written := 0
		switch n {
		case 4: // so that the cursor moves in the middle of an hour
			must(t, p.d.Update("OPS-1", ana, p.cl.Now(), simulate.Rename("before")))
			written = 1
		case 13:
			h := simulate.NewJira(p.d, simulate.Options{Clock: p.cl.Now, Token: "secret", TimeZone: mustZone(t, "America/St_Johns")})
			moved.Store(&h)
			must(t, p.d.Update("OPS-1", ana, p.cl.Now(), simulate.Rename("in another zone")))
		case 23: // two hours after the first reading
			written = 1
		}
		p.poll(src, 5*time.Minute, written)
	}
	if n := len(p.log.Raws(t)); n != 5 {
		t.Errorf("%d records, want 5", n)
	}
}

// TestMemoryOfBefore reads what a version before kept: statuses alone, by id.
func TestMemoryOfBefore(t *testing.T) {
	p := site(t, false, nil)
	must(t, p.d.Update("OPS-1", ana, day.Add(time.Hour), simulate.Status("In Review")))
	m, err := event.Encode(&event.Progress{
		Source: "tracker", Kind: "memory", RecordedAt: day,
		Value: []byte(`{"10002":{"name":"In Review","seen":[{"category":"new","at":"2026-01-01T00:00:00Z"}]}}`),
	})
	must(t, err)
	must(t, p.log.Write(t.Context(), m))
	p.poll(source(t, p.o), 0, 3)
	found := false
	for _, r := range p.log.Raws(t) {
		found = found || strings.Contains(string(r.Content), `"earlier":[{"category":"new","until":"`)
	}
	if !found {
		t.Error("what was known of a status is forgotten")
	}
}
