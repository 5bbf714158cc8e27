package jira_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestRecordedSites reads all recorded projects from Cloud and from Data Center: every issue once, with at most 15
// requests per 1,000 issues, and on Cloud one more for each issue with more than twenty comments, which nothing but that
// issue's own list tells; and then nothing more. An idle poll takes one request, whatever the number of projects.
func TestRecordedSites(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 2,221 issues twice")
	}
	d, err := simulate.LoadRecorded(recordedtest.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]simulate.Options{
		"cloud":       {TimeZone: mustZone(t, "America/St_Johns")},
		"data center": {DataCenter: true, TimeZone: mustZone(t, "Asia/Kathmandu")},
	} {
		t.Run(name, func(t *testing.T) {
			h := &counting{h: simulate.NewJira(d, o)}
			srv := httptest.NewServer(h)
			defer srv.Close()
			src := source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"*"}, DataCenter: o.DataCenter})
			log := &ingesttest.Log{}
			rep, err := ingest.Once(t.Context(), src, ingest.NewState(), log, ingest.Options{})
			if err != nil || !rep.Complete() {
				t.Fatal(err, rep.Err())
			}
			in := 0
			for _, p := range rep.Projects {
				for _, n := range p.InSource {
					in += n
				}
			}
			last := log.Last(t)
			if len(last) < 2183 || len(last) != in || len(log.Raws(t)) != in {
				t.Errorf("%d items in %d records, the source counts %d", len(last), len(log.Raws(t)), in)
			}
			long := h.asked("/comment?")
			rest := float64(rep.Usage.Requests) - float64(long)
			t.Logf("%d requests for %d issues in %d projects, %d of them for comments beyond the twentieth: %.1f per 1,000 without those", rep.Usage.Requests, len(last), len(rep.Projects), long, 1000*rest/float64(in))
			if most := manyComments(t, log); rest > 15*float64(in)/1000 && !o.DataCenter || long > most || o.DataCenter && long > 0 {
				t.Errorf("%.0f requests, and %d for comments of the %d issues that have more than twenty", rest, long, most)
			}
			again, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{})
			if err != nil || again.Total().Written != 0 || again.Total().Read != 0 || again.Usage.Requests != 1 {
				t.Errorf("again: %v, %+v, %d requests", err, again.Total(), again.Usage.Requests)
			}
		})
	}
}

// manyComments counts the issues with more than twenty comments.
func manyComments(t *testing.T, log *ingesttest.Log) (n int) {
	t.Helper()
	for _, r := range log.Raws(t) {
		var c content
		if err := json.Unmarshal(r.Content, &c); err != nil {
			t.Fatal(err)
		}
		if len(c.Issue.Fields.Comment.Comments) > 20 {
			n++
		}
	}
	return n
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func source(t testing.TB, o jira.Options) *jira.Source {
	t.Helper()
	if o.Name == "" {
		o.Name = "tracker"
	}
	o.Pause = time.Millisecond
	if o.Base == nil {
		tr := http.DefaultTransport.(*http.Transport).Clone()
		t.Cleanup(tr.CloseIdleConnections)
		o.Base = tr
	}
	s, err := jira.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
