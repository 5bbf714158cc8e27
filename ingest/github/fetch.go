package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// Volatile implements [ingest.Source].
func (s *Source) Volatile() ingest.Volatile {
	return ingest.Volatile{
		Drop: []string{
			"avatar_url", "gravatar_id", "performed_via_github_app", "author_association",
			// computed on demand, and anew whenever the base branch moves
			"mergeable", "mergeable_state", "rebaseable", "merge_commit_sha",
			// the repository's own counters and times
			"head.repo", "base.repo",
			"milestone.open_issues", "milestone.closed_issues", "milestone.updated_at",
		},
		// of an item that mentions this one, which it is; what becomes of it is its own story
		Only: map[string][]string{"source.issue": {"id", "number", "html_url"}},
	}
}

// Fetch implements [ingest.Source].
func (s *Source) Fetch(ctx context.Context, p ingest.Project, stub ingest.Stub) (*ingest.Item, error) {
	r, _ := stub.Data.(*row)
	base := "repos/" + p.Name
	if r == nil {
		a, err := s.get(ctx, stub.Key, base+"/issues/"+stub.Ref, nil, "")
		if err != nil {
			return nil, s.gone(ctx, p, err)
		}
		got, err := rows(bytes.Join([][]byte{[]byte("["), a.body, []byte("]")}, nil), stub.Key)
		if err != nil {
			return nil, err
		}
		if r = got[0]; strconv.Itoa(r.Number) != stub.Ref || !strings.HasSuffix(a.url.Path, "/issues/"+stub.Ref) {
			return nil, transferred(r)
		}
	}
	n := strconv.Itoa(r.Number)
	it := &ingest.Item{Kind: r.kind(), Key: key(p, r.Number), Updated: r.UpdatedAt, ID: event.ItemID(s.o.Name, event.KindIssue, strconv.FormatInt(r.ID, 10))}
	c := content{}
	c.member("issue", r.raw)
	g, gctx := errgroup.WithContext(ctx)
	var timeline []json.RawMessage
	g.Go(func() (err error) {
		timeline, err = s.all(gctx, "timeline of "+it.Key, base+"/issues/"+n+"/timeline")
		return err
	})
	var pull json.RawMessage
	if it.Kind == event.KindPullRequest {
		g.Go(func() error {
			a, err := s.get(gctx, "pull request "+it.Key, base+"/pulls/"+n, nil, "")
			if err == nil {
				pull = a.body
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if it.Kind == event.KindPullRequest {
		c.member("pull", pull)
		c.list("timeline", timeline)
		if err := s.pull(ctx, base, n, it, &c, pull, timeline); err != nil {
			return nil, err
		}
	} else {
		c.list("timeline", timeline)
	}
	it.Content = c.end()
	return it, nil
}

// pull adds what only pull requests have. It asks for reviews and review comments only where there are some.
func (s *Source) pull(ctx context.Context, base, n string, it *ingest.Item, c *content, pull json.RawMessage, timeline []json.RawMessage) error {
	var o struct {
		ID             int64 `json:"id"`
		ReviewComments *int  `json:"review_comments"`
	}
	if err := json.Unmarshal(pull, &o); err != nil || o.ID == 0 {
		return fmt.Errorf("pull request %s: no object with an id", it.Key)
	}
	it.ID = event.ItemID(s.o.Name, event.KindPullRequest, strconv.FormatInt(o.ID, 10))
	commented := o.ReviewComments == nil || *o.ReviewComments > 0
	reviews, comments := []json.RawMessage{}, []json.RawMessage{}
	g, ctx := errgroup.WithContext(ctx)
	if commented || reviewed(timeline) {
		g.Go(func() (err error) {
			reviews, err = s.all(ctx, "reviews of "+it.Key, base+"/pulls/"+n+"/reviews")
			return err
		})
	}
	if commented {
		g.Go(func() (err error) {
			comments, err = s.all(ctx, "review comments of "+it.Key, base+"/pulls/"+n+"/comments")
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	c.list("reviews", reviews)
	c.list("comments", comments)
	return nil
}

func reviewed(timeline []json.RawMessage) bool {
	for _, raw := range timeline {
		var e struct {
			Event string `json:"event"`
		}
		if json.Unmarshal(raw, &e) == nil && e.Event == "reviewed" {
			return true
		}
	}
	return false
}

// content assembles the record's content around the bytes as the server gave them.
type content struct{ b bytes.Buffer }

func (c *content) name(n string) {
	sep := byte(',')
	if c.b.Len() == 0 {
		sep = '{'
	}
	c.b.WriteByte(sep)
	c.b.WriteString(`"` + n + `":`)
}

func (c *content) member(name string, raw json.RawMessage) {
	c.name(name)
	c.b.Write(raw)
}

func (c *content) list(name string, raws []json.RawMessage) {
	c.name(name)
	c.b.WriteByte('[')
	for i, r := range raws {
		if i > 0 {
			c.b.WriteByte(',')
		}
		c.b.Write(r)
	}
	c.b.WriteByte(']')
}

func (c *content) end() json.RawMessage {
	c.b.WriteByte('}')
	return c.b.Bytes()
}
