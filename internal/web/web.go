// Package web serves the catalogue's questions as pages and as JSON, read only. It reads the warehouse through a port
// and writes nothing.
package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

//go:embed page.html
var files embed.FS

// maxRows is how many rows of a result a page shows.
const maxRows = 1000

// BadQuestion is an error of Options.Run that the asker can mend: it is answered with status 400.
type BadQuestion struct{ Err error }

// Error implements error.
func (e *BadQuestion) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BadQuestion) Unwrap() error { return e.Err }

// statusOf is the status of an error of Options.Run.
func statusOf(err error) int {
	var bad *BadQuestion
	if errors.As(err, &bad) {
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// Options says where the answers come from.
type Options struct {
	// Run runs a question with bound parameters and hands the rows to do.
	Run func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error
	// Notice is what stands above every page, such as that an import is running; empty: nothing. Nil: nothing ever.
	Notice func() string
}

type server struct {
	o       Options
	catalog []queries.Question
	page    *template.Template
}

// New returns the handler of the pages: / lists the questions, /questions/NAME answers one, /api/v1/questions/NAME is
// its answer as JSON. Parameters of a question are those of the URL.
func New(o Options) (http.Handler, error) {
	catalog, err := queries.Catalog()
	if err != nil {
		return nil, err
	}
	page, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	s := &server{o, catalog, page}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /questions/{name}", s.answer)
	mux.HandleFunc("GET /api/v1/questions/{name}", s.answerJSON)
	return headers(mux), nil
}

// headers forbids every request to another host, and framing by one.
func headers(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		h.ServeHTTP(w, r)
	})
}

// view is what the page's template shows.
type view struct {
	Catalog   []queries.Question
	Question  *queries.Question
	Given     map[string]string
	Columns   []string
	Numeric   []bool
	Rows      [][]string
	Truncated bool
	Ask       bool // the question needs a parameter, and nothing was given yet
	Error     string
	Notice    string
}

func (s *server) index(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, &view{Catalog: s.catalog})
}

// find returns the question that a request names and its bound parameters.
func (s *server) find(r *http.Request) (*queries.Question, map[string]string, map[string]string, error) {
	for i := range s.catalog {
		q := &s.catalog[i]
		if q.Name != r.PathValue("name") {
			continue
		}
		given := map[string]string{}
		for k, v := range r.URL.Query() {
			if v[0] != "" {
				given[k] = v[0]
			}
		}
		bound, err := q.Bind(given)
		return q, given, bound, err
	}
	return nil, nil, nil, fmt.Errorf("there is no question %q", r.PathValue("name"))
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	q, given, bound, err := s.find(r)
	v := &view{Catalog: s.catalog, Question: q, Given: given}
	status := http.StatusOK
	switch {
	case q == nil:
		status, v.Error = http.StatusNotFound, err.Error()
	case err != nil && len(given) == 0:
		v.Ask = true
	case err != nil:
		status, v.Error = http.StatusBadRequest, err.Error()
	default:
		if err := s.o.Run(r.Context(), q, bound, v.fill); err != nil {
			status, v.Error = statusOf(err), err.Error()
		}
	}
	s.render(w, status, v)
}

var errEnough = errors.New("enough rows")

func (v *view) fill(rows report.Rows) error {
	for _, c := range rows.Columns() {
		v.Columns = append(v.Columns, c.Name)
		v.Numeric = append(v.Numeric, strings.Contains(c.Type, "Int") || strings.Contains(c.Type, "Float") || strings.Contains(c.Type, "Decimal"))
	}
	err := report.Each(rows, func(row []any) error {
		if len(v.Rows) == maxRows {
			v.Truncated = true
			return errEnough
		}
		cells := make([]string, len(row))
		for i, x := range row {
			cells[i] = report.Plain(x, rows.Columns()[i].Type)
		}
		v.Rows = append(v.Rows, cells)
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (s *server) answerJSON(w http.ResponseWriter, r *http.Request) {
	q, _, bound, err := s.find(r)
	if err != nil {
		status := http.StatusBadRequest
		if q == nil {
			status = http.StatusNotFound
		}
		http.Error(w, err.Error(), status)
		return
	}
	var out bytes.Buffer // so that an error in the middle is no half answer
	if err := s.o.Run(r.Context(), q, bound, func(rows report.Rows) error { return report.Write(&out, "json", rows) }); err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(out.Bytes())
}

func (s *server) render(w http.ResponseWriter, status int, v *view) {
	if s.o.Notice != nil {
		v.Notice = s.o.Notice()
	}
	var out bytes.Buffer
	if err := s.page.Execute(&out, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}
