package web

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		host, listen string
		want         bool
	}{
		{"127.0.0.1:8080", "127.0.0.1:8080", true},
		{"localhost:8080", "127.0.0.1:8080", true},
		{"LOCALHOST", "127.0.0.1:8080", true},
		{"[::1]:8080", "127.0.0.1:8080", true},
		{"127.0.0.2:8080", "localhost:8080", true},
		{"evil.example:8080", "127.0.0.1:8080", false},
		{"localhost.evil.example", "127.0.0.1:8080", false},
		{"127.0.0.1.evil.example", "127.0.0.1:8080", false},
		{"10.0.0.1", "127.0.0.1:8080", false},
		{"", "127.0.0.1:8080", false},
		{"workmix", "127.0.0.1:8080", false},
		{"10.0.0.1:8080", "10.0.0.1:8080", true},
		{"evil.example", "10.0.0.1:8080", false},
		{"workmix.example:80", "workmix.example:8080", true},
		{"workmix:8080", "0.0.0.0:8080", true},
		{"10.0.0.1:8080", "0.0.0.0:8080", true},
		{"evil.example:8080", "0.0.0.0:8080", false},
		{"evil.example:8080", ":8080", false},
		{"", ":8080", false},
	} {
		if got := hostAllowed(c.host, c.listen); got != c.want {
			t.Errorf("host %q of %q: %v", c.host, c.listen, got)
		}
	}
}

func TestOtherSitesAreKeptOut(t *testing.T) {
	ran := 0
	h, err := New(Options{
		Listen: "127.0.0.1:8080",
		SQL: func(_ context.Context, _ string, _ map[string]string, do func(report.Rows) error) error {
			ran++
			return do(&answer{columns: []report.Column{{Name: "secret", Type: "String"}}, rows: [][]any{{"qwertz"}}})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"query": "SELECT 1 AS secret"}`
	for _, c := range []struct {
		method, path string
		header       []string
		status       int
	}{
		{"POST", "/api/v1/sql", []string{"Content-Type", "application/json", "Host", "evil.example"}, 421},
		{"GET", "/", []string{"Host", "evil.example"}, 421},
		{"POST", "/api/v1/sql", []string{"Content-Type", "application/json", "Origin", "https://evil.example"}, 403},
		{"POST", "/api/v1/sql", []string{"Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"}, 403},
		{"POST", "/api/v1/sql", []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-site"}, 403},
		{"POST", "/api/v1/sql", []string{"Content-Type", "text/plain"}, 415},
		{"POST", "/api/v1/sql", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"POST", "/api/v1/sql", nil, 415},
		{"GET", "/sql?query=SELECT+1+AS+secret", []string{"Sec-Fetch-Site", "cross-site"}, 200}, // shown, not run
		{"GET", "/sql/export?format=csv&query=SELECT+1+AS+secret", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"POST", "/sql", nil, 405},
		{"DELETE", "/questions", nil, 405},
		{"GET", "/..%2f..%2fetc/passwd", nil, 404},
		{"GET", "/assets/..%2fweb.go", nil, 404},
		{"GET", "/questions/..%2f..%2fetc%2fpasswd", nil, 404},
	} {
		w := send(t, h, c.method, c.path, body, c.header...)
		if w.Code != c.status || strings.Contains(w.Body.String(), "qwertz") {
			t.Errorf("%s %s %q: %d, want %d: %s", c.method, c.path, c.header, w.Code, c.status, w.Body)
		}
	}
	if ran > 0 {
		t.Errorf("%d statements of other sites ran", ran)
	}
	if w := send(t, h, "POST", "/api/v1/sql", body, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"); w.Code != 200 || ran != 1 {
		t.Errorf("our own page: %d %s", w.Code, w.Body)
	}
	if w := send(t, h, "POST", "/api/v1/sql", `{"query": "`+strings.Repeat("x", maxBody)+`"}`, "Content-Type", "application/json"); w.Code != 413 {
		t.Errorf("a large request: %d %s", w.Code, w.Body)
	}
	if w := send(t, h, "POST", "/api/v1/sql", `{"query": "SELECT 1", "multi": true}`, "Content-Type", "application/json"); w.Code != 400 || !strings.Contains(w.Body.String(), "multi") {
		t.Errorf("an unknown key: %d %s", w.Code, w.Body)
	}
}

func TestFurtherHosts(t *testing.T) {
	if !hostAllowed("Workmix.example:443", "127.0.0.1:8080", "workmix.example") || hostAllowed("evil.example", "127.0.0.1:8080", "workmix.example") {
		t.Error("serve.hosts is not heeded")
	}
}

// TestTextsStayTexts: what comes from trackers, or from an address, is never markup or script on a page.
func TestTextsStayTexts(t *testing.T) {
	attacks := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `</script><script>alert(1)</script>`,
		`javascript:alert(1)`, `</textarea><script>alert(1)</script>`, `</pre><iframe src=//evil.example>`, `{{.}}`, "<a href=\"javascript:alert(1)\">x</a>",
	}
	var at string
	h, err := New(Options{
		Listen: "127.0.0.1:8080",
		Run: func(_ context.Context, _ *queries.Question, _ map[string]string, do func(report.Rows) error) error {
			return do(&answer{columns: []report.Column{{Name: at, Type: "String"}, {Name: "url", Type: "String"}}, rows: [][]any{{at, at}}})
		},
		SQL: func(_ context.Context, _ string, _ map[string]string, do func(report.Rows) error) error {
			return do(&answer{columns: []report.Column{{Name: at, Type: "String"}, {Name: "n", Type: "UInt8"}}, rows: [][]any{{at, 1}, {at, 2}}})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, at = range attacks {
		v := values{}
		v.add("query", "SELECT '"+strings.ReplaceAll(at, "'", "")+"' AS x, {p:String}")
		v.add("param_p", at)
		v.add("team", at)
		v.add("question", at)
		v.add("draw", at)
		for _, path := range []string{"/?", "/questions/quadrant_of_projects?", "/questions/state_at?", "/sql?", "/nonsense?"} {
			body := send(t, h, "GET", path+v.String(), "").Body.String()
			for _, bad := range []string{"<script>alert", "<img src=x", "<svg onload", "<iframe", `href="javascript:`, `src="javascript:`} {
				if strings.Contains(body, bad) {
					t.Errorf("%s with %q holds %q", path, at, bad)
				}
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, path := range []string{"/", "/questions/quadrant_of_projects", "/api/v1/questions", "/nonsense", "/assets/style.css"} {
		w := get(t, two, path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if !strings.HasPrefix(w.Header().Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, w.Header().Get(name))
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	h, err := New(Options{Listen: "127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/questions", "/api/v1/questions", "/assets/style.css"} {
		plain := send(t, h, http.MethodGet, path, "").Body.String()
		w := send(t, h, http.MethodGet, path, "", "Accept-Encoding", "gzip")
		z, err := gzip.NewReader(w.Body)
		if err != nil || w.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %v", path, err)
		}
		got, err := io.ReadAll(z)
		if err != nil || len(got) != len(plain) {
			t.Errorf("%s: %d bytes compressed, %d plain, %v", path, len(got), len(plain), err)
		}
	}
}
