package jira_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

// broken refuses one issue and what is beside it.
func broken(h http.Handler, path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, path) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"errorMessages":["no"]}`))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// TestStopEverywhere stops a backfill, a sync of what changed and a census at each of their requests and writes, on
// both kinds of site. Two projects are read, and one issue, whose comments do not come with the list, cannot be.
func TestStopEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("some hundred syncs")
	}
	for name, dc := range map[string]bool{"cloud": false, "data center": true} {
		t.Run(name, func(t *testing.T) { testStops(t, dc) })
	}
}

func testStops(t *testing.T, dc bool) {
	d := simulate.Empty()
	for n, histories := range []int{45, 41, 1, 0, 0} {
		key := d.AddIssue("OPS", ana, day, "issue", "")
		for i := range histories {
			must(t, d.Update(key, ana, day.Add(time.Duration(i)*time.Second), simulate.Points("3"), simulate.Points("5")))
		}
		for range 45 * (n / 4) { // more comments than come with the issue
			must(t, d.Update(key, ana, day.Add(time.Minute), simulate.Comment("word")))
		}
	}
	d.AddIssue("PLAT", ana, day, "other", "")
	now := day.Add(240 * time.Hour)
	sim := simulate.NewJira(d, simulate.Options{DataCenter: dc, NoBulk: true, Clock: func() time.Time { return now }})
	version := "3"
	if dc {
		version = "2"
	}
	h := broken(pagesOf(2, sim), "/rest/api/"+version+"/issue/"+idOf(t, sim, "OPS-5"))
	failing := 1
	if dc { // gives everything with the list
		failing = 0
	}
	s := ingesttest.Stops{
		Handler: h, Failing: failing,
		Source: func(url string) ingest.Source {
			return source(t, jira.Options{BaseURL: url, DataCenter: dc, Projects: []string{"*"}})
		},
		Options: ingest.Options{Workers: 2, Now: func() time.Time { return now }},
		// Of one page of two in each project: the list, and each issue's changelog and comments; the account, the
		// projects, the statuses and the fields of each run, and the failure: the issue and its comments.
		Again: 2*(1+2*3) + 4 + 2,
	}
	t.Run("backfill", s.Everywhere)
	s.Before = &ingesttest.Log{}
	more := func() {
		srv := httptest.NewServer(h)
		defer srv.Close()
		if _, err := ingest.Once(t.Context(), s.Source(srv.URL), s.Before.State(t), s.Before, s.Options); err != nil {
			t.Fatal(err)
		}
	}
	more()

	now = now.Add(2 * time.Hour)
	must(t, d.Update("OPS-1", ana, now.Add(-time.Hour), simulate.Rename("another")))
	must(t, d.Update("OPS-3", ana, now.Add(-time.Hour), simulate.Status("Done")))
	d.AddIssue("OPS", ana, now.Add(-time.Hour), "new", "")
	_, err := d.Move("OPS-2", "PLAT", ana, now.Add(-time.Hour))
	must(t, err)
	t.Run("changes", s.Everywhere)
	more()

	now = now.Add(25 * time.Hour)
	must(t, d.Delete("OPS-1"))
	must(t, d.Archive("OPS-4", true))
	s.Again += 12 // the ids of the projects, in pages
	t.Run("census", s.Everywhere)
}

func idOf(t *testing.T, sim http.Handler, key string) string {
	t.Helper()
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/rest/api/2/issue/"+key, nil))
	var i struct{ ID string }
	must(t, json.Unmarshal(w.Body.Bytes(), &i))
	return i.ID
}
