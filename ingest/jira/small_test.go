package jira_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

var (
	day = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	ana = &simulate.User{Name: "Ana", Login: "ana", ID: 11, AccountID: "5b10"}
)

// small makes a site with long changelogs and comments. OPS-1 has 95 histories and 45 comments, OPS-2 has 40,
// OPS-3 has 41, and so on down to OPS-9; PLAT-1 is another project's.
func small(t *testing.T) *simulate.Dataset {
	t.Helper()
	d := simulate.Empty()
	edit := func(key string, n int, e func(int) simulate.Edit) {
		for i := range n {
			if err := d.Update(key, ana, day.Add(time.Duration(i)*time.Second), e(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	points := func(i int) simulate.Edit { return simulate.Points(fmt.Sprint(i + 1)) }
	for n, histories := range []int{95, 40, 41, 3, 0, 0, 0, 0, 0} {
		key := d.AddIssue("OPS", ana, day.Add(-time.Hour), fmt.Sprintf("issue %d", n+1), "")
		edit(key, histories, points)
	}
	edit("OPS-1", 45, func(i int) simulate.Edit { return simulate.Comment(fmt.Sprint("word ", i)) })
	d.AddIssue("PLAT", ana, day, "other", "")
	return d
}

type content struct {
	Issue struct {
		ID, Key, Self string
		Fields        struct {
			Comment struct{ Comments []any }
		}
		Changelog struct {
			Histories []struct{ ID, Created string }
		}
	}
	Meta struct {
		Statuses map[string]struct{ Name, Category string }
		Fields   map[string][]string
		Browse   string
	}
}

func sync1(t *testing.T, src ingest.Source, log *ingesttest.Log, o ingest.Options) ingest.Report {
	t.Helper()
	rep, err := ingest.Once(t.Context(), src, log.State(t), log, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := rep.Err(); err != nil {
		t.Fatal(err)
	}
	return rep
}

// counting counts requests and keeps their paths.
type counting struct {
	h     http.Handler
	mu    sync.Mutex
	paths []string
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.paths = append(c.paths, r.Method+" "+r.URL.String())
	c.mu.Unlock()
	c.h.ServeHTTP(w, r)
}

func (c *counting) asked(part string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.paths {
		if strings.Contains(p, part) {
			n++
		}
	}
	return n
}

// TestWhole reads every kind of site: each issue once, with all of its changelog and comments, and its meta.
func TestWhole(t *testing.T) {
	d := small(t)
	want := map[string]int{"OPS-1": 95, "OPS-2": 40, "OPS-3": 41, "OPS-4": 3, "OPS-5": 0, "OPS-6": 0, "OPS-7": 0, "OPS-8": 0, "OPS-9": 0, "PLAT-1": 0}
	for name, c := range map[string]struct {
		o    simulate.Options
		bulk int // requests of the bulk fetch
		logs int // requests for one changelog
	}{
		"cloud":                {o: simulate.Options{}, bulk: 1},
		"pages of two":         {o: simulate.Options{PageCap: 2}, bulk: -1, logs: -1},
		"no bulk fetch":        {o: simulate.Options{NoBulk: true}, bulk: 1, logs: 3},
		"times as numbers":     {o: simulate.Options{BulkEpoch: true}, bulk: 1},
		"data center":          {o: simulate.Options{DataCenter: true}},
		"data center in pages": {o: simulate.Options{DataCenter: true, PageCap: 3}},
		"token":                {o: simulate.Options{Token: "s3cret"}, bulk: 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := &counting{h: simulate.NewJira(d, c.o)}
			srv := httptest.NewServer(h)
			defer srv.Close()
			src := source(t, jira.Options{BaseURL: srv.URL, DataCenter: c.o.DataCenter, Email: "ana@example.com", Token: "s3cret", Projects: []string{"OPS", "*"}})
			log := &ingesttest.Log{}
			rep := sync1(t, src, log, ingest.Options{})
			got := map[string]int{}
			for _, r := range log.Raws(t) {
				var c content
				if err := json.Unmarshal(r.Content, &c); err != nil {
					t.Fatal(err)
				}
				if _, twice := got[r.Key]; twice {
					t.Errorf("%s twice", r.Key)
				}
				got[r.Key] = len(c.Issue.Changelog.Histories)
				last := ""
				for _, h := range c.Issue.Changelog.Histories {
					if at, err := time.Parse("2006-01-02T15:04:05.000-0700", h.Created); err != nil || h.ID == "" || at.UTC().Format(time.RFC3339Nano) < last {
						t.Fatalf("%s: history %q of %q after %q: %v", r.Key, h.ID, h.Created, last, err)
					} else {
						last = at.UTC().Format(time.RFC3339Nano)
					}
				}
				if r.Key == "OPS-1" && len(c.Issue.Fields.Comment.Comments) != 45 {
					t.Errorf("OPS-1 has %d comments", len(c.Issue.Fields.Comment.Comments))
				}
				pointed := len(c.Meta.Fields["points"]) == 1 && c.Meta.Fields["points"][0] == "customfield_10016"
				if pointed != (want[r.Key] > 0) || len(c.Meta.Fields) > 1 || len(c.Meta.Statuses) != 1 || c.Meta.Browse != srv.URL || c.Issue.Key != r.Key || c.Issue.Self == "" {
					t.Errorf("%s: meta %+v", r.Key, c.Meta)
				}
				for id, s := range c.Meta.Statuses {
					if id == "" || s.Name == "" || s.Category != "new" {
						t.Errorf("%s: status %q %+v", r.Key, id, s)
					}
				}
				if p, _, _ := strings.Cut(r.Key, "-"); r.Project != p || r.ItemID != "tracker/issue/"+c.Issue.ID {
					t.Errorf("%s: project %s, item %s", r.Key, r.Project, r.ItemID)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("histories: %v, want %v", got, want)
			}
			if len(rep.Projects) != 2 || rep.Projects[0].InSource["issue"] != 9 || rep.Projects[1].InSource["issue"] != 1 {
				t.Errorf("in the source: %+v", rep.Projects)
			}
			if b, l := h.asked("bulkfetch"), h.asked("/changelog?"); c.bulk >= 0 && (b != c.bulk || l != c.logs) {
				t.Errorf("%d bulk fetches and %d single ones, want %d and %d", b, l, c.bulk, c.logs)
			}
			if again := sync1(t, src, log, ingest.Options{}); again.Total().Read != 0 {
				t.Errorf("again: %+v", again.Total())
			}
		})
	}
}

// TestSameDigest shows that a changelog has one content however it was read.
func TestSameDigest(t *testing.T) {
	d := small(t)
	var first map[string]string
	for _, o := range []simulate.Options{{}, {NoBulk: true}, {BulkEpoch: true}, {PageCap: 2}} {
		h := simulate.NewJira(d, o)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Host = "jira.example" // in links
			h.ServeHTTP(w, r)
		}))
		log := &ingesttest.Log{}
		src := source(t, jira.Options{BaseURL: "http://jira.example", Projects: []string{"OPS"}, Base: to(srv.Listener.Addr().String())})
		sync1(t, src, log, ingest.Options{})
		srv.Close()
		if first == nil {
			first = log.Last(t)
		}
		if got := log.Last(t); fmt.Sprint(got) != fmt.Sprint(first) {
			t.Errorf("%+v: %v, want %v", o, got, first)
		}
	}
}

// to sends every request to one address, whatever its host.
func to(addr string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Host = addr
		return http.DefaultTransport.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// pagesOf gives searches for issues in pages of n at most.
func pagesOf(n int, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); strings.Contains(r.URL.Path, "/search") && q.Get("expand") != "" {
			q.Set("maxResults", fmt.Sprint(n))
			r.URL.RawQuery = q.Encode()
		}
		h.ServeHTTP(w, r)
	})
}

// TestDeletedMeanwhile deletes issues that were read while the pages after them are read: all others arrive.
func TestDeletedMeanwhile(t *testing.T) {
	for _, dc := range []bool{false, true} {
		d := simulate.Empty()
		for n := range 30 {
			d.AddIssue("OPS", ana, day, fmt.Sprint("issue ", n), "")
		}
		inner := pagesOf(4, simulate.NewJira(d, simulate.Options{DataCenter: dc}))
		searches, next := 0, 30
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/search") && r.URL.Query().Get("expand") != "" {
				if searches++; searches > 1 && searches < 5 { // two of the first page, and of the second
					for range 2 {
						if err := d.Delete(fmt.Sprintf("OPS-%d", next)); err != nil {
							t.Error(err)
						}
						next--
					}
				}
			}
			inner.ServeHTTP(w, r)
		}))
		log := &ingesttest.Log{}
		src := source(t, jira.Options{BaseURL: srv.URL, DataCenter: dc, Projects: []string{"OPS"}})
		sync1(t, src, log, ingest.Options{})
		if n := len(log.Last(t)); n != 30 {
			t.Errorf("data center %v: %d issues read, want 30", dc, n)
		}
		srv.Close()
	}
}

// TestSmallerPages lets the server fail at large pages.
func TestSmallerPages(t *testing.T) {
	d := simulate.Empty()
	for n := range 60 {
		d.AddIssue("OPS", ana, day, fmt.Sprint("issue ", n), "")
	}
	srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{Fault: func(r *http.Request) *simulate.Fault {
		if q := r.URL.Query(); q.Get("expand") != "" && len(q.Get("maxResults")) > 1 && q.Get("maxResults") > "25" || q.Get("maxResults") == "100" {
			return &simulate.Fault{Status: 502}
		}
		return nil
	}}))
	defer srv.Close()
	log := &ingesttest.Log{}
	sync1(t, source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"OPS"}}), log, ingest.Options{})
	if n := len(log.Last(t)); n != 60 {
		t.Errorf("%d issues read, want 60", n)
	}
}

// TestResume shows that a backfill that was stopped goes on where it was, and that one whose page token is no
// longer good begins again.
func TestResume(t *testing.T) {
	d := simulate.Empty()
	for n := range 9 {
		d.AddIssue("OPS", ana, day, fmt.Sprint("issue ", n), "")
	}
	for _, expired := range []bool{false, true} {
		var deny sync.Map
		h := &counting{h: simulate.NewJira(d, simulate.Options{PageCap: 3, Fault: func(r *http.Request) *simulate.Fault {
			if _, ok := deny.LoadAndDelete(r.URL.Query().Get("nextPageToken")); ok {
				return &simulate.Fault{Status: 400, Body: `{"errorMessages":["The nextPageToken is invalid or expired."]}`}
			}
			return nil
		}})}
		srv := httptest.NewServer(h)
		src := source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"OPS"}})
		log := &ingesttest.Log{Fail: func(n int) (bool, bool) { return n <= 9, n > 9 }} // the account, how much there is, the statuses, and two pages of three writes
		if _, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{}); err == nil {
			t.Fatal("the log failed and the run did not")
		}
		log.Fail = nil
		if before := len(log.Raws(t)); before != 6 {
			t.Fatalf("%d issues before the stop, want 6", before)
		}
		if expired {
			for _, p := range log.Progress(t) {
				var c struct{ Token string }
				if p.Kind == "cursor" && json.Unmarshal(p.Value, &c) == nil {
					deny.Clear()
					deny.Store(c.Token, true)
				}
			}
		}
		const page = "search/jql?expand=changelog"
		pages, want := h.asked(page), 1
		if expired {
			want = 4 // the refused one, and all three from the beginning
		}
		rep := sync1(t, src, log, ingest.Options{})
		if n := h.asked(page) - pages; len(log.Raws(t)) != 9 || n != want || rep.Total().Read != 3 {
			t.Errorf("expired %v: %d records, %d requests for pages and %d issues read after the stop", expired, len(log.Raws(t)), n, rep.Total().Read)
		}
		srv.Close()
	}
}

// TestUpdates follows issues that change, in a zone in which dates are misread if it is not asked for.
func TestUpdates(t *testing.T) {
	for _, zone := range []string{"UTC", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati"} {
		t.Run(zone, func(t *testing.T) {
			d := small(t)
			now := day.Add(240 * time.Hour)
			clock := func() time.Time { return now }
			srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{Clock: clock, TimeZone: mustZone(t, zone)}))
			defer srv.Close()
			src := source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"*"}})
			log := &ingesttest.Log{}
			o := ingest.Options{Now: clock}
			sync1(t, src, log, o)
			for n := range 5 {
				now = now.Add(25 * time.Minute)
				if err := d.Update("OPS-1", ana, now.Add(-9*time.Minute), simulate.Points(fmt.Sprint(100+n))); err != nil {
					t.Fatal(err)
				}
				if c := sync1(t, src, log, o).Total(); c.Written != 1 {
					t.Errorf("update %d: %+v", n, c)
				}
			}
			for range 3 { // settled, then idle
				now = now.Add(15 * time.Minute)
				sync1(t, src, log, o)
			}
			if rep := sync1(t, src, log, o); rep.Total().Read != 0 || rep.Usage.Requests > 4 {
				t.Errorf("an idle poll reads %+v with %d requests", rep.Total(), rep.Usage.Requests)
			}
			if n := len(log.Raws(t)); n != 15 {
				t.Errorf("%d records, want 15", n)
			}
		})
	}
}

// TestSentences checks what a person reads.
func TestSentences(t *testing.T) {
	d := small(t)
	for name, c := range map[string]struct {
		o        simulate.Options
		token    string
		projects []string
		want     []string
	}{
		"wrong token":     {simulate.Options{Token: "right"}, "wr0ng", []string{"OPS"}, []string{"source tracker: own account: ", "does not accept the token", "email_env and token_env of source tracker"}},
		"no such project": {simulate.Options{}, "", []string{"OPS", "NOPE"}, []string{"NOPE", "check that project NOPE under projects of source tracker exists"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(simulate.NewJira(d, c.o))
			defer srv.Close()
			log := &ingesttest.Log{}
			src := source(t, jira.Options{BaseURL: srv.URL, Email: "a@example.com", Token: c.token, Projects: c.projects})
			rep, err := ingest.Once(t.Context(), src, ingest.NewState(), log, ingest.Options{})
			if err == nil {
				err = rep.Err()
			}
			for _, w := range c.want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("said %v, want %q in it", err, w)
				}
			}
			if err != nil && c.token != "" && strings.Contains(err.Error(), c.token) {
				t.Errorf("the token is in %q", err)
			}
			if name == "no such project" && len(log.Raws(t)) != 9 {
				t.Errorf("%d records of the other project", len(log.Raws(t)))
			}
		})
	}
}

// TestNoJiraThere: an address at which something else answers is told with what to check.
func TestNoJiraThere(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"nothing": http.NotFound,
		"a page":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><p>Welcome") },
		"an error of its own": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message": "no"}`)
		},
	} {
		for _, dataCenter := range []bool{false, true} {
			srv := httptest.NewServer(answer)
			src := source(t, jira.Options{BaseURL: srv.URL, Token: "t0ken", DataCenter: dataCenter, Projects: []string{"OPS"}})
			_, err := ingest.Once(t.Context(), src, ingest.NewState(), &ingesttest.Log{}, ingest.Options{})
			srv.Close()
			for _, want := range []string{srv.URL + "/rest/api/", "base_url of source tracker", map[bool]string{false: "which is cloud", true: "which is datacenter"}[dataCenter]} {
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: said %v, want %q in it", name, err, want)
				}
			}
		}
	}
}
