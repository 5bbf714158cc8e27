package github

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
			// told of one pull request, and not by lists: all of it follows from the rest
			"pull.merged", "pull.merged_by", "pull.maintainer_can_modify", "pull.comments", "pull.review_comments",
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
	if f, ok := stub.Data.(*fromLists); ok {
		return s.rest(ctx, p, f, stub.Key)
	}
	r, _ := stub.Data.(*row)
	base := "repos/" + p.Name
	if r == nil {
		a, err := s.get(ctx, stub.Key, base+"/issues/"+stub.Ref, nil, "")
		if err != nil {
			return nil, s.gone(ctx, p, err)
		}
		if r, err = rowOf(ingest.Row{Raw: a.body}, stub.Key); err != nil {
			return nil, err
		}
		if strconv.Itoa(r.Number) != stub.Ref || !strings.HasSuffix(a.url.Path, "/issues/"+stub.Ref) || s.another(r, stub.ID) {
			return nil, transferred(r)
		}
	}
	it := &ingest.Item{Kind: r.kind(), Key: key(p, r.Number), Updated: r.UpdatedAt, ID: event.ItemID(s.o.Name, event.KindIssue, strconv.FormatInt(r.ID, 10))}
	var err error
	if it.Bears, err = bears(ingest.Row{Raw: r.raw}); err != nil {
		return nil, err
	}
	if err := s.assemble(ctx, base, strconv.Itoa(r.Number), it, &parts{issue: r.raw}); err != nil {
		return nil, err
	}
	return it, nil
}

// parts are those of an item's parts that were read already; nil: not read.
type parts struct {
	issue, pull json.RawMessage
	comments    []json.RawMessage // of reviews
	texts       []ingest.Text     // that were read for them
}

// assemble reads the parts that are missing and puts all of them together: the timeline, which holds reviews and
// commits too, and of a pull request its object, the comments of its reviews, where it says that there are some, and whose
// its commits are.
func (s *Source) assemble(ctx context.Context, base, n string, it *ingest.Item, got *parts) error {
	g, gctx := errgroup.WithContext(ctx)
	var timeline elements
	g.Go(func() (err error) {
		timeline, err = s.all(gctx, "timeline of "+it.Key, base+"/issues/"+n+"/timeline")
		return err
	})
	if it.Kind == event.KindPullRequest {
		g.Go(func() error { return s.pull(gctx, base, n, it, got) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	var authors []byte
	if it.Kind == event.KindPullRequest {
		who, err := s.authorsOf(ctx, base, n, it.Key, timeline.rows)
		if err != nil {
			return err
		}
		if len(who) > 0 {
			if authors, err = json.Marshal(who); err != nil {
				return err
			}
		}
	}
	c := s.content(sizeOf(got.issue, got.pull, authors) + sizeOf(timeline.rows...) + sizeOf(got.comments...))
	c.member("issue", got.issue)
	if it.Kind == event.KindPullRequest {
		c.member("pull", got.pull)
	}
	c.list("timeline", timeline.rows)
	if it.Kind == event.KindPullRequest {
		c.list("comments", got.comments)
		if authors != nil { // whose the addresses in commits are: it counts as content, since it says who did what
			c.member("authors", authors)
		}
	}
	it.Content, it.Free = c.end(), func() { s.contents.Put(c) }
	timeline.free()
	elements{texts: got.texts}.free()
	return nil
}

// pull reads what only pull requests have.
func (s *Source) pull(ctx context.Context, base, n string, it *ingest.Item, got *parts) error {
	if got.pull == nil {
		a, err := s.get(ctx, "pull request "+it.Key, base+"/pulls/"+n, nil, "")
		if err != nil {
			return err
		}
		got.pull, got.texts = a.body, append(got.texts, a.text)
	}
	var o struct {
		ID             int64
		ReviewComments *int
	}
	if err := pick(ingest.Row{Raw: got.pull}, field{"id", &o.ID}, field{"review_comments", &o.ReviewComments}); err != nil || o.ID == 0 {
		return fmt.Errorf("pull request %s: no object with an id", it.Key)
	}
	it.ID = event.ItemID(s.o.Name, event.KindPullRequest, strconv.FormatInt(o.ID, 10))
	if got.comments == nil && (o.ReviewComments == nil || *o.ReviewComments > 0) {
		list, err := s.all(ctx, "review comments of "+it.Key, base+"/pulls/"+n+"/comments")
		got.comments, got.texts = list.rows, append(got.texts, list.texts...)
		return err
	}
	return nil
}

// content assembles the record's content around the bytes as the server gave them.
type content struct{ b []byte }

// content returns an empty one with room for n bytes.
func (s *Source) content(n int) *content {
	c, _ := s.contents.Get().(*content)
	if c == nil {
		c = &content{}
	}
	c.b = slices.Grow(c.b[:0], n)
	return c
}

func (c *content) name(n string) {
	sep := byte(',')
	if len(c.b) == 0 {
		sep = '{'
	}
	c.b = append(append(append(c.b, sep, '"'), n...), `":`...)
}

func (c *content) member(name string, raw json.RawMessage) {
	c.name(name)
	c.b = append(c.b, raw...)
}

func (c *content) list(name string, raws []json.RawMessage) {
	c.name(name)
	c.b = append(c.b, '[')
	for i, r := range raws {
		if i > 0 {
			c.b = append(c.b, ',')
		}
		c.b = append(c.b, r...)
	}
	c.b = append(c.b, ']')
}

// kept is list for rows that are in a spool.
func (c *content) kept(name string, s *spool, rows []told) (err error) {
	c.name(name)
	c.b = append(c.b, '[')
	for i, r := range rows {
		if i > 0 {
			c.b = append(c.b, ',')
		}
		if c.b, err = s.appendTo(c.b, r.span); err != nil {
			return err
		}
	}
	c.b = append(c.b, ']')
	return nil
}

// framing is room for names and what else stands around n rows.
func framing(n int) int { return 128 + n }

func sizeOf(raws ...json.RawMessage) (n int) {
	for _, r := range raws {
		n += len(r)
	}
	return n + framing(len(raws))
}

func (c *content) end() json.RawMessage {
	c.b = append(c.b, '}')
	return c.b
}
