package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/report"
)

// writes are all requests that publish or run something, each with a body that is taken when our own page sends it.
var writes = []struct{ path, mime, body string }{
	{"/api/v1/sql", "application/json", `{"query": "SELECT 1"}`},
	{"/api/v1/overrides", "application/json", `{"item": "a", "drive": "forced", "reason": "so it is"}`},
	{"/api/v1/decisions", "application/json", `{"text": "of: compute", "reason": "agreed"}`},
	{"/api/v1/dead-letters/retry", "application/json", `{"stage": "sink", "reason": "mended"}`},
	{"/api/v1/rules/try", "application/json", `{"rules": "x", "item": {"title": "y"}}`},
	{"/api/v1/rules/promote", "application/json", `{"ruleset": "r2", "reason": "better"}`},
	{"/api/v1/retrospective/notes", "application/json", `{"quarter": "2026-Q3", "text": "well done"}`},
	{"/api/v1/retrospective/publish", "application/json", `{"quarter": "2026-Q3", "reason": "agreed"}`},
	{"/api/v1/items", "application/json", `{"key": "A-1", "title": "x", "created_at": "2026-03-01"}`},
	{"/overrides", "application/x-www-form-urlencoded", "item=a&drive=forced&reason=so"},
	{"/plan", "application/x-www-form-urlencoded", "text=compute&reason=x&publish=1"},
	{"/pipeline/retry", "application/x-www-form-urlencoded", "stage=sink&source=*&failure=*&reason=mended"},
	{"/rules/try", "application/x-www-form-urlencoded", "rules=x&item=y"},
	{"/rules/promote", "application/x-www-form-urlencoded", "ruleset=r2&reason=better"},
	{"/retrospective/note", "application/x-www-form-urlencoded", "quarter=2026-Q3&text=well+done"},
	{"/retrospective/publish", "application/x-www-form-urlencoded", "quarter=2026-Q3&reason=agreed"},
	{"/login", "application/x-www-form-urlencoded", "token=token-of-the-admin&to=/"},
	{"/logout", "application/x-www-form-urlencoded", ""},
}

// published counts what a server was made to do.
type published struct{ n int }

func (p *published) options() Options {
	count := func() { p.n++ }
	o := Options{
		Listen: "127.0.0.1:8080", Users: []User{{Name: "ad", Role: Admin, Token: "token-of-the-admin"}},
		Run: (&told{asked: map[string]map[string]string{}}).run,
		SQL: func(_ context.Context, _ string, _ map[string]string, do func(report.Rows) error) error {
			count()
			return do(&answer{columns: []report.Column{{Name: "1", Type: "UInt8"}}})
		},
		Override: func(_ context.Context, o decisions.Override, _ func(string) bool) (*Overridden, error) {
			count()
			return &Overridden{ItemID: o.Item, Verb: "add"}, nil
		},
		Retry: func(ctx context.Context, f Failure, who, why string) (int, error) {
			count()
			return again(ctx, f, who, why)
		},
		Apply: func(ctx context.Context, text, why string, dry bool, by *User) (*Applied, error) {
			count()
			return (&ledger{}).apply(ctx, text, why, dry, by)
		},
		Rules: (&playground{}).port(), Retros: (&shelf{}).port(), Import: checking(nil),
	}
	try, promote, say, publish, take := o.Rules.Try, o.Rules.Promote, o.Retros.Say, o.Retros.Publish, o.Import.Do
	o.Rules.Try = func(ctx context.Context, rules, item string) (*Trial, error) {
		count()
		return try(ctx, rules, item)
	}
	o.Rules.Promote = func(ctx context.Context, by, ruleset, reason string) error {
		count()
		return promote(ctx, by, ruleset, reason)
	}
	o.Retros.Say = func(ctx context.Context, in Saying, who string, may func(string) bool) (string, error) {
		count()
		return say(ctx, in, who, may)
	}
	o.Retros.Publish = func(ctx context.Context, of RetroOf, who, why string, again bool, may func(string) bool) (string, error) {
		count()
		return publish(ctx, of, who, why, again, may)
	}
	o.Import.Do = func(ctx context.Context, in Lines) (Imported, error) {
		count()
		return take(ctx, in)
	}
	return o
}

// tokenFor is what a request bears.
func tokenFor(path string) string {
	if path == importPath {
		return "Bearer " + importToken
	}
	return "Bearer token-of-the-admin"
}

// TestWritesAreAllThere: what the tests below send is every POST that the server takes.
func TestWritesAreAllThere(t *testing.T) {
	var p published
	s, err := newServer(p.options())
	if err != nil {
		t.Fatal(err)
	}
	s.handler()
	want := map[string]bool{}
	for _, r := range s.api {
		if r.method != http.MethodGet {
			want["/api/v1"+r.path] = true
		}
	}
	for _, file := range []string{"web.go", "login.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(?:POST|PUT|DELETE|PATCH) (/[^"]*)"|URL\.Path == "([^"]*)" && r\.Method == http\.MethodPost`).FindAllStringSubmatch(string(source), -1) {
			want[m[1]+m[2]] = true
		}
	}
	for _, w := range writes {
		if !want[w.path] {
			t.Errorf("%s is none of the server's", w.path)
		}
		delete(want, w.path)
	}
	if len(want) > 0 {
		t.Errorf("these are sent by no test: %v", want)
	}
}

// TestOtherSitesPublishNothing: a page of another site makes somebody's browser send every request that writes, in each way in
// which browsers tell of it, and nothing comes of it; our own page's is taken.
func TestOtherSitesPublishNothing(t *testing.T) {
	var p published
	h, err := New(p.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range writes {
		p.n = 0
		for _, head := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "cross-site", "Origin", "http://127.0.0.1:8080"},
			{"Origin", "https://evil.example"},
			{"Origin", "null"},
			{"Origin", "http://127.0.0.1:9999"},
			{"Origin", "http://127.0.0.1.evil.example:8080"},
			{"Host", "evil.example"},
		} {
			got := send(t, h, http.MethodPost, w.path, w.body, append(head, "Content-Type", w.mime, "Authorization", tokenFor(w.path))...)
			if got.Code != 403 && got.Code != 421 || len(got.Result().Cookies()) > 0 {
				t.Errorf("%s with %q: %d %.200s", w.path, head, got.Code, got.Body)
			}
		}
		// What a form of another site can send without asking is no JSON.
		for _, mime := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
			if !strings.HasPrefix(w.path, "/api/") || strings.HasSuffix(w.path, "/items") && mime == "text/csv" {
				continue
			}
			if got := send(t, h, http.MethodPost, w.path, w.body, "Content-Type", mime, "Authorization", tokenFor(w.path)); got.Code != 415 {
				t.Errorf("%s as %q: %d %.200s", w.path, mime, got.Code, got.Body)
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "TRACE"} {
			got := send(t, h, method, w.path+"?"+url.QueryEscape(w.body), w.body, "Content-Type", w.mime, "Authorization", tokenFor(w.path))
			if strings.Contains(got.Header().Get("Access-Control-Allow-Origin")+got.Header().Get("Allow"), "*") {
				t.Errorf("%s %s lets others ask", method, w.path)
			}
		}
		if p.n > 0 {
			t.Errorf("%s: %d things were done for another site", w.path, p.n)
		}
		got := send(t, h, http.MethodPost, w.path, w.body, "Content-Type", w.mime, "Authorization", tokenFor(w.path), "Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8080")
		if got.Code != 200 && got.Code != 303 || p.n != 1 && w.path != "/login" && w.path != "/logout" {
			t.Errorf("%s by our own page: %d, %d things done: %.300s", w.path, got.Code, p.n, got.Body)
		}
	}
}

// endless is a body without a length.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

// TestOversizedRequests: no request that writes reads more than its limit, whether it says its size or not, and nothing comes of it.
func TestOversizedRequests(t *testing.T) {
	var p published
	h, err := New(p.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range writes {
		most := maxBody
		if w.path == importPath {
			most = maxImport
		}
		begin := map[bool]string{true: `{"text": "`, false: "reason="}[strings.HasPrefix(w.path, "/api/")]
		for what, body := range map[string]io.Reader{"said": strings.NewReader(begin + strings.Repeat("x", most)), "unsaid": io.MultiReader(strings.NewReader(begin), &endless{})} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, w.path, body)
			r.Host = "127.0.0.1:8080"
			r.Header.Set("Content-Type", w.mime)
			r.Header.Set("Authorization", tokenFor(w.path))
			got := httptest.NewRecorder()
			h.ServeHTTP(got, r)
			if got.Code != 413 || !strings.Contains(got.Body.String(), fmt.Sprintf("larger than %d bytes", most)) {
				t.Errorf("%s, size %s: %d %.300s", w.path, what, got.Code, got.Body)
			}
		}
	}
	if p.n > 0 {
		t.Errorf("%d things were done", p.n)
	}
	for body, want := range map[string]int{"reason=%zz": 400, "a=1;b=2": 400} {
		if got := send(t, h, http.MethodPost, "/rules/promote", body, "Content-Type", "application/x-www-form-urlencoded", "Authorization", tokenFor("")); got.Code != want || !strings.Contains(got.Body.String(), "the form cannot be read") {
			t.Errorf("form %q: %d %.300s", body, got.Code, got.Body)
		}
	}
	if got := send(t, h, http.MethodPost, "/overrides", "--x--", "Content-Type", "multipart/form-data; boundary=x", "Authorization", tokenFor("")); got.Code != 400 {
		t.Errorf("a form in parts: %d", got.Code)
	}
}

// TestPathTraversal: no spelling of a way up leads out of the assets and pages. It is sent as it is written, which clients of
// HTTP do not do.
func TestPathTraversal(t *testing.T) {
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: (&told{asked: map[string]map[string]string{}}).run, Retros: (&shelf{}).port()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	get := func(target string) (int, string) {
		t.Helper()
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n", target); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		return r.StatusCode, string(b)
	}
	if status, body := get("/assets/style.css"); status != 200 || !strings.Contains(body, "color-scheme") {
		t.Fatalf("an asset: %d", status)
	}
	ups := []string{"../", "..%2f", "..%2F", "%2e%2e/", "%2e%2e%2f", ".%2e/", "..\\", "..%5c", "%2e%2e%5c", "....//", "..;/", "..%00/", "%252e%252e%252f", "..%c0%af", "%c0%ae%c0%ae/", "..%ef%bc%8f", "./../", "//../"}
	files := []string{"etc/passwd", "web.go", "templates/layout.html", "ui/app.js", "proc/self/environ", "go.mod"}
	n := 0
	for _, from := range []string{"/", "/assets/", "/assets/dist/", "/items/", "/teams/", "/questions/", "/api/v1/", "/api/v1/questions/", "/retrospective/document/", "/sql/export/"} {
		for _, up := range ups {
			for _, file := range files {
				target := from + strings.Repeat(up, 6) + file
				n++
				status, body := get(target)
				if status < 300 && !strings.HasPrefix(from, "/teams/") || status >= 500 || strings.Contains(body, "root:") || strings.Contains(body, "package web") || strings.Contains(body, "{{define") || strings.Contains(body, "PATH=") {
					t.Errorf("%s: %d %.200s", target, status, body)
				}
			}
		}
	}
	for _, target := range []string{"/assets/", "/assets", "/assets/dist/", "/assets/.", "/assets/dist", "/assets//etc/passwd", "/assets/C:/Windows/win.ini", "/assets/style.css%00.html", "/assets/file:///etc/passwd", "http://evil.example/assets/style.css"} {
		n++
		if status, body := get(target); status < 400 && status != 301 && status != 307 || strings.Contains(body, "root:") || strings.Contains(body, "<pre>") {
			t.Errorf("%s: %d %.200s", target, status, body)
		}
	}
	t.Logf("%d paths", n)
}
