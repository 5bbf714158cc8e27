package simulate_test

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/simulate"
)

// TestLoadHistory shows what a server shows of a history of two issues, of which one was opened later.
func TestLoadHistory(t *testing.T) {
	object := func(n int, title, updated string) string {
		return fmt.Sprintf(`{"id":%d,"number":%d,"title":%q,"state":"open","labels":[],"created_at":"2026-03-01T08:00:00Z","updated_at":%q,"url":"https://api.github.com/repos/acme/api/issues/%d"}`, 70+n, n, title, updated, n)
	}
	event := func(id int, at string) string {
		return fmt.Sprintf(`{"id":%d,"event":"labeled","created_at":%q,"label":{"name":"l%d"}}`, id, at, id)
	}
	dir := filepath.Join(t.TempDir(), "github", "made-up")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(name string, lines ...string) {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		_, err = z.Write([]byte(strings.Join(lines, "\n") + "\n"))
		if err := firstOf(err, z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	put("items.jsonl.gz",
		`{"type":"issue","issue":`+object(1, "c", "2026-03-04T00:00:00Z")+`,"events":[`+event(1, "2026-03-01T10:00:00Z")+`,`+event(2, "2026-03-03T00:00:00Z")+`]}`,
		`{"type":"issue","issue":`+object(2, "x", "2026-03-03T12:00:00Z")+`,"events":[]}`)
	put("versions.jsonl.gz",
		`{"captured_at":"2026-03-02T00:00:00+00:00","number":1,"object":`+object(1, "a", "2026-03-01T11:00:00Z")+`}`,
		`{"captured_at":"2026-03-04T02:00:00+00:00","number":1,"object":`+object(1, "b", "2026-03-03T00:00:00Z")+`}`,
		`{"captured_at":"2026-03-03T13:00:00+00:00","number":2,"object":`+object(2, "x", "2026-03-03T12:00:00Z")+`}`,
		`{"captured_at":"2026-03-05T01:00:00+00:00","number":1,"object":`+object(1, "c", "2026-03-04T00:00:00Z")+`}`)
	d, versions, err := simulate.LoadHistory(filepath.Dir(filepath.Dir(dir)), simulate.History{Late: func() time.Duration { return 30 * time.Hour }})
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	for _, v := range versions {
		shown += fmt.Sprintf("%s %s %s; ", v.Key, v.Object["title"], v.Shown.UTC().Format("02 15:04:05"))
	}
	// Shown late, but never past its capture or the next version of the item.
	if want := "acme/api#1 a 02 00:00:00; acme/api#2 x 03 13:00:00; acme/api#1 b 03 23:59:59; acme/api#1 c 05 01:00:00; "; shown != want {
		t.Errorf("shown  %s\nwant %s", shown, want)
	}
	var now time.Time
	h := simulate.NewGitHub(d, simulate.Options{Clock: func() time.Time { return now }})
	titles, labels := regexp.MustCompile(`"title":"(.)"`), regexp.MustCompile(`"name":"(l.)"`)
	got := func(path string, what *regexp.Regexp) (out string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		for _, m := range what.FindAllStringSubmatch(w.Body.String(), -1) {
			out += m[1]
		}
		return out
	}
	for _, c := range []struct {
		at             time.Time
		titles, labels string
	}{
		{versions[0].Shown, "a", "l1"}, {versions[1].Shown, "ax", "l1"}, {versions[2].Shown, "bx", "l1l2"}, {versions[3].Shown, "xc", "l1l2"},
	} {
		now = c.at
		if ts, ls := got("/repos/acme/api/issues?state=all&sort=updated&direction=asc", titles), got("/repos/acme/api/issues/1/timeline", labels); ts != c.titles || ls != c.labels {
			t.Errorf("at %v the issues are %q with %q, want %q with %q", now, ts, ls, c.titles, c.labels)
		}
	}
	if _, _, err := simulate.LoadHistory(t.TempDir(), simulate.History{}); err == nil {
		t.Error("a folder without anything loads")
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
