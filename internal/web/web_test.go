package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// answer is a result in memory.
type answer struct {
	columns []report.Column
	rows    [][]any
}

func (a *answer) Columns() []report.Column { return a.columns }

func (a *answer) Next() ([]any, error) {
	if len(a.rows) == 0 {
		return nil, io.EOF
	}
	r := a.rows[0]
	a.rows = a.rows[1:]
	return r, nil
}

func get(t *testing.T, run func(*queries.Question, map[string]string) (report.Rows, error), path string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: func(_ context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
		rows, err := run(q, bound)
		if err != nil {
			return err
		}
		return do(rows)
	}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Host = "127.0.0.1:8080"
	h.ServeHTTP(w, r)
	return w
}

func two(*queries.Question, map[string]string) (report.Rows, error) {
	return &answer{[]report.Column{{Name: "team", Type: "String"}, {Name: "n", Type: "UInt64"}}, [][]any{{"<b>compute", uint64(3)}, {"lab", uint64(4)}}}, nil
}

func TestPages(t *testing.T) {
	for _, c := range []struct {
		path   string
		status int
		want   string
	}{
		{"/questions/quadrant_of_projects", 200, "&lt;b&gt;compute</td><td class=\"n\">3</td>"},
		{"/questions/state_at", 200, "Fill in what the question asks about"},
		{"/questions/state_at?at=soon", 400, "role=\"alert\""},
		{"/questions/state_at?at=2026-01-01", 200, "lab"},
		{"/questions/nonsense", 404, "there is no question"},
		{"/nonsense", 404, "there is no page /nonsense"},
		{"/questions", 200, `href="/questions/work_mix_by_week"`},
		{"/sql", 200, `data-editor="schema"`},
		{"/sql?question=nonsense", 404, "there is no question"},
		{"/assets/style.css", 200, "color-scheme"},
		{"/assets/nonsense.js", 404, "no such asset"},
		{"/api/v1/questions", 200, `"name":"work_mix_by_week"`},
		{"/api/v1/nonsense", 404, `"error":"there is no GET /api/v1/nonsense`},
		{"/api/v1/questions/quadrant_of_projects", 200, `{"team":"<b>compute","n":3}`},
		{"/api/v1/questions/state_at", 400, "needs parameter at"},
		{"/api/v1/questions/nonsense", 404, "there is no question"},
	} {
		w := get(t, two, c.path)
		body := strings.ReplaceAll(w.Body.String(), `\u003c`, "<")
		body = strings.ReplaceAll(body, `\u003e`, ">")
		if w.Code != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d, want %d with %s:\n%s", c.path, w.Code, c.status, c.want, body)
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s lets a page ask other hosts", c.path)
		}
	}
}

func TestAFailureIsNoHalfAnswer(t *testing.T) {
	broken := func(*queries.Question, map[string]string) (report.Rows, error) {
		return nil, errors.New("the engine is down")
	}
	for _, path := range []string{"/questions/quadrant_of_projects", "/api/v1/questions/quadrant_of_projects"} {
		if w := get(t, broken, path); w.Code != 500 || !strings.Contains(w.Body.String(), "the engine is down") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAWrongQuestionIsTheAskersDoing(t *testing.T) {
	early := func(*queries.Question, map[string]string) (report.Rows, error) {
		return nil, fmt.Errorf("question: %w", &BadQuestion{errors.New("nothing was known yet")})
	}
	for _, path := range []string{"/questions/quadrant_of_projects", "/api/v1/questions/quadrant_of_projects"} {
		if w := get(t, early, path); w.Code != 400 || !strings.Contains(w.Body.String(), "nothing was known yet") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestNotice(t *testing.T) {
	text := "an <import> is running"
	h, err := New(Options{Listen: "127.0.0.1:8080", Notice: func() string { return text }})
	if err != nil {
		t.Fatal(err)
	}
	page := func() string {
		return send(t, h, http.MethodGet, "/questions", "").Body.String()
	}
	if body := page(); !strings.Contains(body, `role="status">an &lt;import&gt; is running<`) {
		t.Errorf("the notice is not on the page:\n%s", body)
	}
	if text = ""; strings.Contains(page(), `role="status"`) {
		t.Error("an empty notice is shown")
	}
}

func TestLongAnswersSayThatTheyAreCut(t *testing.T) {
	many := func(*queries.Question, map[string]string) (report.Rows, error) {
		a := &answer{columns: []report.Column{{Name: "n", Type: "UInt64"}}}
		for i := range maxRows + 1 {
			a.rows = append(a.rows, []any{uint64(i)})
		}
		return a, nil
	}
	if w := get(t, many, "/questions/time_in_progress"); !strings.Contains(w.Body.String(), "Only the first 1000 rows") {
		t.Error("a long answer looks whole")
	}
}
