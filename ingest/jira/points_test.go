package jira_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
	"github.com/workmix/workmix/processors/normalize"
)

// TestStoryPoints: a number field is that of story points by its English name, which a translated site tells too, or because
// the configuration names it; by what the changelog calls it where that has no ids.
func TestStoryPoints(t *testing.T) {
	d := simulate.Empty()
	key := d.AddIssue("OPS", ana, day, "one", "")
	for i, n := range []string{"3", "5"} {
		if err := d.Update(key, ana, day.AddDate(0, 0, i+1), simulate.Points(n)); err != nil {
			t.Fatal(err)
		}
	}
	english, id := `"name":"Story Points"`, `"fieldId":"customfield_10016",`
	for name, c := range map[string]struct {
		replaced []string
		points   string
		want     string // the points that the issue had, one after the other
	}{
		"in English":         {nil, "", "3 5"},
		"translated":         {[]string{english, `"name":"Aufwand","untranslatedName":"Story Points"`}, "", "3 5"},
		"another name":       {[]string{english, `"name":"Aufwand"`, `"field":"Story Points"`, `"field":"Aufwand"`, id, ""}, "", ""},
		"named":              {[]string{english, `"name":"Aufwand"`, `"field":"Story Points"`, `"field":"Aufwand"`}, "aufwand", "3 5"},
		"named, without ids": {[]string{english, `"name":"Aufwand"`, `"field":"Story Points"`, `"field":"Aufwand"`, id, ""}, "Aufwand", "3 5"},
		"named by id":        {[]string{english, `"name":"Aufwand"`, `"field":"Story Points"`, `"field":"Aufwand"`}, "customfield_10016", "3 5"},
		"named, beside another": {[]string{
			english, `"name":"Aufwand","schema":{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:float"}},{"id":"customfield_20000","name":"Story Points"`,
			id, `"fieldId":"customfield_20000",`,
		}, "Aufwand", "5"},
		"named, and not there": {[]string{`"field":"Story Points"`, `"field":"Points of old"`, id, ""}, "Aufwand", "5"},
	} {
		t.Run(name, func(t *testing.T) {
			sim := simulate.NewJira(d, simulate.Options{DataCenter: true})
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got := httptest.NewRecorder()
				r.Header.Del("Accept-Encoding")
				sim.ServeHTTP(got, r)
				body := got.Body.Bytes()
				for i := 0; i+1 < len(c.replaced); i += 2 {
					body = bytes.ReplaceAll(body, []byte(c.replaced[i]), []byte(c.replaced[i+1]))
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(got.Code)
				_, _ = w.Write(body)
			}))
			defer srv.Close()
			src := source(t, jira.Options{BaseURL: srv.URL, DataCenter: true, Token: "any", Projects: []string{"OPS"}, StoryPoints: c.points})
			log := &ingesttest.Log{}
			sync1(t, src, log, ingest.Options{})
			raws := log.Raws(t)
			if len(raws) != 1 {
				t.Fatalf("%d records", len(raws))
			}
			m, err := event.Encode(raws[0])
			if err != nil {
				t.Fatal(err)
			}
			out, err := normalize.New(normalize.Config{}).Handle(&m)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range out {
				if r, ok := p.(*event.Revision); ok && r.Item.Points != nil {
					n, _ := json.Marshal(*r.Item.Points)
					if len(got) == 0 || got[len(got)-1] != string(n) {
						got = append(got, string(n))
					}
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("points %q, want %q", s, c.want)
			}
			missing := false
			src.Check(t.Context(), func(f ingest.Finding) { missing = missing || f.Bad && strings.Contains(f.Text, "story_points") })
			if missing != (name == "named, and not there") {
				t.Errorf("doctor says that the field is missing: %t", missing)
			}
		})
	}
}
