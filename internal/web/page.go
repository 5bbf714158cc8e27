package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/workmix/workmix/queries"
)

//go:embed templates/*.html
var templateFiles embed.FS

// frame is what every page has around its own content.
type frame struct {
	Title   string
	Path    string // the entry of the navigation that the page belongs to
	Nonce   string
	Version string
	Notice  string
	User    *User
	LogOut  bool   // somebody is logged in
	Bundle  bool   // the scripts were built in
	Self    string // the page's address, if it is to be asked for again because something was left out
	Page    any
}

// entry is a page of the navigation.
type entry struct{ Path, Name string }

var navigation = []entry{{"/", "Overview"}, {"/allocation", "Allocation"}, {"/plan", "Plan"}, {"/retrospective", "Retrospective"}, {"/teams", "Teams"}, {"/items", "Items"}, {"/rules", "Rules"}, {"/questions", "Questions"}, {"/sql", "SQL"}, {"/pipeline", "Pipeline"}}

// pages are the parsed templates, by the name of the page's file without .html.
type pages struct{ byName map[string]*template.Template }

func readPages(a *assets) (*pages, error) {
	shared, err := template.New("").Funcs(template.FuncMap{
		"asset":        func(name string) template.URL { return template.URL(a.url(name)) }, //nolint:gosec // a path of our own
		"navigation":   func() []entry { return navigation },
		"unattributed": func() string { return queries.Unattributed },
		"words":        func(s string) string { return strings.ReplaceAll(s, "_", " ") },
		"quadrant":     isQuadrant,
		"query":        func(o interface{ address() string }) template.URL { return template.URL(o.address()) }, //nolint:gosec // its values are escaped
	}).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	p := &pages{map[string]*template.Template{}}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name == "layout" || name == "parts" {
			continue
		}
		t, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if p.byName[name], err = t.ParseFS(templateFiles, path.Join("templates", f.Name())); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func isQuadrant(s string) bool {
	switch s {
	case "forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined":
		return true
	}
	return false
}

// render writes a page, whole or not at all.
func (s *server) render(w http.ResponseWriter, r *http.Request, status int, name, title, nav string, content any) {
	var out bytes.Buffer
	f := frame{
		Title: title, Path: nav, Nonce: nonce(r.Context()), Version: s.o.Version, Bundle: s.assets.url("dist/app.js") != "", Page: content,
	}
	if hurryOf(r.Context()).isLate() {
		f.Self = r.URL.RequestURI()
	}
	f.User = asker(r)
	f.LogOut = s.login != nil && f.User != nil
	if s.o.Notice != nil {
		f.Notice = s.o.Notice()
	}
	if err := s.pages.byName[name].ExecuteTemplate(&out, "layout", f); err != nil {
		http.Error(w, fmt.Sprintf("page %s: %v", name, err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// renderPart writes a part of a page, for one that is there already.
func (s *server) renderPart(w http.ResponseWriter, r *http.Request, status int, name string, content any) {
	var out bytes.Buffer
	if err := s.pages.byName[name].ExecuteTemplate(&out, "main", content); err != nil {
		http.Error(w, fmt.Sprintf("part %s: %v", name, err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// fail answers with an error, as a page or as JSON.
func (s *server) fail(w http.ResponseWriter, r *http.Request, status int, err error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeError(w, status, err)
		return
	}
	busy(w, status)
	s.render(w, r, status, "error", http.StatusText(status), "", err.Error())
}

func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.fail(w, r, http.StatusMethodNotAllowed, fmt.Errorf("%s is not allowed here: the pages are read with GET", r.Method))
		return
	}
	s.fail(w, r, http.StatusNotFound, fmt.Errorf("there is no page %s: the navigation above lists those that exist", r.URL.Path))
}

// found is a link from a panel to the statement behind it.
func sqlLink(q *queries.Question, given map[string]string) string {
	v := values{}
	v.add("question", q.Name)
	for _, p := range q.Params {
		if g := given[p.Name]; g != "" {
			v.add("param_"+p.Name, g)
		}
	}
	return "/sql?" + v.String()
}
