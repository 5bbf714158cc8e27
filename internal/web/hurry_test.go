package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// TestPagesComeSoon: a page that a browser opens is sent before its slow answers are there, and says so; asked again, as its scripts do,
// it has them. Of what is not known yet nothing is claimed. Whoever does not say that it opens a page waits.
func TestPagesComeSoon(t *testing.T) {
	for path, c := range map[string]struct {
		whole, claim string
		rounds       time.Duration // of questions, one after the other
	}{
		"/":                               {"compute", "No forced long-term work waits", 1},
		"/teams":                          {"compute", "No team is known yet", 1},
		"/pipeline":                       {"compute", "Nothing that the trackers count is missing", 1},
		"/pipeline?again=1":               {"compute", "Every record could be processed", 1},
		"/items":                          {"2 of", "No item matches", 1},
		"/allocation":                     {"compute", "No effort is known of this quarter", 2},
		"/allocation?quarter=2026-07-01":  {"compute", "No effort is known of this quarter", 1},
		"/questions/quadrant_of_projects": {"compute", "No rows", 1},
	} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const takes = 3 * time.Second
				s, err := newServer(Options{Listen: "127.0.0.1:8080", Run: func(_ context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
					time.Sleep(takes)
					rows, err := two(q, bound)
					if err != nil {
						return err
					}
					return do(rows)
				}})
				if err != nil {
					t.Fatal(err)
				}
				h := s.handler()
				open := func(as string) (string, time.Duration) {
					w := httptest.NewRecorder()
					r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
					r.Host = "127.0.0.1:8080"
					if as != "" {
						r.Header.Set("Sec-Fetch-Dest", as)
					}
					start := time.Now()
					h.ServeHTTP(w, r)
					if w.Code != http.StatusOK {
						t.Errorf("opened as %q it is status %d", as, w.Code)
					}
					return w.Body.String(), time.Since(start)
				}
				page, took := open("document")
				if took > soon || !strings.Contains(page, `hx-get="`+path+`"`) || !strings.Contains(page, `aria-busy="true"`) || strings.Contains(page, c.claim) {
					t.Errorf("after %s it is\n%s", took, page)
				}
				for _, as := range []string{"empty", "document", ""} {
					page, took = open(as)
					if took > c.rounds*takes || !strings.Contains(page, c.whole) || strings.Contains(page, "aria-busy") || strings.Contains(page, `id="late"`) {
						t.Errorf("as %q, after %s, it is\n%s", as, took, page)
					}
				}
			})
		})
	}
}
