package jira_test

import (
	"encoding/json"
	"fmt"
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
	"github.com/workmix/workmix/processors/normalize"
)

// states reads the newest record of an issue and returns where it stood: hours since day, the state, and what made it so.
func states(t *testing.T, log *ingesttest.Log, key string) (out []string) {
	t.Helper()
	var last *event.Raw
	for _, r := range log.Raws(t) {
		if r.Key == key {
			last = r
		}
	}
	m, err := event.Encode(last)
	must(t, err)
	events, err := normalize.New(normalize.Config{}).Handle(&m)
	must(t, err)
	for _, p := range events {
		if r, ok := p.(*event.Revision); ok && (r.Change == "created" || slices.Contains(r.Changed, "state")) {
			kind, _, _ := strings.Cut(r.Change, "/")
			out = append(out, fmt.Sprintf("%.0f %s %s", r.ValidFrom.Sub(day).Hours(), r.Item.State, kind))
			if len(r.Inferred) > 0 {
				out[len(out)-1] += " guessed"
			}
		}
	}
	return out
}

// TestCategoriesAsSeen puts a status into another category, and takes one away: what happened before happened under the
// category that was seen first, also for a process that starts later, and what changes by it changes when it was seen.
func TestCategoriesAsSeen(t *testing.T) {
	for deployment, dc := range map[string]bool{"cloud": false, "data center": true} {
		t.Run(deployment, func(t *testing.T) {
			d := simulate.Empty()
			at := func(h int) time.Time { return day.Add(time.Duration(h) * time.Hour) }
			edit := func(key string, h int, e simulate.Edit) { must(t, d.Update(key, ana, at(h), e)) }
			stays, ends, blocked := d.AddIssue("OPS", ana, day, "stays", ""), d.AddIssue("OPS", ana, day, "ends", ""), d.AddIssue("OPS", ana, day, "is blocked", "")
			d.AddIssue("OPS", ana, day, "is to be done", "") // so that the site tells of that status
			edit(stays, 10, simulate.Status("In Review"))
			edit(ends, 10, simulate.Status("In Review"))
			edit(ends, 20, simulate.Status("Done"))
			edit(blocked, 10, simulate.Status("Blocked"))
			cl := ingesttest.At(at(100))
			h := &counting{h: simulate.NewJira(d, simulate.Options{DataCenter: dc, Clock: cl.Now})}
			srv := httptest.NewServer(h)
			defer srv.Close()
			log := &ingesttest.Log{}
			fresh := func() *jira.Source {
				return source(t, jira.Options{BaseURL: srv.URL, DataCenter: dc, Projects: []string{"OPS"}})
			}
			read := func(src *jira.Source, h int) {
				t.Helper()
				cl.Pass(at(h).Sub(cl.Now()))
				sync1(t, src, log, ingest.Options{Now: cl.Now})
			}
			want := func(key string, want ...string) {
				t.Helper()
				if got := states(t, log, key); !slices.Equal(got, want) {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			src := fresh()
			read(src, 100)
			want(stays, "0 open created", "10 in_progress changelog")
			want(ends, "0 open created", "10 in_progress changelog", "20 done changelog")

			must(t, d.Recategorise("In Review", "new"))
			edit(stays, 110, simulate.Rename("stays there"))
			edit(ends, 110, simulate.Rename("has ended"))
			edit(blocked, 110, simulate.Status("Done")) // nobody is blocked any more, and the site no longer tells of the status
			read(fresh(), 120)
			want(stays, "0 open created", "10 in_progress changelog", "120 open category")
			want(ends, "0 open created", "10 in_progress changelog", "20 done changelog")
			want(blocked, "0 open created", "10 in_progress changelog", "110 done changelog")

			late := d.AddIssue("OPS", ana, at(125), "is late", "")
			edit(late, 130, simulate.Status("In Review"))
			read(fresh(), 140)
			want(late, "125 open created")

			// It changes while a run has the site at hand already: the issue tells.
			must(t, d.Recategorise("In Review", "done"))
			edit(stays, 150, simulate.Rename("stays for ever"))
			read(src, 160)
			want(stays, "0 open created", "10 in_progress changelog", "120 open category", "160 done category")
			n := len(log.Raws(t))
			read(fresh(), 170)
			if m := len(log.Raws(t)); m != n {
				t.Errorf("%d records of nothing new", m-n)
			}
			var memory struct {
				Statuses map[string]struct {
					Name string
					Seen []struct{ Category string }
				}
			}
			for _, p := range log.Progress(t) {
				if p.Kind == "memory" {
					must(t, json.Unmarshal(p.Value, &memory))
				}
			}
			kept := memory.Statuses
			if k := kept["10002"]; k.Name != "In Review" || len(k.Seen) != 3 || len(kept["10003"].Seen) != 1 {
				t.Errorf("remembers %+v", kept)
			}
		})
	}
}

// TestCategoryChangesMeanwhile changes a category between the reading of the site and that of an issue.
func TestCategoryChangesMeanwhile(t *testing.T) {
	d := simulate.Empty()
	key := d.AddIssue("OPS", ana, day, "issue", "")
	must(t, d.Update(key, ana, day.Add(time.Hour), simulate.Status("In Review")))
	cl := ingesttest.At(day.Add(100 * time.Hour))
	srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{Clock: cl.Now}))
	defer srv.Close()
	log := &ingesttest.Log{}
	src := source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"OPS"}})
	sync1(t, src, log, ingest.Options{Now: cl.Now})
	id := log.Raws(t)[0].ItemID
	must(t, d.Recategorise("In Review", "done"))
	it, err := src.Fetch(t.Context(), ingest.Project{Name: "OPS"}, ingest.Stub{Ref: id[strings.LastIndex(id, "/")+1:], Key: key})
	must(t, err)
	if !strings.Contains(string(it.Content), `"category":"done","earlier":[{"category":"indeterminate","until":"`) {
		t.Errorf("tells %s", it.Content[strings.LastIndex(string(it.Content), `"meta"`):])
	}
}
