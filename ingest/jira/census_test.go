package jira_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

// census is a project of eight issues, another of two and a third that is not read, and what is known of them.
type census struct {
	t     *testing.T
	d     *simulate.Dataset
	clock *ingesttest.Clock
	log   *ingesttest.Log
	src   ingest.Source
	asked *counting
}

func newCensus(t *testing.T, o jira.Options) *census {
	t.Helper()
	d := simulate.Empty()
	for n := range 8 {
		d.AddIssue("OPS", ana, day.Add(time.Duration(n)*time.Minute), "issue", "")
	}
	d.AddIssue("PLAT", ana, day, "other", "")
	d.AddIssue("PLAT", ana, day, "another", "")
	h := &counting{h: simulate.NewJira(d, simulate.Options{DataCenter: o.DataCenter, PageCap: 3})}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	if o.BaseURL = srv.URL; o.Projects == nil {
		o.Projects = []string{"OPS", "PLAT"}
	}
	c := &census{t: t, d: d, clock: ingesttest.At(day.Add(240 * time.Hour)), log: &ingesttest.Log{}, src: source(t, o), asked: h}
	c.sync(0)
	c.sync(20 * time.Minute)
	if n := len(c.log.Raws(t)); n != 10 {
		t.Fatalf("%d records of ten issues", n)
	}
	return c
}

// sync lets time pass and makes a run of a process that knows what the log knows.
func (c *census) sync(after time.Duration) ingest.Report {
	c.t.Helper()
	c.clock.Pass(after)
	rep, err := ingest.Once(c.t.Context(), c.src, c.log.State(c.t), c.log, ingest.Options{Now: c.clock.Now})
	if err != nil {
		c.t.Fatal(err)
	}
	return rep
}

// want compares what the log says is gone, once and after other censuses.
func (c *census) want(removed map[string]string) {
	c.t.Helper()
	if got := c.log.Removed(c.t); !maps.Equal(got, removed) {
		c.t.Fatalf("gone: %v, want %v", got, removed)
	}
	n := len(c.log.Raws(c.t))
	c.sync(25 * time.Hour)
	c.sync(200 * time.Hour)
	if more := c.log.Raws(c.t)[n:]; len(more) > 0 {
		c.t.Errorf("the next census says %d things again, the first of %s: %q", len(more), more[0].Key, more[0].Removed)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const later = 25 * time.Hour

func TestRemovals(t *testing.T) {
	for deployment, dc := range map[string]bool{"cloud": false, "data center": true} {
		t.Run(deployment, func(t *testing.T) { testRemovals(t, jira.Options{DataCenter: dc}) })
	}
}

func testRemovals(t *testing.T, o jira.Options) {
	t.Run("deleted", func(t *testing.T) {
		c := newCensus(t, o)
		must(t, c.d.Delete("OPS-1"))
		c.sync(time.Hour) // no census yet
		if got := c.log.Removed(t); len(got) > 0 {
			t.Errorf("gone before the census: %v", got)
		}
		if rep := c.sync(later); rep.Total().Removed != 1 || !rep.Complete() {
			t.Errorf("%+v, %v", rep.Total(), rep.Err())
		}
		c.want(map[string]string{"OPS-1": "deleted"})
	})
	t.Run("hidden, and back", func(t *testing.T) {
		c := newCensus(t, o)
		must(t, c.d.Hide("OPS-4"))
		c.sync(later)
		c.want(map[string]string{"OPS-4": "deleted"}) // Jira does not tell it from one that is
		must(t, c.d.Show("OPS-4"))
		c.sync(later)
		c.want(map[string]string{"OPS-4": "returned"})
	})
	t.Run("archived, and back", func(t *testing.T) {
		c := newCensus(t, o)
		must(t, c.d.Archive("OPS-4", true))
		c.sync(later)
		c.want(map[string]string{"OPS-4": "archived"})
		must(t, c.d.Archive("OPS-4", false))
		c.sync(later)
		c.want(map[string]string{"OPS-4": "returned"})
	})
	t.Run("moved to a project that is read", func(t *testing.T) {
		c := newCensus(t, o)
		now, err := c.d.Move("OPS-2", "PLAT", ana, day.Add(250*time.Hour))
		must(t, err)
		c.sync(later)
		raws := c.log.Raws(t)
		id := raws[slices.IndexFunc(raws, func(r *event.Raw) bool { return r.Key == "OPS-2" })].ItemID
		if r := raws[len(raws)-1]; r.Key != now || r.Project != "PLAT" || r.Removed != "" || r.ItemID != id {
			t.Errorf("the last record is of %s in %s, %q, %s, want %s", r.Key, r.Project, r.Removed, r.ItemID, id)
		}
		c.want(map[string]string{})
	})
	t.Run("moved to a project that is not", func(t *testing.T) {
		c := newCensus(t, o)
		_, err := c.d.Move("OPS-2", "ELSE", ana, day.Add(250*time.Hour))
		must(t, err)
		c.sync(later)
		c.want(map[string]string{"OPS-2": "moved"})
		_, err = c.d.Move("ELSE-1", "OPS", ana, day.Add(900*time.Hour))
		must(t, err)
		c.sync(time.Minute)
		c.want(map[string]string{"OPS-9": "returned"})
	})
	t.Run("more than half", func(t *testing.T) {
		c := newCensus(t, o)
		want := map[string]string{}
		for _, k := range []string{"OPS-1", "OPS-2", "OPS-3", "OPS-4", "OPS-8"} {
			must(t, c.d.Delete(k))
			want[k] = "unobserved"
		}
		rep := c.sync(later)
		if w := rep.Projects[0].Warnings; len(w) != 1 || !strings.Contains(w[0], "5 of 8 items were no longer listed at once") {
			t.Errorf("the warning is %q", w)
		}
		c.want(want)
	})
	for name, projects := range map[string][]string{"project out of sight": nil, "discovered project out of sight": {"*"}} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Projects = projects
			c := newCensus(t, o)
			must(t, c.d.Hide("OPS"))
			c.sync(time.Hour)
			if got := c.log.Removed(t); len(got) > 0 {
				t.Errorf("after an hour these count as gone: %v", got)
			}
			rep := c.sync(later)
			warned := 0
			for _, p := range rep.Projects {
				warned += len(p.Warnings)
			}
			if warned != 1 {
				t.Errorf("%d warnings", warned)
			}
			want := map[string]string{}
			for _, k := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
				want["OPS-"+k] = "unobserved"
			}
			c.want(want)
			must(t, c.d.Show("OPS"))
			c.sync(2 * time.Hour)
			for k := range want {
				want[k] = "returned"
			}
			c.want(want)
		})
	}
}

// TestOfAHiddenProject reads an issue whose project is out of sight: it is not taken for deleted.
func TestOfAHiddenProject(t *testing.T) {
	c := newCensus(t, jira.Options{})
	must(t, c.d.Hide("OPS"))
	_, err := c.src.Fetch(t.Context(), ingest.Project{Name: "OPS"}, ingest.Stub{Ref: "10001", Key: "OPS-1"})
	if !errors.As(err, &ingest.NotVisible{}) || errors.As(err, &ingest.ErrGone{}) {
		t.Errorf("an issue of a hidden project: %v", err)
	}
}

// TestOfAHiddenIssue: an issue that is not found is deleted, or out of sight where the project has levels of security; a
// tracker that does not say is no tracker that says no.
func TestOfAHiddenIssue(t *testing.T) {
	d := simulate.Empty()
	d.AddIssue("OPS", &simulate.User{Name: "Ana", AccountID: "5b10"}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), "one", "")
	for answer, want := range map[string]string{
		`200 {"levels": []}`: "deleted", `404 {}`: "deleted", `403 {}`: "deleted",
		`200 {"levels": [{"id": "100000", "name": "Staff only"}]}`: "access_lost", `400 {}`: "",
	} {
		real := simulate.NewJira(d, simulate.Options{})
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/project/OPS/securitylevel") {
				var status int
				var body string
				fmt.Sscanf(answer, "%d", &status)
				_, body, _ = strings.Cut(answer, " ")
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				fmt.Fprint(w, body)
				return
			}
			real.ServeHTTP(w, r)
		}))
		tr := &http.Transport{}
		src, err := jira.New(jira.Options{Name: "tracker", BaseURL: srv.URL, Projects: []string{"OPS"}, Base: tr, Pause: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		_, err = src.Fetch(t.Context(), ingest.Project{Name: "OPS"}, ingest.Stub{Ref: "99999", Key: "OPS-99"})
		var gone ingest.ErrGone
		if got := errors.As(err, &gone); got != (want != "") || gone.Cause != want {
			t.Errorf("%s: %v, want %q", answer, err, want)
		}
		tr.CloseIdleConnections()
		srv.Close()
	}
}
