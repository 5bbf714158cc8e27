package github_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestWeather reads through what does not pass by asking again: each must end as a quiet day does.
func TestWeather(t *testing.T) {
	d := dataset(t, small()...)
	quiet := &ingesttest.Log{}
	sync1(t, source(t, github.Options{BaseURL: serve(t, d, simulate.Options{}).URL, Repositories: []string{"acme/api"}}), quiet, ingest.Options{})
	want := quiet.Last(t)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("[" + strings.Repeat(" ", 1<<16) + "]"))
	_ = w.Close()
	half := z.String()[:z.Len()/2]
	once := func(f *simulate.Fault) func(*http.Request) *simulate.Fault {
		var mu sync.Mutex
		seen := map[string]bool{}
		return func(r *http.Request) *simulate.Fault {
			mu.Lock()
			defer mu.Unlock()
			if seen[r.URL.String()] {
				return nil
			}
			seen[r.URL.String()] = true
			return f
		}
	}
	burst := 0
	for name, c := range map[string]struct {
		o     simulate.Options
		token string
	}{
		"with GraphQL":                       {simulate.Options{}, "any"},
		"GraphQL answers 404":                {simulate.Options{NoGraphQL: true}, "any"},
		"GraphQL breaks down":                {simulate.Options{Fault: onPath("/graphql", &simulate.Fault{Status: 502}, 0)}, "any"},
		"GraphQL answers with errors":        {simulate.Options{Fault: onPath("/graphql", &simulate.Fault{Status: 200, Body: `{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`, Header: header("Content-Type", "application/json")}, 0)}, "any"},
		"502 on pages of more than 25":       {simulate.Options{Fault: largePages(25, 502)}, ""},
		"504 on pages of more than 5":        {simulate.Options{Fault: largePages(5, 504)}, "any"},
		"422 beyond 20 rows":                 {simulate.Options{PageCap: 10, PageLimit: 20}, ""},
		"422 beyond 20 rows, with GraphQL":   {simulate.Options{PageCap: 10, PageLimit: 20}, "any"},
		"422 on the second page of anything": {simulate.Options{PageCap: 10, PageLimit: 10}, ""},
		"half of a gzip text":                {simulate.Options{Fault: once(&simulate.Fault{Status: 200, Header: header("Content-Type", "application/json", "Content-Encoding", "gzip"), Body: half})}, ""},
		"no answer in time":                  {simulate.Options{Fault: onPath("/pulls/comments", &simulate.Fault{Delay: 900 * time.Millisecond}, 1)}, ""},
		"slow answers":                       {simulate.Options{Latency: 30 * time.Millisecond}, ""},
		"a burst of 503": {simulate.Options{Fault: func(*http.Request) *simulate.Fault {
			if burst++; burst > 20 && burst < 24 {
				return &simulate.Fault{Status: 503}
			}
			return nil
		}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, d, c.o)
			src := source(t, github.Options{BaseURL: s.URL, Token: c.token, Repositories: []string{"acme/api"}, Timeout: 600 * time.Millisecond, Gate: ingest.NewGate(ingest.GateOptions{Concurrent: 1})})
			log := &ingesttest.Log{}
			rep := sync1(t, src, log, ingest.Options{})
			if err := rep.Err(); err != nil {
				t.Fatal(err)
			}
			if got := log.Last(t); !maps.Equal(got, want) {
				for k := range want {
					if got[k] != want[k] {
						t.Errorf("%s ends otherwise", k)
					}
				}
			}
			if n := rep.Projects[0].InSource; n["issue"] != 10 || n["pull_request"] != 4 {
				t.Errorf("counted %v", n)
			}
		})
	}
}

// onPath is a fault of a path, the first most times that it is asked for; 0: always.
func onPath(tail string, f *simulate.Fault, most int64) func(*http.Request) *simulate.Fault {
	var n atomic.Int64
	return func(r *http.Request) *simulate.Fault {
		if strings.HasSuffix(r.URL.Path, tail) && (most == 0 || n.Add(1) <= most) {
			return f
		}
		return nil
	}
}

func largePages(most, status int) func(*http.Request) *simulate.Fault {
	return func(r *http.Request) *simulate.Fault {
		if n, _ := strconv.Atoi(r.URL.Query().Get("per_page")); n > most {
			return &simulate.Fault{Status: status}
		}
		return nil
	}
}

// many is a repository whose reading takes hundreds of calls.
func many(t *testing.T, repo string, n int) *simulate.Dataset {
	t.Helper()
	var items []item
	for i := 1; i <= n; i++ {
		items = append(items, item{repo: repo, number: i, pull: i%2 == 0, events: 1})
	}
	return dataset(t, items...)
}

// TestAllowance reads with an allowance that is a fraction of what is needed, by two sources of one credential: it is
// used up to at least 95 % in each window but the last, and hardly a call is refused.
func TestAllowance(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 items four times")
	}
	const limit = 100
	d := many(t, "acme/api", 200)
	for name, workers := range map[string]int{"one at a time": 1, "sixteen at once": 16} {
		t.Run(name, func(t *testing.T) {
			cl := &clock{now: day.Add(1000 * time.Hour)}
			var mu sync.Mutex
			windows := map[int64]int{}
			began := cl.Now()
			s := serve(t, d, simulate.Options{Clock: cl.Now, RateLimit: limit, Fault: func(*http.Request) *simulate.Fault {
				mu.Lock()
				defer mu.Unlock()
				windows[int64(cl.Now().Sub(began)/time.Hour)]++
				return nil
			}})
			gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, Concurrent: workers})
			log := &ingesttest.Log{}
			var g sync.WaitGroup
			for _, name := range []string{"code", "again"} {
				src := source(t, github.Options{Name: name, BaseURL: s.URL, Repositories: []string{"acme/api"}, Gate: gate})
				g.Go(func() {
					rep, err := ingest.Once(t.Context(), src, ingest.NewState(), log, ingest.Options{Now: cl.Now, Workers: 8})
					if err != nil || !rep.Complete() {
						t.Error(err, rep.Err())
					}
				})
			}
			g.Wait()
			u := gate.Usage()
			full := u.Requests / limit
			if len(log.Last(t)) != 400 || full < 5 {
				t.Fatalf("%d items in %d calls", len(log.Last(t)), u.Requests)
			}
			mu.Lock()
			defer mu.Unlock()
			if used := float64(u.Requests-u.Limited) / float64((int64(len(windows))-1)*limit); used < 0.95 {
				t.Errorf("%d calls in %d windows: %.2f of the allowance is used", u.Requests-u.Limited, len(windows), used)
			}
			if most := full * int64(workers); u.Limited > most {
				t.Errorf("%d calls refused in %d windows", u.Limited, full)
			}
			t.Logf("%d calls in %d windows, %d refused", u.Requests, len(windows), u.Limited)
		})
	}
}

// TestSecondary keeps below the limit a minute of github.com, where 304s count too.
func TestSecondary(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 400 items")
	}
	cl := &clock{now: day.Add(1000 * time.Hour)}
	s := serve(t, many(t, "acme/api", 400), simulate.Options{Clock: cl.Now, PerMinute: 90})
	gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, PerMinute: 78})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}, Gate: gate})
	rep := sync1(t, src, &ingesttest.Log{}, ingest.Options{Now: cl.Now})
	if u := gate.Usage(); u.Limited > 0 || u.Requests < 500 || !rep.Complete() {
		t.Errorf("%+v", u)
	}
}
