package simulate

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestDateIsTheClocks: the time that an answer tells is the simulated one, whatever is answered.
func TestDateIsTheClocks(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 7, 0, time.UTC)
	for _, fault := range []*Fault{nil, {Status: http.StatusBadGateway}} {
		o := Options{Clock: func() time.Time { return at.In(time.FixedZone("", 3600)) }, Fault: func(*http.Request) *Fault { return fault }}
		for path, h := range map[string]http.Handler{
			"/rate_limit": NewGitHub(Empty(), o), "/rest/api/3/myself": NewJira(Empty(), o), "/nonsense": NewJira(Empty(), o),
		} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			if got := w.Header().Get("Date"); got != "Mon, 02 Mar 2026 09:00:07 GMT" {
				t.Errorf("%s, status %d: Date is %q", path, w.Code, got)
			}
		}
	}
}
