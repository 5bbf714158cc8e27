package github

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

var _ ingest.Enumerator = (*Source)(nil)

// Names implements [ingest.Enumerator].
func (s *Source) Names(project string) bool {
	match := func(p string) bool { return matches(p, project) }
	return slices.ContainsFunc(s.o.Repositories, match) && !slices.ContainsFunc(s.o.Exclude, match)
}

// Unlisted implements [ingest.Enumerator]: GitHub's lists may be late, so what can be read is there. The issues of an
// archived repository are listed like any.
func (s *Source) Unlisted() string { return "" }

// Enumerate implements [ingest.Enumerator], one call for a hundred items. It goes by the time of the update as the
// list does, so that nothing is passed over when an item is deleted meanwhile.
func (s *Source) Enumerate(ctx context.Context, p ingest.Project) ([]ingest.Entry, error) {
	what := "census of " + p.Name
	var out []ingest.Entry
	var since time.Time
	for query := first(since, "100"); query != nil; {
		a, err := s.getPage(ctx, what, "repos/"+p.Name+"/issues", query, "")
		if err != nil {
			return nil, s.inProject(p, err)
		}
		rows, err := rows(a, what)
		if err != nil {
			return nil, s.inProject(p, err)
		}
		newest := since
		for _, r := range rows {
			e := ingest.Entry{Stub: ingest.Stub{Ref: strconv.Itoa(r.Number), Key: key(p, r.Number), Kind: r.kind(), Updated: r.UpdatedAt}, Passed: r.UpdatedAt.Before(s.o.Since)}
			if e.Bears, err = bears(ingest.Row{Raw: r.raw}); err != nil {
				return nil, s.inProject(p, err)
			}
			if e.Kind == event.KindIssue { // of a pull request the list tells another id
				e.ID = event.ItemID(s.o.Name, event.KindIssue, strconv.FormatInt(r.ID, 10))
			}
			out = append(out, e)
			if r.UpdatedAt.After(newest) {
				newest = r.UpdatedAt
			}
		}
		switch {
		case a.next == nil || len(rows) == 0:
			return out, nil
		case a.next.Get("after") == "" && newest.After(since):
			since = newest
			a.next = first(since, query.Get("per_page"))
		case a.next.Encode() == query.Encode():
			return nil, s.inProject(p, fmt.Errorf("%s: the next page is the page itself", what))
		}
		query = a.next
	}
	return out, nil
}

// another says that an issue is not the one that was asked for: in the repository that it was transferred to it may
// have the same number.
func (s *Source) another(r *row, id string) bool {
	return id != "" && r.kind() == event.KindIssue && id != event.ItemID(s.o.Name, event.KindIssue, strconv.FormatInt(r.ID, 10))
}

// transferred is the error of an issue that lives on in another repository; its record says as what.
func transferred(at *row) error {
	c := content{}
	c.member("issue", at.raw)
	return ingest.ErrGone{Cause: "transferred", Content: c.end()}
}

// gone turns the answers of an item that is no longer there into [ingest.ErrGone]. It is asked about the item
// itself only: a timeline that is not found beside an item that is, is a failure. Where the repository is not found
// either, nothing is known of the item.
func (s *Source) gone(ctx context.Context, p ingest.Project, err error) error {
	switch status(err) {
	case http.StatusGone:
		return ingest.ErrGone{Cause: "deleted"}
	case http.StatusNotFound:
		if _, err := s.get(ctx, "repository "+p.Name, "repos/"+p.Name, nil, ""); err != nil {
			return s.inProject(p, err)
		}
		return ingest.ErrGone{Cause: "access_lost"} // deleted or moved, to where this token does not see
	}
	return err
}
