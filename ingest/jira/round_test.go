package jira_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

// TestRounds polls sixty projects: while nothing changes all of them cost one search together, and what changes in any
// of them arrives, also where the configuration names a project otherwise than its issues do.
func TestRounds(t *testing.T) {
	if testing.Short() {
		t.Skip("polls sixty projects fifty times")
	}
	for deployment, dc := range map[string]bool{"cloud": false, "data center": true} {
		t.Run(deployment, func(t *testing.T) {
			d := simulate.Empty()
			for n := range 60 {
				for range 3 {
					d.AddIssue(fmt.Sprintf("P%02d", n), ana, day, "issue", "")
				}
			}
			cl := ingesttest.At(day.Add(240 * time.Hour))
			h := &counting{h: simulate.NewJira(d, simulate.Options{DataCenter: dc, Clock: cl.Now})}
			srv := httptest.NewServer(h)
			defer srv.Close()
			log := &ingesttest.Log{}
			o := ingest.Options{Now: cl.Now}
			poll := func(src ingest.Source, what string, written, most int) {
				t.Helper()
				cl.Pass(2 * time.Minute)
				if rep := sync1(t, src, log, o); rep.Total().Written != written || rep.Usage.Requests > int64(most) {
					t.Errorf("%s: %d written, want %d; %d requests, want at most %d", what, rep.Total().Written, written, rep.Usage.Requests, most)
				}
			}
			src := source(t, jira.Options{BaseURL: srv.URL, DataCenter: dc, Projects: []string{"*"}})
			poll(src, "first", 180, 2+2+60+2+map[bool]int{true: 120, false: 1}[dc]) // 62 projects come in pages of 50
			poll(src, "idle", 0, 4)
			must(t, d.Update("P07-1", ana, cl.Now(), simulate.Rename("new")))
			must(t, d.Update("P33-2", ana, cl.Now(), simulate.Rename("new")))
			poll(src, "two changed", 2, 4+2+2)
			for range 40 { // an idle project's cursor moves once an hour
				poll(src, "settled, or idle", 0, 4+2+2)
			}
			poll(src, "idle", 0, 4)
			must(t, d.Hide("P50"))
			must(t, d.Update("P07-1", ana, cl.Now(), simulate.Rename("newer")))
			cl.Pass(2 * time.Minute)
			rep, err := ingest.Once(t.Context(), src, log.State(t), log, o)
			if err != nil || rep.Total().Written != 1 {
				t.Errorf("beside a project that is hidden: %v, %d written", err, rep.Total().Written)
			}
			must(t, d.Show("P50"))
			poll(src, "shown again", 0, 70)
			// Jira takes keys in any case, and former ones.
			var lower []string
			for n := range 60 {
				lower = append(lower, strings.ToLower(fmt.Sprintf("P%02d", n)))
			}
			src = source(t, jira.Options{BaseURL: srv.URL, DataCenter: dc, Projects: lower})
			log = &ingesttest.Log{}
			poll(src, "in small letters", 180, 200)
			poll(src, "in small letters, idle", 0, 200)
			must(t, d.Update("P07-3", ana, cl.Now(), simulate.Rename("new")))
			poll(src, "in small letters, changed", 1, 200)
		})
	}
}

// TestChangelogsTogether has an issue with a long changelog on each page: one bulk fetch reads them all.
func TestChangelogsTogether(t *testing.T) {
	d := simulate.Empty()
	for n := range 60 {
		key := d.AddIssue("OPS", ana, day, "issue", "")
		for i := range 45 * ((n + 1) % 2) {
			must(t, d.Update(key, ana, day.Add(time.Duration(i)*time.Second), simulate.Points(fmt.Sprint(i))))
		}
	}
	h := &counting{h: pagesOf(4, simulate.NewJira(d, simulate.Options{}))}
	srv := httptest.NewServer(h)
	defer srv.Close()
	log := &ingesttest.Log{}
	src := source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"OPS"}})
	// The log is lost in the middle: what was held back then is read although the list goes on behind it.
	log.Fail = func(n int) (bool, bool) { return n <= 17, n > 17 }
	if _, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{}); err == nil {
		t.Fatal("the log failed and the run did not")
	}
	log.Fail = nil
	if n := len(log.Last(t)); n == 0 || n > 30 {
		t.Fatalf("%d issues before the stop", n)
	}
	sync1(t, src, log, ingest.Options{})
	if n := len(log.Raws(t)); n != 60 || len(log.Last(t)) != 60 {
		t.Errorf("%d records of %d issues, want 60", n, len(log.Last(t)))
	}
	log = &ingesttest.Log{}
	before, logs := h.asked("bulkfetch"), h.asked("/changelog?")
	sync1(t, src, log, ingest.Options{})
	if b, l := h.asked("bulkfetch")-before, h.asked("/changelog?")-logs; b != 1 || l != 0 || len(log.Last(t)) != 60 {
		t.Errorf("%d bulk fetches and %d single ones for 30 issues, %d issues", b, l, len(log.Last(t)))
	}
}
