package github_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

type object = map[string]any

// item is a made-up issue or pull request.
type item struct {
	repo    string // empty: acme/api
	number  int
	pull    bool
	title   string
	body    string
	updated time.Time
	events  int // labelled events
	reviews int // reviews in the timeline of a pull request, each with a comment on a line
}

var day = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (i item) line() object {
	user := object{"login": "ana", "id": 11, "type": "User"}
	repo := i.repo
	if repo == "" {
		repo = "acme/api"
	}
	if i.title == "" {
		i.title = fmt.Sprintf("item %d", i.number)
	}
	if i.updated.IsZero() {
		i.updated = day.Add(time.Duration(i.number) * time.Hour)
	}
	root := "https://api.github.com/repos/" + repo
	o := object{
		"number": i.number, "title": i.title, "body": i.body, "state": "open", "user": user, "labels": []any{}, "assignees": []any{},
		"created_at": stamp(day), "updated_at": stamp(i.updated), "comments": 0,
	}
	events := []any{}
	for n := range i.events {
		events = append(events, object{"id": i.number*1000 + n, "event": "labeled", "actor": user, "created_at": stamp(day.Add(time.Duration(n) * time.Second)), "label": object{"name": fmt.Sprintf("l%d", n)}})
	}
	if !i.pull {
		o["id"], o["repository_url"], o["url"] = 5000+i.number, root, fmt.Sprintf("%s/issues/%d", root, i.number)
		o["html_url"] = fmt.Sprintf("https://github.com/%s/issues/%d", repo, i.number)
		return object{"type": "issue", "issue": o, "events": events}
	}
	comments := []any{}
	for n := range i.reviews {
		events = append(events, object{"id": i.number*1000 + 500 + n, "event": "reviewed", "user": user, "state": "commented", "submitted_at": stamp(day.Add(time.Hour))})
		comments = append(comments, object{"id": i.number*1000 + 700 + n, "user": user, "body": "why?", "created_at": stamp(day.Add(time.Hour)), "updated_at": stamp(day.Add(time.Hour)), "pull_request_url": fmt.Sprintf("%s/pulls/%d", root, i.number), "pull_request_review_id": i.number*1000 + 500 + n})
	}
	o["id"], o["url"] = 8000+i.number, fmt.Sprintf("%s/pulls/%d", root, i.number)
	o["html_url"] = fmt.Sprintf("https://github.com/%s/pull/%d", repo, i.number)
	o["additions"], o["deletions"], o["changed_files"], o["commits"], o["review_comments"], o["draft"] = 3, 1, 2, 1, i.reviews, false
	r := object{"full_name": repo, "name": repo, "owner": object{"login": "acme", "id": 1}}
	o["base"], o["head"] = object{"ref": "main", "sha": "a1", "repo": r}, object{"ref": "topic", "sha": "b2", "repo": r}
	return object{"type": "pull", "pull": o, "events": events, "comments": comments}
}

// dataset makes a simulated tracker's data of items.
func dataset(t *testing.T, items ...item) *simulate.Dataset {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "github", "made-up")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "items.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	for _, i := range items {
		b, err := json.Marshal(i.line())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = z.Write(append(b, '\n'))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := simulate.LoadRecorded(filepath.Dir(filepath.Dir(dir)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// small is a repository with what is hard about lists: seven updates in one second, a long timeline, a long list
// of reviews.
func small() []item {
	all := []item{
		{number: 1, events: 3},
		{number: 2, pull: true, reviews: 1},
		{number: 3, events: 130},
		{number: 4, pull: true},
		{number: 5, pull: true, reviews: 101},
	}
	for n := 6; n < 13; n++ {
		all = append(all, item{number: n, updated: day.Add(6 * time.Hour)})
	}
	return append(all, item{number: 13}, item{number: 14, pull: true, events: 1})
}

// server serves a dataset that can be replaced.
type server struct {
	URL string
	mu  sync.Mutex
	h   http.Handler
	log []string // paths asked for
}

func serve(t *testing.T, d *simulate.Dataset, o simulate.Options) *server {
	t.Helper()
	s := &server{}
	s.replace(d, o)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.log = append(s.log, r.URL.Path)
		h := s.h
		s.mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

func (s *server) replace(d *simulate.Dataset, o simulate.Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.h = simulate.NewGitHub(d, o)
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.log
	s.log = nil
	return out
}

func sync1(t *testing.T, src ingest.Source, log *ingesttest.Log, o ingest.Options) ingest.Report {
	t.Helper()
	rep, err := ingest.Once(t.Context(), src, log.State(t), log, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// TestLists reads lists of every shape: each item once, with all of its history.
func TestLists(t *testing.T) {
	d := dataset(t, small()...)
	for name, o := range map[string]simulate.Options{
		"one page":      {},
		"pages of five": {PageCap: 5},
		"pages of two":  {PageCap: 2},
		"token":         {Token: "s3cret"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, d, o)
			src := source(t, github.Options{BaseURL: s.URL + "/api/v3", Token: "s3cret", Repositories: []string{"acme/api"}})
			log := &ingesttest.Log{}
			rep := sync1(t, src, log, ingest.Options{})
			if err := rep.Err(); err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, r := range log.Raws(t) {
				var c struct{ Timeline, Comments []object }
				if err := json.Unmarshal(r.Content, &c); err != nil {
					t.Fatal(err)
				}
				got[r.ItemID] = 1 + len(c.Timeline) + 1_000_000*len(c.Comments) // the last record is the whole item
			}
			want := map[string]int{}
			for _, i := range small() {
				id := fmt.Sprintf("code/issue/%d", 5000+i.number)
				if i.pull {
					id = fmt.Sprintf("code/pull_request/%d", 8000+i.number)
				}
				want[id] = 1 + i.events + i.reviews + 1_000_000*i.reviews
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			if n := rep.Projects[0].InSource; n["issue"] != 10 || n["pull_request"] != 4 {
				t.Errorf("in the source: %v", n)
			}
			if again := sync1(t, src, log, ingest.Options{}); again.Total().Read != 0 {
				t.Errorf("a second sync read %d items", again.Total().Read)
			}
		})
	}
}

// TestLongLists reads lists that the tracker does not give by page number to their end, with more updates in one
// second than it would give by number at all.
func TestLongLists(t *testing.T) {
	var items []item
	for n := 1; n <= 40; n++ {
		i := item{number: n}
		if n > 10 && n <= 30 {
			i.updated = day.Add(100 * time.Hour)
		}
		items = append(items, i)
	}
	d := dataset(t, items...)
	for name, o := range map[string]simulate.Options{
		"cursors":      {PageCap: 3, PageLimit: 6},
		"cursors only": {PageCap: 2, PageLimit: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, d, o)
			log := &ingesttest.Log{}
			rep := sync1(t, source(t, github.Options{BaseURL: s.URL, Token: "any", Repositories: []string{"acme/api"}}), log, ingest.Options{})
			if err := rep.Err(); err != nil || len(log.Last(t)) != 40 || len(log.Raws(t)) != 40 || rep.Projects[0].InSource["issue"] != 40 {
				t.Errorf("%v: %d items in %d records, %v in the source", err, len(log.Last(t)), len(log.Raws(t)), rep.Projects[0].InSource)
			}
		})
	}
}

// TestResume shows that a backfill that was stopped writes nothing twice, but for what the log took and did not
// acknowledge.
func TestResume(t *testing.T) {
	var items []item
	for n := 1; n <= 260; n++ {
		items = append(items, item{number: n, pull: n%4 == 0})
	}
	d := dataset(t, items...)
	s := serve(t, d, simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Token: "any", Repositories: []string{"acme/api"}})
	for _, at := range []int{5, 7, 9, 11} { // between the three writes of items as listed, and among those of whole ones
		log := &ingesttest.Log{Fail: func(n int) (bool, bool) { return n <= at, n > at }}
		if _, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{}); err == nil {
			t.Fatal("the log failed and the run did not")
		}
		log.Fail = nil
		before := len(log.Raws(t))
		rep := sync1(t, src, log, ingest.Options{})
		c := rep.Total()
		if before < 100 || len(log.Raws(t)) > 260+65+100 || len(log.Raws(t)) != before+c.Listed+c.Written || !rep.Complete() {
			t.Errorf("stopped at write %d: %d records before, then %+v, in the end %d", at, before, c, len(log.Raws(t)))
		}
	}
}
