package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// Count implements [ingest.Source]. Without a since it takes two calls: the number of the last of pages of one.
// With it, or where the server does not tell the last page, it walks the list of issues.
func (s *Source) Count(ctx context.Context, p ingest.Project) (map[event.Kind]int, error) {
	if s.o.Since.IsZero() {
		both, ok, err := s.pages(ctx, p, "issues")
		if err != nil {
			return nil, err
		}
		pulls, ok2, err := s.pages(ctx, p, "pulls")
		if err != nil {
			return nil, err
		}
		if ok && ok2 {
			return map[event.Kind]int{event.KindIssue: both - pulls, event.KindPullRequest: pulls}, nil
		}
	}
	seen := map[event.Kind]map[string]bool{event.KindIssue: {}, event.KindPullRequest: {}}
	err := s.List(ctx, p, ingest.Pass{}, func(pg ingest.Page) error {
		for _, st := range pg.Stubs {
			seen[st.Kind][st.Ref] = true
		}
		return nil
	})
	return map[event.Kind]int{event.KindIssue: len(seen[event.KindIssue]), event.KindPullRequest: len(seen[event.KindPullRequest])}, err
}

func (s *Source) pages(ctx context.Context, p ingest.Project, list string) (n int, ok bool, err error) {
	what := "count of " + list + " of " + p.Name
	a, err := s.get(ctx, what, "repos/"+p.Name+"/"+list, url.Values{"state": {"all"}, "per_page": {strconv.Itoa(1)}}, "")
	if err != nil {
		return 0, false, s.inProject(p, err)
	}
	if a.next != nil {
		return a.last, a.last > 0, nil
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(a.body, &rows); err != nil {
		return 0, false, s.inProject(p, fmt.Errorf("%s: not a list: %w", what, err))
	}
	return len(rows), true, nil
}
