package jira_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

// TestDescribe reads who leads projects and components, once as long as it stays, in two calls a project.
func TestDescribe(t *testing.T) {
	end := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	d := simulate.GenerateSized(1, end, 0.01)
	h := &counting{h: simulate.NewJira(d, simulate.Options{Token: "secret", Clock: func() time.Time { return end }})}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	clock, log := ingesttest.At(end), &ingesttest.Log{}
	for _, after := range []time.Duration{0, time.Hour, 25 * time.Hour} {
		clock.Pass(after)
		src := source(t, jira.Options{BaseURL: srv.URL, Projects: []string{"OPS", "PLAT"}, Token: "secret"})
		if _, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{Now: clock.Now}); err != nil {
			t.Fatal(err)
		}
		all := log.Directory(t)
		if len(all) != 2 || all[0].Kind != "project" || all[0].Name != "OPS" || all[1].Name != "PLAT" {
			t.Fatalf("after %s %d things are told", after, len(all))
		}
		if c := string(all[0].Content); !strings.Contains(c, `"lead":{"accountId":"712020:`) || !strings.Contains(c, `"displayName":"Ana Fuchs"`) || !strings.Contains(c, `"components":[{"name":`) {
			t.Errorf("project OPS is %s", c)
		}
	}
}
