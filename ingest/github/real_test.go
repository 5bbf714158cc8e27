package github_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
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
			strings.HasSuffix(p, "/pulls/comments"), strings.HasSuffix(p, "/issues/events"), strings.HasSuffix(p, "/teams"):
			c.lists++
		default:
			c.by++
		}
		c.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// bound is what a first reading may cost, by the issue's own formula: pages is the sum of ceil(rows/100) over the
// repository-wide lists.
type bound struct{ pages, pulls int }

func (b bound) visible() float64 { return 1.1 * float64(b.pages) }
func (b bound) whole() float64   { return b.visible() + 1.1*float64(b.pulls) }

// boundOf asks a server how many rows each list of a repository has: the number of the last of pages of one.
func boundOf(tb testing.TB, h http.Handler, repository string) bound {
	tb.Helper()
	last := regexp.MustCompile(`[?&]page=(\d+)[^>]*>; rel="last"`)
	rows := func(list string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/repos/"+repository+"/"+list+"?state=all&per_page=1", nil))
		m := last.FindStringSubmatch(w.Header().Get("Link"))
		if w.Code != http.StatusOK || m == nil {
			tb.Fatalf("%s: %d, %s", list, w.Code, w.Header().Get("Link"))
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			tb.Fatal(err)
		}
		return n
	}
	b := bound{pulls: rows("pulls")}
	for _, list := range []string{"issues", "pulls", "issues/comments", "pulls/comments", "issues/events"} {
		b.pages += (rows(list) + 99) / 100
	}
	return b
}

// first is a first reading of a whole repository.
type first struct {
	url      string
	src      *github.Source
	log      *ingesttest.Log
	rep      ingest.Report
	n, shown calls // in all, and when the last item was shown as listed
	most     bound
}

func backfill(tb testing.TB, d *simulate.Dataset, token string) *first {
	tb.Helper()
	b := &first{log: &ingesttest.Log{}}
	sim := simulate.NewGitHub(d, simulate.Options{})
	b.most = boundOf(tb, sim, d.Repositories()[0])
	srv := httptest.NewServer(b.n.ServeHTTP(sim))
	tb.Cleanup(srv.Close)
	b.url, b.src = srv.URL, source(tb, github.Options{BaseURL: srv.URL, Token: token, Repositories: d.Repositories()})
	var err error
	b.rep, err = ingest.Once(tb.Context(), b.src, ingest.NewState(), b.log, ingest.Options{OnItems: func(_ string, _ event.Kind, c ingest.Counts) {
		if c.Listed > 0 {
			b.n.mu.Lock()
			b.shown.lists, b.shown.graphql, b.shown.timelines, b.shown.by = b.n.lists, b.n.graphql, b.n.timelines, b.n.by
			b.n.mu.Unlock()
		}
	}})
	if err != nil || !b.rep.Complete() {
		tb.Fatal(err, b.rep.Err())
	}
	return b
}

// BenchmarkRatioBackfill counts the calls of a first reading, every one of them, in two figures: until all that
// the lists give is written (as a ratio to the pages of those lists), and until everything is.
func BenchmarkRatioBackfill(b *testing.B) {
	d, err := simulate.LoadRecorded(recordedtest.Path(b))
	if err != nil {
		b.Fatal(err)
	}
	for name, token := range map[string]string{"with-GraphQL": "any", "REST-alone": ""} {
		b.Run(name, func(b *testing.B) {
			f := backfill(b, d, token)
			visible := f.shown.lists + f.shown.graphql
			whole := f.n.lists + f.n.graphql + f.n.timelines + f.n.by
			b.ReportMetric(0, "ns/op") // the server is in the same process
			b.ReportMetric(float64(visible), "calls-until-visible")
			b.ReportMetric(float64(visible)/float64(f.most.pages), "of-the-pages")
			b.ReportMetric(float64(whole), "calls-until-whole")
			b.ReportMetric(float64(f.n.timelines)/float64(f.most.pulls), "timelines/pull-request")
			b.ReportMetric(float64(f.n.by), "calls-for-sizes-and-authors")
			b.ReportMetric(f.most.visible(), "most-until-visible")
			b.ReportMetric(f.most.whole(), "most-until-whole")
		})
	}
}

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
			b := backfill(t, d, token)
			src, log, rep, n, shown := b.src, b.log, b.rep, &b.n, &b.shown
			kinds := map[event.Kind]int{}
			for _, r := range log.Raws(t) {
				kinds[r.Kind]++
			}
			issues := 341 // once: their lists tell all of them
			if token == "" {
				issues *= 2
			}
			if got := len(log.Last(t)); got != 878 || kinds[event.KindIssue] != issues || kinds[event.KindPullRequest] != 2*b.most.pulls {
				t.Errorf("%d items, records %v", got, kinds)
			}
			if got := rep.Projects[0].InSource; got[event.KindIssue] != 341 || got[event.KindPullRequest] != 537 {
				t.Errorf("in the source: %v", got)
			}
			total := n.lists + n.graphql + n.timelines + n.by
			t.Logf("visible after %d calls of lists and %d of GraphQL (floor %d pages); whole after %d calls: %d timelines of %d pull requests, %d others; %v",
				shown.lists, shown.graphql, b.most.pages, total, n.timelines, b.most.pulls, n.by, rep.Took.Round(time.Millisecond))
			if int64(total) != rep.Usage.Requests {
				t.Errorf("%d calls, %d counted", total, rep.Usage.Requests)
			}
			most := b.most.visible()
			if got := float64(shown.lists + shown.graphql); got > most || shown.timelines+shown.by > 0 {
				t.Errorf("visible after %d, want at most %.0f, all of lists and GraphQL", shown.lists+shown.graphql+shown.timelines+shown.by, most)
			}
			// One pull request has 250 commits, some under addresses that the first twenty of none tell: a list of three pages.
			if most = b.most.whole(); token != "" && (float64(total) > most || n.by > 3) {
				t.Errorf("whole after %d calls, %d of them for single items, want at most %.0f and 3", total, n.by, most)
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
			sameAsOneByOne(t, b.url, d.Repositories()[0], log)
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

func source(t testing.TB, o github.Options) *github.Source {
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
