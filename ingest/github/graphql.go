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
		Nodes []struct {
			Commit struct {
				Author *struct {
					Email string
					User  *struct {
						ID    int64 `json:"databaseId"`
						Login string
					}
				}
			}
		}
	}
}

// The things that REST does not list and GraphQL does: the sizes of pull requests, whose accounts made their commits, and
// which issues are referred to from elsewhere. Of a pull request the first twenty commits are asked for, so that a page
// takes a point of the allowance and 2,100 nodes of the half million that a question may have; who made the others is mostly
// known by the address, see [authors].
const (
	sizesHead = `query workmixSizes($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number additions deletions changedFiles `
	sizesTail = ` }
    }
  }
}`
	sizesQuery    = sizesHead + `commits(first: 20) { totalCount nodes { commit { author { email user { databaseId login } } } } }` + sizesTail
	sizesAlone    = sizesHead + `commits { totalCount }` + sizesTail // what a credential that may not read commits is told
	referredQuery = `query workmixReferred($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issues(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number timelineItems(first: 1, itemTypes: [CROSS_REFERENCED_EVENT]) { nodes { __typename } } }
    }
  }
}`
)

// errNoGraphQL says that the server does not answer GraphQL, or not to this credential: REST has it all, for more calls.
var errNoGraphQL = errors.New("no GraphQL")

// errTooMuch is an answer that fewer nodes may not get: GitHub breaks a question off that takes it more than ten seconds.
var errTooMuch = fmt.Errorf("%w for so many", errNoGraphQL)

// errRefused is a question that the server does not answer to this credential, or does not understand.
var errRefused = fmt.Errorf("%w to this question", errNoGraphQL)

// sizes asks for the size of every pull request, by number, and learns whose its commits are. Where commits are refused, the
// sizes are asked for without them, and REST tells whose they are.
func (s *Source) sizes(ctx context.Context, p ingest.Project) (map[int]size, int, error) {
	out, calls, err := s.sizesOf(ctx, p, sizesQuery)
	if !errors.Is(err, errRefused) {
		return out, calls, err
	}
	out, more, again := s.sizesOf(ctx, p, sizesAlone)
	if again == nil && !s.noCommits.Swap(true) {
		s.gate.Logger().Warn("GraphQL does not tell whose the commits of pull requests are: that takes calls one by one; give the credential read access to Contents to spare them",
			"source", s.o.Name, "project", p.Name, "error", err)
	}
	return out, calls + more, again
}

func (s *Source) sizesOf(ctx context.Context, p ingest.Project, query string) (map[int]size, int, error) {
	out := map[int]size{}
	calls, err := s.graphql(ctx, p, query, "pullRequests", func(node json.RawMessage) error {
		var n struct {
			Number int
			size
		}
		err := json.Unmarshal(node, &n)
		for _, c := range n.Commits.Nodes {
			if a := c.Commit.Author; a != nil {
				var who account
				if a.User != nil {
					who = account{a.User.ID, a.User.Login}
				}
				s.authors.learn(a.Email, who, s.o.Now())
			}
		}
		n.Commits.Nodes = nil
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
	first := 100
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
			Errors []struct{ Message, Type string }
		}
		err := s.ask(ctx, map[string]any{"query": query, "variables": map[string]any{"owner": owner, "name": name, "first": first, "after": after}}, &got)
		c, ok := got.Data.Repository[connection]
		if err == nil && (len(got.Errors) > 0 || !ok) {
			err = fmt.Errorf("%w: %s", errRefused, what)
			if len(got.Errors) > 0 {
				err = fmt.Errorf("%w (it said %q)", err, got.Errors[0].Message)
			}
			if len(got.Errors) > 0 && (got.Errors[0].Type == "" || strings.HasSuffix(got.Errors[0].Type, "LIMITS_EXCEEDED")) { // out of time or means
				err = fmt.Errorf("%w: %s", errTooMuch, what)
			}
		}
		if errors.Is(err, errTooMuch) && first > 25 {
			first /= 2
			continue
		}
		if err != nil {
			return calls, err
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
		if resp.StatusCode >= http.StatusInternalServerError {
			return fmt.Errorf("%w: it answered %d", errTooMuch, resp.StatusCode)
		}
		s.noGraphQL.Store(true) // not asked again
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
