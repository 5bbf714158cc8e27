package github_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestRecordedRepository reads a whole real repository: every item once, with its complete timeline, and then
// nothing more.
func TestRecordedRepository(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 878 items with 19,604 events")
	}
	d, err := simulate.LoadRecorded(recordedtest.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(simulate.NewGitHub(d, simulate.Options{}))
	defer srv.Close()
	src := source(t, github.Options{BaseURL: srv.URL, Repositories: d.Repositories()})
	log := &ingesttest.Log{}
	st := ingest.NewState()
	start := time.Now()
	rep, err := ingest.Once(t.Context(), src, st, log, ingest.Options{})
	if err != nil || !rep.Complete() {
		t.Fatal(err, rep.Err())
	}
	kinds := map[event.Kind]int{}
	for _, r := range log.Raws(t) {
		kinds[r.Kind]++
	}
	if n := len(log.Last(t)); n != 878 || kinds[event.KindIssue] != 341 || kinds[event.KindPullRequest] != 537 || len(log.Raws(t)) != 878 {
		t.Errorf("%d items, records %v, want each of 341 issues and 537 pull requests once", n, kinds)
	}
	if got := rep.Projects[0].InSource; got[event.KindIssue] != 341 || got[event.KindPullRequest] != 537 {
		t.Errorf("in the source: %v", got)
	}
	t.Logf("%d requests for 878 items in %v", rep.Usage.Requests, time.Since(start).Round(time.Millisecond))
	for i, most := range []int64{1, 1} {
		rep, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{})
		if err != nil || rep.Total().Written != 0 || rep.Total().Read != 0 || rep.Usage.Requests > most {
			t.Errorf("sync %d again: %v, %+v, %d requests", i+2, err, rep.Total(), rep.Usage.Requests)
		}
		if i == 1 && rep.Usage.NotModified != rep.Usage.Requests {
			t.Errorf("an idle poll costs %d counted requests", rep.Usage.Requests-rep.Usage.NotModified)
		}
	}
}

func source(t *testing.T, o github.Options) *github.Source {
	t.Helper()
	if o.Name == "" {
		o.Name = "code"
	}
	o.Pause = time.Millisecond
	if o.Base == nil {
		tr := http.DefaultTransport.(*http.Transport).Clone()
		t.Cleanup(tr.CloseIdleConnections)
		o.Base = tr
	}
	s, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
