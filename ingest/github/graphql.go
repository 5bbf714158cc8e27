package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/workmix/workmix/ingest"
)

// size is what REST tells of a pull request only one by one.
type size struct {
	Additions int
	Deletions int
	Files     int `json:"changedFiles"`
	Commits   struct {
		Total int `json:"totalCount"`
	}
}

// The two things that REST does not list and GraphQL does: the sizes of pull requests, and which issues are
// referred to from elsewhere.
const (
	sizesQuery = `query workmixSizes($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number additions deletions changedFiles commits { totalCount } }
    }
  }
}`
	referredQuery = `query workmixReferred($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    issues(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number timelineItems(first: 1, itemTypes: [CROSS_REFERENCED_EVENT]) { nodes { __typename } } }
    }
  }
}`
)

// errNoGraphQL says that the server does not answer GraphQL, or not to this credential: REST has it all, for more calls.
var errNoGraphQL = errors.New("no GraphQL")

// sizes asks for the size of every pull request, by number.
func (s *Source) sizes(ctx context.Context, p ingest.Project) (map[int]size, int, error) {
	out := map[int]size{}
	calls, err := s.graphql(ctx, p, sizesQuery, "pullRequests", func(node json.RawMessage) error {
		var n struct {
			Number int
			size
		}
		err := json.Unmarshal(node, &n)
		out[n.Number] = n.size
		return err
	})
	return out, calls, err
}

// referred asks of every issue whether another item refers to it.
func (s *Source) referred(ctx context.Context, p ingest.Project) (map[int]bool, int, error) {
	out := map[int]bool{}
	calls, err := s.graphql(ctx, p, referredQuery, "issues", func(node json.RawMessage) error {
		var n struct {
			Number int
			Items  struct{ Nodes []json.RawMessage } `json:"timelineItems"`
		}
		err := json.Unmarshal(node, &n)
		out[n.Number] = len(n.Items.Nodes) > 0
		return err
	})
	return out, calls, err
}

// graphql calls do for each node of a connection of a repository.
func (s *Source) graphql(ctx context.Context, p ingest.Project, query, connection string, do func(node json.RawMessage) error) (calls int, err error) {
	owner, name, _ := strings.Cut(p.Name, "/")
	what := "GraphQL of " + p.Name
	if s.o.Token == "" && s.o.App == nil || s.noGraphQL.Load() {
		return 0, errNoGraphQL // it is for those who log in
	}
	for after := any(nil); ; {
		calls++
		var got struct {
			Data struct {
				Repository map[string]struct {
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
					Nodes []json.RawMessage
				}
			}
			Errors []struct{ Message string }
		}
		if err := s.ask(ctx, map[string]any{"query": query, "variables": map[string]any{"owner": owner, "name": name, "after": after}}, &got); err != nil {
			return calls, err
		}
		c, ok := got.Data.Repository[connection]
		if len(got.Errors) > 0 || !ok {
			return calls, fmt.Errorf("%w: %s", errNoGraphQL, what)
		}
		for _, n := range c.Nodes {
			if err := do(n); err != nil {
				return calls, fmt.Errorf("%w: %s: %w", errNoGraphQL, what, err)
			}
		}
		if !c.PageInfo.HasNextPage || len(c.Nodes) == 0 {
			return calls, nil
		}
		if after == any(c.PageInfo.EndCursor) {
			return calls, fmt.Errorf("%w: %s: the next page is the page itself", errNoGraphQL, what)
		}
		after = c.PageInfo.EndCursor
	}
}

// ask makes one call. Whatever goes wrong, but for what stops the whole source, is errNoGraphQL.
func (s *Source) ask(ctx context.Context, question, into any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.graphqlURL().String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "workmix")
	resp, err := s.client.Client().Do(req)
	switch {
	case err != nil && (ctx.Err() != nil || errors.As(err, &ingest.SourceError{})):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errNoGraphQL, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.noGraphQL.Store(resp.StatusCode < 500) // not asked again
		return fmt.Errorf("%w: it answered %d", errNoGraphQL, resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errNoGraphQL, err)
	}
	return nil
}

// graphqlURL is beside the root of REST: /graphql on github.com, /api/graphql on an Enterprise server.
func (s *Source) graphqlURL() *url.URL {
	u := *s.root
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/v3") + "/graphql"
	return &u
}
