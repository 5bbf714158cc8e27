package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/workmix/workmix/ingest"
)

// pageSizes are what a page is cut down to where the server cannot give it; each divides the one before, so that a
// page's place stays a page's place.
var pageSizes = []int{100, 50, 25, 5, 1}

// getPage reads one page of a list. Where the server fails at a large page it asks for smaller ones, by changing
// the query: the pages after it follow from the answer.
func (s *Source) getPage(ctx context.Context, what, p string, query url.Values, etag string) (*answer, error) {
	for {
		a, err := s.get(ctx, what, p, query, etag)
		if err == nil || !tooLarge(err) || !smaller(query) {
			return a, err
		}
		etag = ""
	}
}

// tooLarge says whether an error is one that a smaller page may not have.
func tooLarge(err error) bool {
	switch status(err) {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return errors.Is(err, ingest.ErrTooLong)
}

// smaller makes a query ask for the same place in smaller pages.
func smaller(query url.Values) bool {
	per, err := strconv.Atoi(query.Get("per_page"))
	if err != nil {
		return false
	}
	for _, n := range pageSizes {
		if n >= per {
			continue
		}
		if page, err := strconv.Atoi(query.Get("page")); err == nil && page > 1 {
			if per%n != 0 {
				return false
			}
			query.Set("page", strconv.Itoa((page-1)*(per/n)+1))
		}
		query.Set("per_page", strconv.Itoa(n))
		return true
	}
	return false
}

// walk calls do for each page of a list, following its links. The rows are gone when do returns.
func (s *Source) walk(ctx context.Context, what, p string, query url.Values, do func(rows []ingest.Row, last int) error) error {
	query = maps.Clone(query)
	query.Set("per_page", "100")
	for query != nil {
		a, err := s.getPage(ctx, what, p, query, "")
		if err != nil {
			return err
		}
		page, err := a.text.Rows()
		if err != nil {
			return fmt.Errorf("%s: not a list: %w", what, err)
		}
		err = do(page, a.last)
		a.text.Free()
		if err != nil {
			return err
		}
		if a.next != nil && a.next.Encode() == query.Encode() {
			return fmt.Errorf("%s: the next page is the page itself", what)
		}
		if len(page) == 0 {
			return nil
		}
		query = a.next
	}
	return nil
}

// walkUpdated is walk for lists that are sorted by update and know since: page numbers shift when rows are
// updated meanwhile, and end somewhere. So each page is asked for by the last page's newest update, and numbers
// are used only within updates of one second that fill a page. do sees rows at the edges twice, and
// they are gone when it returns.
func (s *Source) walkUpdated(ctx context.Context, what, p string, do func(rows []ingest.Row) (newest time.Time, err error)) error {
	per := "100"
	var since time.Time
	start := func() url.Values {
		q := url.Values{"sort": {"updated"}, "direction": {"asc"}, "per_page": {per}}
		if !since.IsZero() {
			q.Set("since", since.UTC().Format(time.RFC3339))
		}
		return q
	}
	for query := start(); ; {
		a, err := s.getPage(ctx, what, p, query, "")
		if err != nil {
			return err
		}
		per = query.Get("per_page")
		page, err := a.text.Rows()
		if err != nil {
			return fmt.Errorf("%s: not a list: %w", what, err)
		}
		newest, err := do(page)
		a.text.Free()
		if err != nil {
			return err
		}
		switch {
		case a.next == nil || len(page) == 0:
			return nil
		case newest.After(since):
			since = newest
			query = start()
		case a.next.Encode() == query.Encode():
			return fmt.Errorf("%s: the next page is the page itself", what)
		default:
			query = a.next
		}
	}
}
