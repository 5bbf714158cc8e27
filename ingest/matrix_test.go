package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

// ingester is a kind of tracker and what reads it.
type ingester struct {
	serve  func(*simulate.Dataset, simulate.Options) http.Handler
	source func(url string, base http.RoundTripper, gate *ingest.Gate) (ingest.Source, error)
	o      simulate.Options
}

const answersWithin = 500 * time.Millisecond

func ingesters() map[string]ingester {
	gh := func(token string) func(string, http.RoundTripper, *ingest.Gate) (ingest.Source, error) {
		return func(url string, base http.RoundTripper, gate *ingest.Gate) (ingest.Source, error) {
			return github.New(github.Options{Name: "code", BaseURL: url, Token: token, Repositories: []string{"acme/*"}, Base: base, Gate: gate, Pause: time.Millisecond, Timeout: answersWithin})
		}
	}
	jr := func(dataCenter bool) func(string, http.RoundTripper, *ingest.Gate) (ingest.Source, error) {
		return func(url string, base http.RoundTripper, gate *ingest.Gate) (ingest.Source, error) {
			return jira.New(jira.Options{Name: "tracker", BaseURL: url, DataCenter: dataCenter, Projects: []string{"*"}, Base: base, Gate: gate, Pause: time.Millisecond, Timeout: answersWithin})
		}
	}
	return map[string]ingester{
		"GitHub, REST alone":   {simulate.NewGitHub, gh(""), simulate.Options{PageCap: 20}},
		"GitHub, with GraphQL": {simulate.NewGitHub, gh("any"), simulate.Options{PageCap: 20}},
		"Jira Cloud":           {simulate.NewJira, jr(false), simulate.Options{PageCap: 20}},
		"Jira Data Center":     {simulate.NewJira, jr(true), simulate.Options{PageCap: 20, DataCenter: true}},
	}
}

// hardData has what lists do not tell at once: long timelines, changelogs and lists of comments, several pages of items.
func hardData(t *testing.T) *simulate.Dataset {
	t.Helper()
	d := simulate.Empty()
	edit := func(key string, n int, e simulate.Edit) {
		for i := range n {
			if err := d.Update(key, scaleUser, scaleStart.Add(time.Duration(i)*time.Second), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := range 45 {
		issue := d.AddIssue("acme/api", scaleUser, scaleStart, "issue", "")
		ticket := d.AddIssue("OPS", scaleUser, scaleStart, "issue", "")
		switch {
		case n < 2:
			edit(issue, 30, simulate.Comment("word"))
			edit(ticket, 45, simulate.Points("3"))
			edit(ticket, 30, simulate.Comment("word"))
		case n < 5:
			edit(issue, 2, simulate.AddLabel("bug"))
			edit(ticket, 2, simulate.Status("Done"))
		}
		if n%9 == 0 {
			pull := d.AddPull("acme/api", scaleUser, scaleStart, "pull", "", 3, 1, 2)
			edit(pull, n/9, simulate.Comment("word"))
		}
	}
	d.AddIssue("acme/web", scaleUser, scaleStart, "page", "")
	d.AddIssue("PLAT", scaleUser, scaleStart, "other", "")
	return d
}

// weather is how a tracker answers wrongly.
type weather struct {
	fault simulate.Fault
	every int                      // of so many requests one; 0: each when it is made for the first time
	when  func(*http.Request) bool // of which requests; nil: all
	burst int                      // so many in a row
	hold  time.Duration            // how long nothing may be asked then
	limit int                      // simulate.Options.PageLimit
	slow  time.Duration            // simulate.Options.Latency
}

func fields(kv ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(kv); i += 2 {
		h.Set(kv[i], kv[i+1])
	}
	return h
}

func weathers() map[string]weather {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte("[" + strings.Repeat(" ", 1<<16) + "]"))
	_ = w.Close()
	in := func(d time.Duration) string { return fmt.Sprint(scaleStart.Add(d).Unix()) }
	json := "application/json"
	return map[string]weather{
		"429 with Retry-After":          {fault: simulate.Fault{Status: 429, Header: fields("Retry-After", "30")}, every: 9, hold: 30 * time.Second},
		"429 with a date":               {fault: simulate.Fault{Status: 429, Header: fields("Retry-After", scaleStart.Add(20*time.Minute).Format(http.TimeFormat))}, every: 1 << 30, hold: 20 * time.Minute},
		"429 without a word":            {fault: simulate.Fault{Status: 429}, every: 9, hold: time.Minute},
		"403 secondary limit":           {fault: simulate.Fault{Status: 403, Body: `{"message":"You have exceeded a secondary rate limit."}`}, every: 9, hold: time.Minute},
		"403 primary limit":             {fault: simulate.Fault{Status: 403, Header: fields("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(20*time.Minute))}, every: 1 << 30, hold: 20 * time.Minute},
		"403 with a reset long ago":     {fault: simulate.Fault{Status: 403, Header: fields("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1000")}, every: 9, hold: time.Minute},
		"429 with a reset in ten years": {fault: simulate.Fault{Status: 429, Header: fields("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(87600*time.Hour))}, every: 1 << 30, hold: 65 * time.Minute},
		"503 with Retry-After":          {fault: simulate.Fault{Status: 503, Header: fields("Retry-After", "7")}, every: 9, hold: 7 * time.Second},
		"500":                           {fault: simulate.Fault{Status: 500}},
		"bursts of 503":                 {fault: simulate.Fault{Status: 503}, every: 12, burst: 3},
		"502 with a page of HTML":       {fault: simulate.Fault{Status: 502, Header: fields("Content-Type", "text/html"), Body: "<html>"}},
		"200 with a page of HTML":       {fault: simulate.Fault{Status: 200, Header: fields("Content-Type", json), Body: "<html>"}},
		"half of a JSON text":           {fault: simulate.Fault{Status: 200, Header: fields("Content-Type", json), Body: `[{"number":`}},
		"half of a gzip text":           {fault: simulate.Fault{Status: 200, Header: fields("Content-Type", json, "Content-Encoding", "gzip"), Body: z.String()[:z.Len()/2]}},
		"a body that breaks off":        {fault: simulate.Fault{Keep: 1}},
		"a connection that ends":        {fault: simulate.Fault{Hangup: true}},
		"no answer in time":             {fault: simulate.Fault{Delay: answersWithin + 200*time.Millisecond}, every: 40},
		"slow answers":                  {slow: 20 * time.Millisecond},
		"502 on pages of more than 25":  {fault: simulate.Fault{Status: 502}, every: 1, when: func(r *http.Request) bool { return pageSize(r) > 25 }},
		"no pages beyond 30 rows":       {limit: 30},
	}
}

func pageSize(r *http.Request) int {
	q := r.URL.Query()
	n, _ := strconv.Atoi(q.Get("per_page") + q.Get("maxResults"))
	return n
}

// TestMatrix reads each kind of tracker through each fault: all end as on a quiet day, with nothing written twice, and no
// call is made while the tracker said to wait.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("reads four trackers twenty times")
	}
	d := hardData(t)
	for name, in := range ingesters() {
		var quiet *ingesttest.Log
		t.Run(name, func(t *testing.T) {
			quiet, _ = in.through(t, d, weather{})
			if n := len(quiet.Last(t)); n < 46 {
				t.Fatalf("%d items", n)
			}
			for what, w := range weathers() {
				t.Run(what, func(t *testing.T) {
					log, faults := in.through(t, d, w)
					if got, want := log.Last(t), quiet.Last(t); !maps.Equal(got, want) {
						for id := range want {
							if got[id] != want[id] {
								t.Errorf("%s ends otherwise", id)
							}
						}
						t.Errorf("%d items, want %d", len(got), len(want))
					}
					if n, most := len(log.Raws(t)), len(quiet.Raws(t)); n != most {
						t.Errorf("%d records, on a quiet day %d", n, most)
					}
					if faults == 0 && w.slow == 0 && w.limit == 0 {
						t.Error("nothing went wrong")
					}
				})
			}
		})
	}
}

// through reads a dataset in some weather, and once more, which must find nothing new. It returns how many answers were
// wrong.
func (in ingester) through(t *testing.T, d *simulate.Dataset, w weather) (*ingesttest.Log, int) {
	t.Helper()
	cl := &sleeper{now: scaleStart}
	var mu sync.Mutex
	var until time.Time
	n, faults, early, left := 0, 0, 0, 0
	seen := map[string]bool{}
	wrong := func(r *http.Request) bool {
		first := !seen[r.Method+r.URL.String()]
		seen[r.Method+r.URL.String()] = true
		switch {
		case w.when != nil && !w.when(r):
			return false
		case left > 0:
			left--
			return true
		case w.every == 0:
			return first
		}
		if n == 2 || n%w.every == 0 {
			left = max(0, w.burst-1)
			return true
		}
		return false
	}
	o := in.o
	o.Clock, o.Latency = cl.Now, w.slow
	if w.limit > 0 {
		o.PageLimit, o.PageCap = w.limit, 10
	}
	if w.when != nil {
		o.PageCap = 0 // pages as large as they are asked for
	}
	o.Fault = func(r *http.Request) *simulate.Fault {
		mu.Lock()
		defer mu.Unlock()
		n++
		now := cl.Now()
		if now.Before(until) {
			early++
		}
		if w.slow > 0 || w.limit > 0 || w.fault.Status == 0 && w.fault.Keep == 0 && w.fault.Delay == 0 && !w.fault.Hangup || !wrong(r) {
			return nil
		}
		faults++
		until = now.Add(w.hold)
		return &w.fault
	}
	srv := httptest.NewServer(in.serve(d, o))
	defer srv.Close()
	tr := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { // one name, so that links are equal
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}}
	defer tr.CloseIdleConnections()
	gate := ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, Concurrent: 1})
	src, err := in.source("http://tracker.example", tr, gate)
	if err != nil {
		t.Fatal(err)
	}
	log := &ingesttest.Log{}
	for i := range 2 {
		rep, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{Now: cl.Now})
		if err != nil || !rep.Complete() {
			t.Fatal(err, rep.Err())
		}
		if c := rep.Total(); i == 1 && c.Written+c.Removed > 0 {
			t.Errorf("read again: %+v", c)
		}
		_ = cl.Sleep(t.Context(), 2*time.Hour)
		until = time.Time{}
	}
	if early > 0 {
		t.Errorf("%d calls while told to wait", early)
	}
	return log, faults
}
