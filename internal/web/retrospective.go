package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Retros makes retrospectives, and keeps what is said of them. The errors of its functions are a [*BadQuestion] where the asker is
// at fault; nothing was published then.
type Retros struct {
	// Render returns a retrospective as html, markdown or json.
	Render func(ctx context.Context, of RetroOf, format string) ([]byte, error)
	// Headline is the one sentence of a retrospective that says most.
	Headline func(ctx context.Context, of RetroOf) (string, error)
	// Published lists what was published, the newest first.
	Published func(ctx context.Context) ([]PublishedRetro, error)
	// Compare lists the numbers of a published one that are others now.
	Compare func(ctx context.Context, of RetroOf) ([]RetroDifference, error)
	// Say publishes a comment or an action, or that an action is done, by whom, and returns its id. may tells whether that person
	// decides on what belongs to a team; empty: the organisation.
	Say func(ctx context.Context, s Saying, who string, may func(team string) bool) (string, error)
	// Publish stores a retrospective as it is now, to be served unchanged for ever, by whom and why, and returns its id.
	Publish func(ctx context.Context, of RetroOf, who, why string, again bool, may func(team string) bool) (string, error)
}

// RetroOf says which retrospective is meant.
type RetroOf struct {
	Quarter  string // such as 2026-Q3
	Team     string // empty: the organisation
	KnownAt  string // what was learned until then counts; empty: everything
	Revision int    // above 0: that publication, unchanged
}

// address is the query that names a retrospective.
func (o RetroOf) address() string {
	v := values{}
	v.add("quarter", o.Quarter)
	if o.Team != "" {
		v.add("team", o.Team)
	}
	if o.KnownAt != "" {
		v.add("as_known_at", o.KnownAt)
	}
	if o.Revision != 0 {
		v.add("revision", strconv.Itoa(o.Revision))
	}
	return v.String()
}

func (p PublishedRetro) address() string {
	return RetroOf{Quarter: p.Quarter, Team: p.Team, Revision: p.Revision}.address()
}

// PublishedRetro is one that was published.
type PublishedRetro struct {
	Quarter  string    `json:"quarter"`
	Team     string    `json:"team"`
	Revision int       `json:"revision"`
	At       time.Time `json:"published_at"`
	KnownAt  string    `json:"known_at"`
	Reason   string    `json:"reason"`
	Program  string    `json:"program"`
}

// RetroDifference is a number of a published retrospective that is another one now.
type RetroDifference struct {
	Number string   `json:"number"`
	Before string   `json:"published"`
	Now    string   `json:"now"`
	Causes []string `json:"because"`
}

// Saying is a comment on a quarter, an action that was agreed on, or, with Done alone, that one is done.
type Saying struct {
	Quarter string `json:"quarter,omitempty"`
	Team    string `json:"team,omitempty"`
	Text    string `json:"text,omitempty"`
	Owner   string `json:"owner,omitempty"` // of an action
	Due     string `json:"due,omitempty"`   // likewise, a quarter
	Done    string `json:"done,omitempty"`  // id of an action
}

// retrospectivePage is the report of a quarter within its surroundings.
type retrospectivePage struct {
	Of              RetroOf
	Teams, Quarters []string
	Published       []PublishedRetro
	Stored          *PublishedRetro // the published one that is shown
	Differences     []RetroDifference
	Compared        bool
	Document        string // where the report itself is
	May             bool
	Said            string // what the asker just did
	Error           string
}

// retroOf reads which retrospective an address means.
func retroOf(v url.Values) (RetroOf, error) {
	o := RetroOf{Quarter: v.Get("quarter"), Team: v.Get("team"), KnownAt: v.Get("as_known_at")}
	for k := range v {
		if !slices.Contains([]string{"quarter", "team", "as_known_at", "revision", "compare", "format", "said"}, k) {
			return o, fmt.Errorf("a retrospective is named by quarter, team, as_known_at and revision, not by %s", k)
		}
	}
	if text := v.Get("revision"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return o, fmt.Errorf("revision %.20q is not a number from 1", text)
		}
		o.Revision = n
	}
	if o.Revision > 0 && o.KnownAt != "" {
		return o, errors.New("a published retrospective is as it was stored: leave as_known_at out")
	}
	return o, nil
}

// retrospective shows the report of a quarter: as of now, as known at a time, or as it was published.
func (s *server) retrospective(w http.ResponseWriter, r *http.Request) {
	if s.o.Retros == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	o, err := retroOf(r.URL.Query())
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, err)
		return
	}
	known := s.askAll(r.Context(), want{"teams", nil}, want{"quarters", nil})
	v := &retrospectivePage{Of: o, Teams: known[0].column("id"), Quarters: known[1].column("name"), May: asker(r).Edits(o.Team), Error: known[1].Error}
	v.Said = map[string]string{"note": "It is kept, and stands in the report.", "published": "It is stored as it is now."}[r.URL.Query().Get("said")]
	if v.Of.Quarter == "" && len(v.Quarters) > 0 {
		v.Of.Quarter = v.Quarters[min(1, len(v.Quarters)-1)] // the newest that is over
	}
	if v.Published, err = s.o.Retros.Published(r.Context()); err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	for i := range v.Published {
		if p := &v.Published[i]; o.Revision > 0 && p.Revision == o.Revision && p.Quarter == v.Of.Quarter && p.Team == o.Team {
			v.Stored = p
		}
	}
	if o.Revision > 0 && v.Stored == nil {
		s.fail(w, r, http.StatusNotFound, fmt.Errorf("there is no publication %d of %s: /retrospective lists those that there are", o.Revision, v.Of.Quarter))
		return
	}
	if v.Stored != nil && r.URL.Query().Get("compare") != "" {
		v.Compared = true
		if v.Differences, err = s.o.Retros.Compare(r.Context(), v.Of); err != nil {
			s.fail(w, r, statusOf(err), err)
			return
		}
	}
	if v.Of.Quarter != "" {
		v.Document = "/retrospective/document?" + v.Of.address()
	}
	s.render(w, r, http.StatusOK, "retrospective", "Retrospective", "/retrospective", v)
}

// retroDocument is the report itself: as a page of its own for the frame and for printing, or as a file.
func (s *server) retroDocument(w http.ResponseWriter, r *http.Request) {
	if s.o.Retros == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	o, err := retroOf(r.URL.Query())
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, err)
		return
	}
	format := r.URL.Query().Get("format")
	as, ok := map[string]struct{ format, mime, ext string }{
		"": {"html", "text/html; charset=utf-8", ""}, "html": {"html", "text/html; charset=utf-8", "html"},
		"markdown": {"markdown", "text/markdown; charset=utf-8", "md"}, "json": {"json", "application/json", "json"},
	}[format]
	if !ok {
		s.fail(w, r, http.StatusBadRequest, fmt.Errorf("format %.20q is not one of html, markdown, json", format))
		return
	}
	b, err := s.o.Retros.Render(r.Context(), o, as.format)
	if err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	head := w.Header()
	head.Set("Content-Type", as.mime)
	// The report is one file with its style inside and nothing else; the page that holds it is ours.
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'")
	head.Set("X-Frame-Options", "SAMEORIGIN")
	if as.ext != "" {
		name := "retrospective-" + o.Quarter
		if o.Team != "" {
			name += "-" + o.Team
		}
		head.Set("Content-Disposition", `attachment; filename="`+strings.Map(inFileName, name)+"."+as.ext+`"`)
	}
	w.Write(b)
}

// inFileName leaves of a name what every file system takes.
func inFileName(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
		return c
	}
	return '-'
}

// retroNote takes a comment or an action by the page's form.
func (s *server) retroNote(w http.ResponseWriter, r *http.Request) {
	if s.o.Retros == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	of := RetroOf{Quarter: r.PostFormValue("quarter"), Team: r.PostFormValue("team")}
	say := Saying{Done: strings.TrimSpace(r.PostFormValue("done"))}
	if say.Done == "" {
		say = Saying{Quarter: of.Quarter, Team: of.Team, Text: r.PostFormValue("text"), Owner: strings.TrimSpace(r.PostFormValue("owner")), Due: r.PostFormValue("due")}
	}
	if _, err := s.o.Retros.Say(r.Context(), say, asker(r).Name, asker(r).Edits); err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	s.memory.clear()
	http.Redirect(w, r, "/retrospective?"+of.address()+"&said=note", http.StatusSeeOther)
}

// retroPublish stores the report by the page's form.
func (s *server) retroPublish(w http.ResponseWriter, r *http.Request) {
	if s.o.Retros == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	of := RetroOf{Quarter: r.PostFormValue("quarter"), Team: r.PostFormValue("team"), KnownAt: r.PostFormValue("as_known_at")}
	if _, err := s.o.Retros.Publish(r.Context(), of, asker(r).Name, r.PostFormValue("reason"), r.PostFormValue("again") != "", asker(r).Edits); err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	http.Redirect(w, r, "/retrospective?"+of.address()+"&said=published", http.StatusSeeOther)
}
