package github

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// whole says whether the lists tell all of an issue: its events reach back to its creation, and nothing refers to
// it, which only its timeline would tell. Of a pull request they lack reviews and commits.
func (l *lists) whole(i *listed) bool {
	refers, asked := l.referred[i.number]
	return i.kind == event.KindIssue && asked && !refers && (l.eventsEnd.IsZero() || i.created.After(l.eventsEnd))
}

// item returns an item as the lists tell it; nil where they do not tell enough to show it.
func (l *lists) item(_ context.Context, s ingest.Stub) (*ingest.Item, error) {
	f, ok := s.Data.(*fromLists)
	if !ok {
		return nil, fmt.Errorf("%s is not from these lists", s.Key)
	}
	i := f.i
	if i.kind == event.KindPullRequest && i.pull == 0 {
		return nil, nil
	}
	it := &ingest.Item{Kind: i.kind, Key: s.Key, Updated: i.updated, Read: l.read, Partial: !l.whole(i), ID: i.itemID(l.s.o.Name)}
	size := int(i.issueAt.len) + int(i.pullAt.len) + len(sizesAs) + framing(len(i.history)+len(i.comments))
	for _, list := range [][]told{i.history, i.comments} {
		inOrder(list)
		for _, t := range list {
			size += int(t.span.len)
		}
	}
	c := l.s.content(size)
	it.Bears = i.bears
	if it.Partial {
		// normalize takes it for what it is until the whole replaces it
		c.member("partial", json.RawMessage("true"))
	}
	issue, err := l.spool.get(i.issueAt)
	if err != nil {
		return nil, err
	}
	c.member("issue", issue)
	if i.kind == event.KindPullRequest {
		pull, _, err := l.pull(i)
		if err != nil {
			return nil, err
		}
		c.member("pull", pull)
	}
	if err := c.kept("timeline", l.spool, i.history); err != nil {
		return nil, err
	}
	if i.kind == event.KindPullRequest {
		if err := c.kept("comments", l.spool, i.comments); err != nil {
			return nil, err
		}
	}
	it.Content, it.Free = c.end(), func() { l.s.contents.Put(c) }
	return it, nil
}

func (i *listed) itemID(source string) string {
	if i.kind == event.KindPullRequest {
		return event.ItemID(source, i.kind, strconv.FormatInt(i.pull, 10))
	}
	return event.ItemID(source, i.kind, strconv.FormatInt(i.id, 10))
}

// sizesAs are the members that a pull request has and its list lacks.
const sizesAs = `"additions":%d,"deletions":%d,"changed_files":%d,"commits":%d,`

// pull returns the pull request's object as listed, with its size where that is known.
func (l *lists) pull(i *listed) (raw json.RawMessage, sized bool, err error) {
	if i.pull == 0 {
		return nil, false, nil
	}
	if raw, err = l.spool.get(i.pullAt); err != nil {
		return nil, false, err
	}
	n, sized := l.sizes[i.number]
	if !sized {
		return raw, false, nil
	}
	return into(raw, fmt.Appendf(nil, sizesAs, n.Additions, n.Deletions, n.Files, n.Commits.Total)), true, nil
}

// inOrder puts rows into the order of a timeline: by time, those of one second by id, comments before events, as who
// closes with a comment does both in one second.
func inOrder(list []told) {
	slices.SortFunc(list, func(a, b told) int {
		if c := a.at.Compare(b.at); c != 0 || a.event == b.event {
			return cmp.Or(c, cmp.Compare(a.id, b.id))
		}
		if a.event {
			return 1
		}
		return -1
	})
}

// texts returns rows in the order of a timeline.
func (l *lists) texts(list []told) ([]json.RawMessage, error) {
	inOrder(list)
	out := make([]json.RawMessage, 0, len(list))
	for _, t := range list {
		raw, err := l.spool.get(t.span)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// rest reads what the lists lack of an item: its timeline, and the size of a pull request where it is not known.
func (s *Source) rest(ctx context.Context, p ingest.Project, f *fromLists, k string) (*ingest.Item, error) {
	l, i := f.l, f.i
	issue, err := l.spool.get(i.issueAt)
	if err != nil {
		return nil, err
	}
	got := &parts{issue: issue}
	if i.kind == event.KindPullRequest {
		pull, sized, err := l.pull(i)
		if err != nil {
			return nil, err
		}
		if sized {
			got.pull = pull
		}
		if got.comments, err = l.texts(i.comments); err != nil {
			return nil, err
		}
	}
	it := &ingest.Item{Kind: i.kind, Key: k, Updated: i.updated, Read: l.read, Bears: i.bears, ID: event.ItemID(s.o.Name, event.KindIssue, strconv.FormatInt(i.id, 10))}
	return it, s.assemble(ctx, "repos/"+p.Name, strconv.Itoa(i.number), it, got)
}
