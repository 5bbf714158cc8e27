package github_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
	"github.com/workmix/workmix/processors/normalize"
)

// calls counts what a server was asked.
type calls struct {
	mu                            sync.Mutex
	lists, graphql, timelines, by int
}

func (c *calls) ServeHTTP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		switch p := r.URL.Path; {
		case strings.HasSuffix(p, "/graphql"):
			c.graphql++
		case strings.HasSuffix(p, "/timeline"):
			c.timelines++
		case strings.HasSuffix(p, "/issues"), strings.HasSuffix(p, "/pulls"), strings.HasSuffix(p, "/issues/comments"),
			strings.HasSuffix(p, "/pulls/comments"), strings.HasSuffix(p, "/issues/events"):
			c.lists++
		default:
			c.by++
		}
		c.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// The lists of the recorded repository have 205 pages: the sum of ceil(rows/100) over 878 issues, 537 pull requests,
// 5,197 comments, 2,308 review comments and 11,316 events.
const recordedPages, recordedPulls = 205, 537

// TestRecordedRepository reads a whole real repository, by its lists first: every item, with what reading each by
// itself tells, for few calls; and then nothing more.
func TestRecordedRepository(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 878 items with 19,604 events")
	}
	d, err := simulate.LoadRecorded(recordedtest.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"with GraphQL": "any", "REST alone": ""} {
		t.Run(name, func(t *testing.T) {
			var n calls
			srv := httptest.NewServer(n.ServeHTTP(simulate.NewGitHub(d, simulate.Options{})))
			defer srv.Close()
			src := source(t, github.Options{BaseURL: srv.URL, Token: token, Repositories: d.Repositories()})
			log := &ingesttest.Log{}
			var shown calls // when the last item was shown as listed
			start := time.Now()
			rep, err := ingest.Once(t.Context(), src, ingest.NewState(), log, ingest.Options{OnItems: func(_ string, _ event.Kind, c ingest.Counts) {
				if c.Listed > 0 {
					n.mu.Lock()
					shown = calls{lists: n.lists, graphql: n.graphql, timelines: n.timelines, by: n.by}
					n.mu.Unlock()
				}
			}})
			if err != nil || !rep.Complete() {
				t.Fatal(err, rep.Err())
			}
			took := time.Since(start)
			kinds := map[event.Kind]int{}
			for _, r := range log.Raws(t) {
				kinds[r.Kind]++
			}
			issues := 341 // once: their lists tell all of them
			if token == "" {
				issues *= 2
			}
			if got := len(log.Last(t)); got != 878 || kinds[event.KindIssue] != issues || kinds[event.KindPullRequest] != 2*recordedPulls {
				t.Errorf("%d items, records %v", got, kinds)
			}
			if got := rep.Projects[0].InSource; got[event.KindIssue] != 341 || got[event.KindPullRequest] != 537 {
				t.Errorf("in the source: %v", got)
			}
			total := n.lists + n.graphql + n.timelines + n.by
			t.Logf("visible after %d calls of lists and %d of GraphQL (floor %d pages); whole after %d calls: %d timelines of %d pull requests, %d others; %v",
				shown.lists, shown.graphql, recordedPages, total, n.timelines, recordedPulls, n.by, took.Round(time.Millisecond))
			if int64(total) != rep.Usage.Requests {
				t.Errorf("%d calls, %d counted", total, rep.Usage.Requests)
			}
			most := float64(recordedPages) * 1.1
			if got := float64(shown.lists + shown.graphql); got > most || shown.timelines+shown.by > 0 {
				t.Errorf("visible after %+v, want at most %.0f of lists and GraphQL and no other", &shown, most)
			}
			if most += 1.1 * recordedPulls; token != "" && (float64(total) > most || n.by > 0) {
				t.Errorf("whole after %d calls, %d of them for single items, want at most %.0f and none", total, n.by, most)
			}
			for i := range 2 {
				rep, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{})
				if err != nil || rep.Total().Written != 0 || rep.Total().Read != 0 || rep.Usage.Requests > 1 {
					t.Errorf("sync %d again: %v, %+v, %d requests", i+2, err, rep.Total(), rep.Usage.Requests)
				}
				if i == 1 && rep.Usage.NotModified != rep.Usage.Requests {
					t.Errorf("an idle poll costs %d counted requests", rep.Usage.Requests-rep.Usage.NotModified)
				}
			}
			sameAsOneByOne(t, srv.URL, d.Repositories()[0], log)
		})
	}
}

// sameAsOneByOne reads some items each by itself and compares what normalize makes of them with what it makes of the
// backfill's last records.
func sameAsOneByOne(t *testing.T, url, project string, log *ingesttest.Log) {
	t.Helper()
	last := map[string]*event.Raw{}
	for _, r := range log.Raws(t) {
		last[r.Key] = r
	}
	src := source(t, github.Options{BaseURL: url, Repositories: []string{project}})
	n := normalize.New(normalize.Config{})
	chain := func(r *event.Raw) string {
		out, err := n.Handle(message(t, r))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, p := range out {
			if v, ok := p.(*event.Revision); ok {
				v.Observation, v.RecordedAt = "", time.Time{}
			}
			if v, ok := p.(*event.Activity); ok {
				v.RecordedAt = time.Time{}
			}
			if v, ok := p.(*event.Link); ok {
				v.RecordedAt = time.Time{}
			}
			j, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(j))
		}
		slices.Sort(lines) // revisions are numbered; the order of activities of one second means nothing
		return strings.Join(lines, "\n")
	}
	for key, r := range last {
		_, number, _ := strings.Cut(key, "#")
		if len(number) > 1 && !strings.HasSuffix(number, "7") && !strings.HasSuffix(number, "2") {
			continue // a fifth will do
		}
		it, err := src.Fetch(t.Context(), ingest.Project{Name: project}, ingest.Stub{Ref: number, Key: key, Kind: r.Kind})
		if err != nil {
			t.Fatal(err)
		}
		alone := *r
		alone.Content = it.Content
		if got, want := chain(r), chain(&alone); got != want {
			t.Errorf("%s: the backfill tells\n%s\nread by itself\n%s", key, got, want)
			return
		}
	}
}

func message(t *testing.T, r *event.Raw) *event.Message {
	t.Helper()
	m, err := event.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return &m
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
