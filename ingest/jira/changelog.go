package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/workmix/workmix/ingest"
)

const (
	embedded = 40   // histories that come with an issue at most; no more may mean that there are more
	bulk     = 1000 // issues of one bulk fetch
)

// completeAll reads the changelogs that did not come whole, of a page's issues at once where the site can. An
// issue that fails is left for Fetch, which names it.
func (s *Source) completeAll(ctx context.Context, issues []*issue) error {
	var cut []*issue
	for _, is := range issues {
		if is.cut {
			cut = append(cut, is)
		}
	}
	s.mu.Lock()
	skip := s.noBulk || s.o.DataCenter || len(cut) < 2 // one issue is read as well by its own list
	s.mu.Unlock()
	for len(cut) > 0 && !skip {
		n := min(bulk, len(cut))
		err := s.bulkFetch(ctx, cut[:n])
		switch c := status(err); {
		case c == http.StatusNotFound || c == http.StatusMethodNotAllowed:
			s.mu.Lock()
			s.noBulk = true
			s.mu.Unlock()
			return nil
		case errors.As(err, &ingest.SourceError{}) || ctx.Err() != nil:
			return err
		}
		cut = cut[n:]
	}
	return nil
}

func (s *Source) bulkFetch(ctx context.Context, issues []*issue) error {
	byID := map[string][]*history{}
	ids := make([]string, 0, len(issues))
	for _, is := range issues {
		ids = append(ids, is.ID)
	}
	seen := map[string]bool{}
	for token := ""; ; {
		body := map[string]any{"issueIdsOrKeys": ids, "maxResults": 10_000}
		if token != "" {
			body["nextPageToken"] = token
		}
		var page struct {
			Logs []struct {
				IssueID   json.RawMessage `json:"issueId"`
				Histories []*history      `json:"changeHistories"`
			} `json:"issueChangeLogs"`
			NextPageToken string `json:"nextPageToken"`
		}
		if _, err := s.call(ctx, "changelogs", http.MethodPost, "changelog/bulkfetch", nil, body, &page); err != nil {
			return err
		}
		for _, l := range page.Logs {
			id := string(l.IssueID)
			var text string
			if json.Unmarshal(l.IssueID, &text) == nil {
				id = text
			}
			byID[id] = append(byID[id], l.Histories...)
		}
		if token = page.NextPageToken; token == "" {
			break
		}
		if seen[token] {
			return errors.New("changelogs: Jira gave the same page token twice")
		}
		seen[token] = true
	}
	for _, is := range issues {
		// An issue of which nothing came is not taken for one without changes.
		if h := byID[is.ID]; len(h) >= len(is.history) {
			is.history, is.complete = h, true
		}
	}
	return nil
}

// complete reads the changelog of one issue.
func (s *Source) complete(ctx context.Context, is *issue) error {
	if s.o.DataCenter {
		return nil // gives it whole; there is no list of its own before version 9
	}
	raws, err := s.pages(ctx, "changelog of "+is.Key, "issue/"+is.ID+"/changelog", "values")
	if err != nil {
		return err
	}
	all := make([]*history, 0, len(raws))
	for _, raw := range raws {
		h := &history{}
		if err := json.Unmarshal(raw, h); err != nil {
			return fmt.Errorf("changelog of %s: %w", is.Key, err)
		}
		all = append(all, h)
	}
	is.history, is.complete = all, true
	return nil
}
