package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

const (
	pageSize = 100
	pageCap  = 1_000_000 // of one pass
	holdBack = 100       // issues held back, in memory, until their changelogs are fetched at once
	idleStep = time.Hour // how far an idle project's cursor may lag, rather than be written at each poll
)

// cursor is where the list of a project stands.
type cursor struct {
	From  time.Time `json:"from"`            // list what was updated then or later; zero: everything
	Start time.Time `json:"start,omitzero"`  // when the pass under way began
	Token string    `json:"token,omitempty"` // of the next page of the pass under way
	Down  bool      `json:"down,omitempty"`  // the pass goes from the newest issue down: the first one does
	// Later are issues of the pages so far that were held back, since their changelogs did not come whole.
	Later []ingest.Stub `json:"later,omitempty"`
}

// jiraTime is the layout of times in issues.
const jiraTime = "2006-01-02T15:04:05.000-0700"

func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{jiraTime, time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

// byID and newestFirst end queries.
const (
	byID        = " ORDER BY id ASC"
	newestFirst = " ORDER BY id DESC"
)

// jql asks for what was updated since from. Jira reads its dates in the account's zone, to the minute. The sort
// is by id, which nobody can change: in one by update, issues that are edited jump between pages.
func (s *Source) jql(p ingest.Project, from time.Time) string {
	return s.jqlOf([]string{p.Name}, from)
}

// jqlOf is jql of several projects.
func (s *Source) jqlOf(projects []string, from time.Time) string {
	var quoted []string
	for _, p := range projects {
		quoted = append(quoted, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p)+`"`)
	}
	q := "project = " + quoted[0]
	if len(quoted) > 1 {
		q = "project in (" + strings.Join(quoted, ", ") + ")"
	}
	if !from.IsZero() {
		q += " AND " + s.since(from)
	}
	return q + byID
}

// since is the clause for what was updated since from.
func (s *Source) since(from time.Time) string {
	s.mu.Lock()
	zone := s.zone
	s.mu.Unlock()
	if zone == nil {
		zone = time.UTC
	}
	return `updated >= "` + from.In(zone).Format("2006/01/02 15:04") + `"`
}

// List implements [ingest.Source]. A pass goes through all that was updated since the last pass began, less the
// overlap, in the order of ids; there is no upper bound, so an issue that is edited all the time is read too.
// The cursor keeps the place within a pass, so that a backfill goes on where it was stopped.
func (s *Source) List(ctx context.Context, p ingest.Project, pass ingest.Pass, page func(ingest.Page) error) error {
	var c cursor
	if pass.Cursor != nil && json.Unmarshal(pass.Cursor, &c) != nil {
		c = cursor{} // another version's: from the beginning
	}
	from, err := s.list(ctx, p, pass, c, page)
	if err != nil {
		from = time.Time{}
	}
	s.note(p, from)
	return err
}

// list goes on from a cursor and returns where the next pass begins.
func (s *Source) list(ctx context.Context, p ingest.Project, pass ingest.Pass, c cursor, page func(ingest.Page) error) (time.Time, error) {
	// end is the cursor of the next pass.
	end := func(any bool) cursor {
		from := c.Start.Add(-pass.Overlap)
		if from.Before(c.From) || !any && from.Sub(c.From) < idleStep {
			from = c.From
		}
		return cursor{From: from}
	}
	if c.Token == "" {
		c.From = s.rewound(c.From, pass.Overlap)
	}
	if c.Token == "" && !c.From.IsZero() {
		if quiet, at := s.quiet(ctx, p, c.From, pass); quiet {
			c.Start = at
			c = end(false)
			pg := ingest.Page{}
			pg.Cursor, _ = json.Marshal(c)
			return c.From, page(pg)
		}
	}
	next := s.cloud
	if s.o.DataCenter {
		next = s.dataCenter
	}
	if len(c.Later) > 0 { // what was held back when the pass was stopped
		pg := ingest.Page{Stubs: c.Later}
		c.Later = nil
		pg.Cursor, _ = json.Marshal(c)
		if err := page(pg); err != nil {
			return c.From, err
		}
	}
	var held []*issue
	resumed := c.Token != ""
	if c.Token == "" {
		c.Down = c.From.IsZero()
	}
	w := &walk{p: p, jql: s.jql(p, c.From), down: c.Down, size: pageSize, token: c.Token, seen: map[string]bool{}}
	if w.down {
		w.jql = strings.Replace(w.jql, byID, newestFirst, 1)
	}
	any := false
	for pages := 0; ; pages++ {
		issues, at, err := next(ctx, w)
		if resumed && status(err) == http.StatusBadRequest {
			// A token lives seven days. What was read is known, so to begin again costs the list alone.
			resumed, c.Start, w.token = false, time.Time{}, ""
			continue
		}
		if err != nil {
			return c.From, s.inProject(p, err)
		}
		resumed = false
		if c.Start.IsZero() {
			// The earlier of Jira's clock and ours: if one of them is fast, nothing is missed.
			if c.Start = pass.Now.UTC(); !at.IsZero() && at.Before(c.Start) {
				c.Start = at.UTC()
			}
		}
		any = any || len(issues) > 0
		last := w.token == "" || len(issues) == 0
		now, cut := s.split(issues, pass.Known)
		if held = append(held, cut...); last || len(held) >= holdBack {
			if err := s.completeAll(ctx, held); err != nil {
				return c.From, s.inProject(p, err)
			}
			now, held = append(now, held...), nil
		}
		pg := ingest.Page{Stubs: stubs(now, true)}
		if c.Token, c.Later = w.token, stubs(held, false); last {
			c = end(any)
		}
		pg.Cursor, _ = json.Marshal(c)
		if err := page(pg); err != nil || last {
			return c.From, err
		}
		if pages == pageCap {
			return c.From, s.inProject(p, fmt.Errorf("issues of %s: more than %d pages", p.Name, pageCap))
		}
	}
}

func stubs(issues []*issue, data bool) []ingest.Stub {
	var out []ingest.Stub
	for _, is := range issues {
		s := ingest.Stub{Ref: is.ID, Key: is.Key, Kind: event.KindIssue, Updated: is.updated}
		if data {
			s.Data = is
		}
		out = append(out, s)
	}
	return out
}

// split parts a page's issues from those whose changelogs one bulk fetch is to complete, together with those of other
// pages.
func (s *Source) split(issues []*issue, known func(string, time.Time) bool) (now, cut []*issue) {
	s.mu.Lock()
	can := !s.noBulk && !s.o.DataCenter
	s.mu.Unlock()
	for _, is := range issues {
		if can && is.cut && (known == nil || !known(is.ID, is.updated)) {
			cut = append(cut, is)
		} else {
			now = append(now, is)
		}
	}
	return now, cut
}

// walk is a pass over a search: token is what leads to the next page, and empty at the end.
type walk struct {
	p     ingest.Project
	jql   string
	down  bool // from the newest issue
	size  int
	token string
	seen  map[string]bool
}

// cloud reads the next page by nextPageToken.
func (s *Source) cloud(ctx context.Context, w *walk) ([]*issue, time.Time, error) {
	q := url.Values{"jql": {w.jql}, "fields": {"*all"}, "expand": {"changelog"}}
	if w.token != "" {
		q.Set("nextPageToken", w.token)
	}
	var page struct {
		Issues        []*issue `json:"issues"`
		NextPageToken string   `json:"nextPageToken"`
	}
	at, err := s.sized(ctx, "issues of "+w.p.Name, &w.size, "search/jql", q, &page)
	if err != nil {
		return nil, at, err
	}
	if w.token != "" {
		w.seen[w.token] = true
	}
	if w.seen[page.NextPageToken] {
		return nil, at, fmt.Errorf("issues of %s: Jira gave the same page token twice, which would never end", w.p.Name)
	}
	w.token = page.NextPageToken
	return page.Issues, at, check(page.Issues)
}

// dataCenter reads the next page by startAt. An issue that is deleted meanwhile moves all that follow it to the
// front, past the edge of the page: so a page begins with the last issue of the page before, and if that is not
// there any more, further back. Where the server gives no results so far down, the search begins anew behind the
// last issue.
func (s *Source) dataCenter(ctx context.Context, w *walk) ([]*issue, time.Time, error) {
	start, last, behind := 0, "", ""
	if w.token != "" {
		t := strings.SplitN(w.token+"//", "/", 4)
		start, _ = strconv.Atoi(t[0])
		last, behind = t[1], t[2]
	}
	for {
		from := max(0, start-1)
		jql := w.jql
		if behind != "" && w.down {
			jql = strings.Replace(jql, newestFirst, " AND id < "+behind+newestFirst, 1)
		} else if behind != "" {
			jql = strings.Replace(jql, byID, " AND id > "+behind+byID, 1)
		}
		q := url.Values{"jql": {jql}, "fields": {"*all"}, "expand": {"changelog"}, "startAt": {strconv.Itoa(from)}}
		var page struct {
			Issues []*issue `json:"issues"`
			Total  int      `json:"total"`
		}
		at, err := s.sized(ctx, "issues of "+w.p.Name, &w.size, "search", q, &page)
		if status(err) == http.StatusBadRequest && start > 0 && last != "" && last != behind {
			start, last, behind = 0, "", last
			continue
		}
		if err == nil {
			err = check(page.Issues)
		}
		if err != nil {
			return nil, at, err
		}
		if start > 0 && (len(page.Issues) == 0 || w.further(page.Issues[0].ID, last)) {
			start = max(0, start-w.size/2)
			continue
		}
		w.token = ""
		if n := len(page.Issues); n > 0 && from+n < page.Total && (n > 1 || start <= 0) {
			w.token = strconv.Itoa(from+n) + "/" + page.Issues[n-1].ID + "/" + behind
		}
		return page.Issues, at, nil
	}
}

// further says whether one id comes behind another in the search.
func (w *walk) further(id, than string) bool {
	if w.down {
		return after(than, id)
	}
	return after(id, than)
}

// after compares ids as numbers.
func after(a, b string) bool {
	return len(a) > len(b) || len(a) == len(b) && a > b
}

// sized reads a page, and smaller ones from then on where the server cannot answer with so large a one.
func (s *Source) sized(ctx context.Context, what string, size *int, path string, q url.Values, v any) (time.Time, error) {
	for {
		q.Set("maxResults", strconv.Itoa(*size))
		at, err := s.call(ctx, what, http.MethodGet, path, q, nil, v)
		if code := status(err); (code >= 500 || errors.Is(err, ingest.ErrTooLong)) && *size > 12 {
			*size /= 2
			continue
		}
		return at, err
	}
}

// inProject makes an error of a list one of its project, unless it concerns the whole source.
func (s *Source) inProject(p ingest.Project, err error) error {
	if errors.As(err, &ingest.SourceError{}) || errors.Is(err, context.Canceled) {
		return err
	}
	if c := status(err); c == http.StatusBadRequest || c == http.StatusNotFound {
		err = ingest.NotVisible{Err: fmt.Errorf("%w: check that project %s under projects of source %s exists and that the account may browse it", err, p.Name, s.o.Name)}
	}
	return ingest.ProjectError{Project: p.Name, Err: err}
}
