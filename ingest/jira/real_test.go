package jira_test

import (
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

// TestRecordedSites reads all recorded projects from Cloud and from Data Center: every issue once, within the
// allowance of 15 requests per 1,000 issues, and then nothing more.
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
			srv := httptest.NewServer(simulate.NewJira(d, o))
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
			t.Logf("%d requests for %d issues in %d projects", rep.Usage.Requests, len(last), len(rep.Projects))
			again, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{})
			if err != nil || again.Total().Written != 0 || again.Total().Read != 0 {
				t.Errorf("again: %v, %+v", err, again.Total())
			}
			t.Logf("then %d requests", again.Usage.Requests)
		})
	}
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func source(t *testing.T, o jira.Options) *jira.Source {
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
