package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

var errBusy = errors.New("as many statements as are allowed run already: wait for one to end and try again")

// run runs a user's statement, if it is one that reads, and hands the rows to do.
func (s *server) run(ctx context.Context, sql string, params map[string]string, do func(report.Rows) error) error {
	as := s.o.SQL
	if s.seesNames(ctx) {
		as = s.o.PeopleSQL
	}
	return s.guarded(ctx, sql, params, func(ctx context.Context, sql string) error { return as(ctx, sql, params, do) })
}

// seesNames tells whether statements run as the account that may read names.
func (s *server) seesNames(ctx context.Context) bool {
	u := askerOf(ctx)
	return u != nil && u.People && s.o.PeopleSQL != nil
}

// guarded runs a statement that may run, when there is room for it.
func (s *server) guarded(ctx context.Context, sql string, params map[string]string, run func(ctx context.Context, sql string) error) error {
	sql, err := checkStatement(sql)
	if err != nil {
		return &BadQuestion{err}
	}
	for _, p := range placeholders(sql) {
		if _, ok := params[p]; !ok {
			return &BadQuestion{fmt.Errorf("the statement needs a value for {%s}: give parameter %s", p, p)}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	soon := time.NewTimer(2 * time.Second)
	defer soon.Stop()
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-soon.C:
		return errBusy
	}
	return run(ctx, sql)
}

var placeholder = regexp.MustCompile(`\{\s*([A-Za-z_]\w*)\s*:`)

// placeholders are the names of a statement's parameters, each once.
func placeholders(sql string) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(sql, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// limit is the first rows of a result.
type limit struct {
	report.Rows
	left int
	cut  bool
}

func (l *limit) Next() ([]any, error) {
	row, err := l.Rows.Next()
	if err == nil && l.left == 0 {
		l.cut = true
		return nil, io.EOF
	}
	l.left--
	return row, err
}

// console is what the SQL page shows.
type console struct {
	Query   string
	Names   []string // of its parameters
	Given   map[string]string
	Panel   *panel // nil: nothing was run
	Elapsed string
	Foreign bool // the statement came with a link of another site, and waits to be run by hand
	Areas   []area
	Views   []queries.View
	Schema  template.JS
	Exports []entry
	Draw    string // how the result is drawn
	People  bool   // names may be read, too
}

// parameters are those of a statement in an address: param_x=1.
func parameters(r *http.Request) map[string]string {
	out := map[string]string{}
	for k, v := range r.URL.Query() {
		if name, ok := strings.CutPrefix(k, "param_"); ok {
			out[name] = v[0]
		}
	}
	return out
}

func (s *server) console(w http.ResponseWriter, r *http.Request) {
	v := &console{Query: r.URL.Query().Get("query"), Given: parameters(r), Areas: s.areas(), Views: s.views, Draw: r.URL.Query().Get("draw"), People: s.seesNames(r.Context())}
	title, status := "SQL", http.StatusOK
	if name := r.URL.Query().Get("question"); v.Query == "" && name != "" {
		q := s.question(name)
		if q == nil {
			s.fail(w, r, http.StatusNotFound, fmt.Errorf("there is no question %q: /questions lists those that exist", name))
			return
		}
		v.Query, title = q.SQL, q.Title+" in SQL"
		if bound, err := q.Bind(v.Given); err == nil {
			v.Given = bound
		}
	}
	v.Names = placeholders(v.Query)
	var err error
	if v.Schema, err = s.schema(); err != nil {
		s.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	switch {
	case v.Query == "":
	case !sameSite(r):
		v.Foreign = true
	default:
		v.Panel, status = s.runPanel(r.Context(), v)
		busy(w, status)
	}
	s.render(w, r, status, "sql", title, "/sql", v)
}

// runPanel runs the console's statement.
func (s *server) runPanel(ctx context.Context, v *console) (*panel, int) {
	p := &panel{ID: "result", Open: true, Empty: "The statement ran, and no row answers it."}
	start := time.Now()
	if err := s.run(ctx, v.Query, v.Given, p.fill); err != nil {
		p.Error, p.Rows = err.Error(), nil
		return p, statusOf(err)
	}
	v.Elapsed = time.Since(start).Round(time.Millisecond).String()
	link := values{}
	link.add("query", v.Query)
	for _, n := range v.Names {
		link.add("param_"+n, v.Given[n])
	}
	for _, f := range []entry{{"csv", "CSV"}, {"jsonl", "JSON lines"}, {"parquet", "Parquet"}, {"markdown", "Markdown"}} {
		if f.Path == "parquet" && s.o.Parquet == nil {
			continue
		}
		v.Exports = append(v.Exports, entry{"/sql/export?format=" + f.Path + "&" + link.String(), f.Name})
	}
	if p.Chart = quickChart(p, v.Draw); p.Chart == nil {
		p.shorten()
	}
	return p, http.StatusOK
}

// quickChart draws the columns of numbers over the first column, if that makes sense.
func quickChart(p *panel, kind string) *chart {
	if kind != "bar" && kind != "line" || len(p.Rows) < 2 {
		return nil
	}
	var numbers []string
	for i := 1; i < len(p.Columns); i++ {
		if p.Numeric[i] {
			numbers = append(numbers, p.Columns[i])
		}
	}
	if len(numbers) == 0 {
		p.Empty = ""
		return nil
	}
	return &chart{Kind: kind, X: p.Columns[0], Y: strings.Join(numbers, ","), Text: "The columns of numbers over " + p.Columns[0] + "; the table below has them."}
}

// schema is what the editor completes: the views and their columns, as JSON.
func (s *server) schema() (template.JS, error) {
	type column struct {
		Name    string `json:"name"`
		Type    string `json:"type"`
		Comment string `json:"comment"`
	}
	type view struct {
		Name    string   `json:"name"`
		Row     string   `json:"row"`
		Columns []column `json:"columns"`
	}
	var all []view
	for _, v := range s.views {
		out := view{Name: v.Name, Row: "A row is " + v.Row}
		for _, c := range v.Columns {
			out.Columns = append(out.Columns, column(c))
		}
		all = append(all, out)
	}
	b, err := json.Marshal(all)
	return template.JS(b), err //nolint:gosec // our own text, in which json.Marshal escapes < and >
}

// export streams a statement's result as a file.
func (s *server) export(w http.ResponseWriter, r *http.Request) {
	if !sameSite(r) {
		s.fail(w, r, http.StatusForbidden, errors.New("an export is taken from the SQL page: open it and run the statement there"))
		return
	}
	format := r.URL.Query().Get("format")
	parquet := s.o.Parquet
	if s.seesNames(r.Context()) {
		parquet = s.o.PeopleParquet
	}
	mimes := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "json": "application/json", "markdown": "text/markdown; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
	if mimes[format] == "" || format == "parquet" && parquet == nil {
		s.fail(w, r, http.StatusBadRequest, fmt.Errorf("format %q is not one of csv, json, jsonl, markdown, parquet", format))
		return
	}
	out := &file{w: w, ext: cmp.Or(map[string]string{"markdown": "md"}[format], format), mime: mimes[format]}
	query, params := r.URL.Query().Get("query"), parameters(r)
	var err error
	if format == "parquet" {
		err = s.guarded(r.Context(), query, params, func(ctx context.Context, sql string) error { return parquet(ctx, out, sql, params) })
	} else {
		err = s.run(r.Context(), query, params, func(rows report.Rows) error {
			out.begin() // of no rows, too
			return report.Write(out, format, rows)
		})
	}
	switch {
	case err != nil && out.begun:
		panic(http.ErrAbortHandler) // the only way to tell that a file which is under way is not whole
	case err != nil:
		s.fail(w, r, statusOf(err), err)
	}
}

// file is an answer that a browser saves. What it is is said with the first byte: until then it can still be an error.
type file struct {
	w         http.ResponseWriter
	ext, mime string
	begun     bool
}

func (f *file) begin() {
	if !f.begun {
		f.begun = true
		f.w.Header().Set("Content-Type", f.mime)
		f.w.Header().Set("Content-Disposition", `attachment; filename="workmix.`+f.ext+`"`)
	}
}

func (f *file) Write(p []byte) (int, error) {
	f.begin()
	return f.w.Write(p)
}
