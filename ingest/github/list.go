package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// cursor is where the list of a repository stands.
type cursor struct {
	From time.Time `json:"from"` // list what was updated then or later
	Seen time.Time `json:"seen"` // the newest update seen
}

// row is what the list tells of an item, beside the bytes.
type row struct {
	ID          int64           `json:"id"`
	Number      int             `json:"number"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	PullRequest json.RawMessage `json:"pull_request"`
	HTMLURL     string          `json:"html_url"`
	raw         json.RawMessage
}

func (r *row) kind() event.Kind {
	if len(r.PullRequest) > 0 && string(r.PullRequest) != "null" {
		return event.KindPullRequest
	}
	return event.KindIssue
}

func key(p ingest.Project, number int) string { return p.Name + "#" + strconv.Itoa(number) }

func rows(a *answer, what string) ([]*row, error) {
	raws, err := a.text.Rows()
	if err != nil {
		return nil, fmt.Errorf("%s: not a list: %w", what, err)
	}
	out := make([]*row, 0, len(raws))
	for _, raw := range raws {
		r, err := rowOf(raw, what)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func rowOf(raw ingest.Row, what string) (*row, error) {
	r := &row{raw: raw.Raw}
	err := pick(raw, field{"id", &r.ID}, field{"number", &r.Number}, field{"created_at", &r.CreatedAt}, field{"updated_at", &r.UpdatedAt},
		field{"pull_request", &r.PullRequest}, field{"html_url", &r.HTMLURL})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if r.Number == 0 || r.ID == 0 || r.UpdatedAt.IsZero() {
		return nil, fmt.Errorf("%s: an item without number, id or updated_at", what)
	}
	return r, nil
}

// List implements [ingest.Source], oldest update first.
//
// Pages by number shift while items are updated, and an item on the edge would be lost. So each page is asked
// for by the last page's newest update, and the page number (or cursor, where the server gives or demands one)
// is used only within updates of one second that fill a page.
//
// The cursor stays behind the newest update by the overlap until that update is so old, since lists can be
// late; from then on the list begins at it, the request is the same each time, and an idle poll is a 304.
func (s *Source) List(ctx context.Context, p ingest.Project, pass ingest.Pass, page func(ingest.Page) error) error {
	c := cursor{From: s.o.Since}
	if pass.Cursor != nil {
		if err := json.Unmarshal(pass.Cursor, &c); err != nil {
			c = cursor{From: s.o.Since} // another version's: from the beginning
		}
	}
	if !c.Seen.IsZero() && pass.Now.Sub(c.Seen) >= pass.Overlap {
		c.From = c.Seen
	}
	what := "issues of " + p.Name
	since := c.From
	per := "100"
	query := first(since, per)
	etag := etagFor(pass.ETag, query)
	var before url.Values // the query before the current one
	for pages := 0; ; pages++ {
		a, err := s.getPage(ctx, what, "repos/"+p.Name+"/issues", query, etag)
		etag, per = "", query.Get("per_page")
		switch {
		case errors.Is(err, errNotModified):
			return nil
		case errors.Is(err, errDeepPage) && before != nil && since.Before(c.Seen):
			since = c.Seen
			before, query = nil, first(since, per)
			continue
		case err != nil:
			return s.inProject(p, err)
		}
		rows, err := rows(a, what)
		if err != nil {
			return s.inProject(p, err)
		}
		pg := ingest.Page{}
		newest := since
		for _, r := range rows {
			pg.Stubs = append(pg.Stubs, ingest.Stub{Ref: strconv.Itoa(r.Number), Key: key(p, r.Number), Kind: r.kind(), Updated: r.UpdatedAt, Data: r})
			if r.UpdatedAt.After(newest) {
				newest = r.UpdatedAt
			}
		}
		if newest.After(c.Seen) {
			c.Seen = newest
		}
		if back := newest.Add(-pass.Overlap); back.After(c.From) {
			c.From = back
		}
		if !c.Seen.IsZero() {
			pg.Cursor, _ = json.Marshal(c)
		}
		if a.next == nil && pages == 0 && a.etag != "" {
			pg.ETag = joinETag(a.etag, query)
		}
		if err := page(pg); err != nil {
			return err
		}
		if a.next == nil || len(rows) == 0 {
			return nil
		}
		switch {
		case a.next.Get("after") != "":
			before, query = query, a.next // a cursor does not shift
		case newest.After(since):
			since = newest
			before, query = nil, first(since, per)
		default:
			before, query = query, a.next
		}
		if before != nil && before.Encode() == query.Encode() {
			return s.inProject(p, fmt.Errorf("%s: the next page is the page itself", what))
		}
	}
}

func first(since time.Time, per string) url.Values {
	q := url.Values{"state": {"all"}, "sort": {"updated"}, "direction": {"asc"}, "per_page": {per}}
	if !since.IsZero() {
		q.Set("since", since.UTC().Format(time.RFC3339))
	}
	return q
}

// An ETag is kept together with the query that it is for.
func joinETag(etag string, q url.Values) string { return etag + " " + q.Encode() }

func etagFor(kept string, q url.Values) string {
	tail := " " + q.Encode()
	if n := len(kept) - len(tail); n > 0 && kept[n:] == tail {
		return kept[:n]
	}
	return ""
}

// inProject makes an error of a list one of its repository, unless it concerns the whole source.
func (s *Source) inProject(p ingest.Project, err error) error {
	if errors.As(err, &ingest.SourceError{}) || errors.Is(err, context.Canceled) {
		return err
	}
	if status(err) == http.StatusNotFound {
		err = ingest.NotVisible{Err: fmt.Errorf("repository %s is not found or not visible to this token: check the name under repositories of source %s, and that the token may read it", p.Name, s.o.Name)}
	}
	return ingest.ProjectError{Project: p.Name, Err: err}
}
