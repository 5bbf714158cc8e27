package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// fewItems is how many items a repository must have for its lists to be worth their calls.
const fewItems = 4

// lists is what the lists of a repository told, by the numbers of its items.
type lists struct {
	s     *Source
	p     ingest.Project
	spool *spool
	read  time.Time
	calls atomic.Int64

	mu        sync.Mutex
	items     map[int]*listed
	order     []*listed
	seen      map[rowID]bool // rows that came already: pages overlap
	eventsEnd time.Time      // events before it were not listed
	sizes     map[int]size   // nil: unknown
	referred  map[int]bool   // nil: unknown
}

// rowID names a row of a list.
type rowID struct {
	list byte
	id   int64
}

// listed is an item as listed. Its object is filled when it is read from the spool.
type listed struct {
	number   int
	kind     event.Kind
	updated  time.Time
	created  time.Time
	id, pull int64 // of the issue and of the pull request
	bears    []string
	issueAt  span
	pullAt   span
	history  []told
	comments []told // of reviews
}

// told is a row of an item's history.
type told struct {
	at    time.Time
	id    int64
	span  span
	event bool // else a comment
}

// Bulk implements [ingest.Bulker]. Issues come first, so that no object is newer than its history.
func (s *Source) Bulk(ctx context.Context, p ingest.Project) (*ingest.Bulk, error) {
	sp, err := newSpool()
	if err != nil {
		return nil, err
	}
	l := &lists{s: s, p: p, spool: sp, read: s.o.Now(), items: map[int]*listed{}, seen: map[rowID]bool{}}
	ok, err := l.all(ctx)
	if err != nil || !ok {
		_ = sp.close()
		if errors.Is(err, errDeepPage) {
			return nil, nil // it does not list so many: each by itself
		}
		if err != nil {
			err = s.inProject(p, err)
		}
		return nil, err
	}
	b := &ingest.Bulk{Read: l.read, Item: l.item, Counts: map[event.Kind]int{event.KindIssue: 0, event.KindPullRequest: 0}, Close: sp.close}
	c := cursor{From: s.o.Since}
	slices.SortFunc(l.order, func(a, b *listed) int {
		return cmp.Or(b.updated.Compare(a.updated), cmp.Compare(b.number, a.number))
	})
	for _, i := range l.order {
		b.Counts[i.kind]++
		b.Stubs = append(b.Stubs, ingest.Stub{Ref: strconv.Itoa(i.number), Key: key(p, i.number), Kind: i.kind, Updated: i.updated, Data: &fromLists{l, i}})
		if i.updated.After(c.Seen) {
			c.Seen = i.updated
		}
	}
	b.Calls = int(l.calls.Load())
	if back := l.read.Add(-listsLate); c.Seen.Before(back) {
		c.From = c.Seen
	} else if back.After(c.From) {
		c.From = back
	}
	b.Cursor, err = json.Marshal(c)
	return b, err
}

// listsLate is how late a list may tell what happened before it was asked for.
const listsLate = 10 * time.Minute

// fromLists is the Data of a stub of a bulk.
type fromLists struct {
	l *lists
	i *listed
}

func (l *lists) all(ctx context.Context) (ok bool, err error) {
	pulls := 0
	repo := "repos/" + l.p.Name
	query := url.Values{"state": {"all"}, "sort": {"created"}, "direction": {"desc"}}
	if !l.s.o.Since.IsZero() {
		query.Set("since", l.s.o.Since.UTC().Format(time.RFC3339))
	}
	err = l.s.walk(ctx, "issues of "+l.p.Name, repo+"/issues", query, func(page []ingest.Row, _ int) error {
		l.calls.Add(1)
		for _, raw := range page {
			i, err := l.addIssue(raw)
			if err != nil {
				return err
			}
			if i != nil && i.kind == event.KindPullRequest {
				pulls++
			}
		}
		return nil
	})
	if err != nil || len(l.order) <= fewItems {
		return false, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	worth := true
	g.Go(func() (err error) {
		worth, err = l.events(ctx, repo)
		if !worth && err == nil {
			return errDear
		}
		return err
	})
	g.Go(func() error { return l.dated(ctx, "comments of "+l.p.Name, repo+"/issues/comments", l.addComment) })
	if pulls > 0 {
		g.Go(func() error {
			q := url.Values{"state": {"all"}, "sort": {"created"}, "direction": {"desc"}}
			err := l.s.walk(ctx, "pull requests of "+l.p.Name, repo+"/pulls", q, func(page []ingest.Row, _ int) error {
				l.calls.Add(1)
				return each(page, l.addPull)
			})
			if errors.Is(err, errDeepPage) {
				return nil // the rest is read one by one
			}
			return err
		})
		g.Go(func() error {
			return l.dated(ctx, "review comments of "+l.p.Name, repo+"/pulls/comments", l.addReviewComment)
		})
		g.Go(func() error {
			m, calls, err := l.s.sizes(ctx, l.p)
			l.calls.Add(int64(calls))
			if errors.Is(err, errNoGraphQL) {
				return nil
			}
			l.sizes = m
			return err
		})
	}
	if pulls < len(l.order) {
		g.Go(func() error {
			m, calls, err := l.s.referred(ctx, l.p)
			l.calls.Add(int64(calls))
			if errors.Is(err, errNoGraphQL) {
				return nil
			}
			l.referred = m
			return err
		})
	}
	if err := g.Wait(); !errors.Is(err, errDear) {
		return true, err
	}
	return false, nil
}

var errDear = errors.New("the lists cost more than the items")

func each(page []ingest.Row, do func(ingest.Row) error) error {
	for _, raw := range page {
		if err := do(raw); err != nil {
			return err
		}
	}
	return nil
}

// events lists the events of all issues, newest first, as far as the server does. It gives up where the list is
// longer than reading each item: of a source with a since, most events are of items that are not wanted.
func (l *lists) events(ctx context.Context, repo string) (worth bool, err error) {
	worth = true
	err = l.s.walk(ctx, "events of "+l.p.Name, repo+"/issues/events", url.Values{}, func(page []ingest.Row, last int) error {
		l.calls.Add(1)
		if last > 3*len(l.order) {
			worth = false
			return errDear
		}
		return each(page, l.addEvent)
	})
	switch {
	case errors.Is(err, errDear):
		return false, nil
	case errors.Is(err, errDeepPage):
		return true, nil // eventsEnd says how far it went
	case err == nil:
		l.mu.Lock()
		l.eventsEnd = time.Time{}
		l.mu.Unlock()
	}
	return worth, err
}

func (l *lists) dated(ctx context.Context, what, p string, add func(ingest.Row) (time.Time, error)) error {
	return l.s.walkUpdated(ctx, what, p, func(page []ingest.Row) (newest time.Time, err error) {
		l.calls.Add(1)
		for _, raw := range page {
			at, err := add(raw)
			if err != nil {
				return newest, err
			}
			if at.After(newest) {
				newest = at
			}
		}
		return newest, nil
	})
}

// once says whether a row comes for the first time. The caller holds l.mu.
func (l *lists) once(list byte, id int64) bool {
	k := rowID{list, id}
	if l.seen[k] {
		return false
	}
	l.seen[k] = true
	return true
}

func (l *lists) addIssue(raw ingest.Row) (*listed, error) {
	r, err := rowOf(raw, "issues of "+l.p.Name)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.items[r.Number] != nil {
		return nil, nil
	}
	i := &listed{number: r.Number, kind: r.kind(), updated: r.UpdatedAt, created: r.CreatedAt, id: r.ID}
	if i.bears, err = bears(raw); err != nil {
		return nil, err
	}
	if i.issueAt, err = l.spool.put(raw.Raw); err != nil {
		return nil, err
	}
	l.items[r.Number] = i
	l.order = append(l.order, i)
	return i, nil
}

func (l *lists) addPull(raw ingest.Row) error {
	var r struct {
		ID     int64
		Number int
	}
	if err := pick(raw, field{"id", &r.ID}, field{"number", &r.Number}); err != nil || r.ID == 0 {
		return fmt.Errorf("pull requests of %s: a row without an id", l.p.Name)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.items[r.Number]
	if i == nil || i.pull != 0 {
		return nil // opened after the list of issues was read
	}
	i.pull = r.ID
	var err error
	i.pullAt, err = l.spool.put(raw.Raw)
	return err
}

func (l *lists) addEvent(raw ingest.Row) error {
	// The item itself comes with each of its events, and is most of the list's bytes; a timeline's events lack it.
	before, behind, issue, err := raw.Without("issue")
	if err != nil {
		return err
	}
	var r struct {
		ID        int64
		CreatedAt time.Time
	}
	if err := pick(raw, field{"id", &r.ID}, field{"created_at", &r.CreatedAt}); err != nil || r.ID == 0 {
		return fmt.Errorf("events of %s: a row without an id", l.p.Name)
	}
	number, err := numberOf(issue)
	if err != nil {
		return fmt.Errorf("events of %s: %w", l.p.Name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.eventsEnd.IsZero() || r.CreatedAt.Before(l.eventsEnd) {
		l.eventsEnd = r.CreatedAt
	}
	i := l.items[number]
	if i == nil || !l.once('e', r.ID) {
		return nil
	}
	return l.tell(&i.history, told{at: r.CreatedAt, id: r.ID, event: true}, before, behind)
}

// numberOf returns the number of an issue's object; 0: there is none.
func numberOf(issue []byte) (n int, err error) {
	if len(issue) == 0 || issue[0] != '{' {
		return 0, nil
	}
	err = ingest.Members(issue, func(name, value []byte) error {
		if string(name) != "number" {
			return nil
		}
		return cmp.Or(json.Unmarshal(value, &n), errFound)
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return n, err
}

var errFound = errors.New("found")

// tell keeps a row that consists of parts.
func (l *lists) tell(to *[]told, t told, parts ...[]byte) error {
	at, err := l.spool.put(parts...)
	t.span = at
	*to = append(*to, t)
	return err
}

// commentRow is what the rows of both lists of comments have.
type commentRow struct {
	ID                         int64
	IssueURL, PullURL, HTMLURL string
	CreatedAt, UpdatedAt       time.Time
	User                       json.RawMessage
}

func (l *lists) commentRow(raw ingest.Row) (r commentRow, number int, err error) {
	err = pick(raw, field{"id", &r.ID}, field{"issue_url", &r.IssueURL}, field{"pull_request_url", &r.PullURL}, field{"html_url", &r.HTMLURL},
		field{"created_at", &r.CreatedAt}, field{"updated_at", &r.UpdatedAt}, field{"user", &r.User})
	if r.UpdatedAt.IsZero() {
		r.UpdatedAt = r.CreatedAt
	}
	if err != nil || r.ID == 0 || r.UpdatedAt.IsZero() {
		return r, 0, fmt.Errorf("comments of %s: a row without id or updated_at", l.p.Name)
	}
	for _, u := range []string{r.IssueURL, r.PullURL, r.HTMLURL} {
		u, _, _ = strings.Cut(u, "#")
		if number, err = strconv.Atoi(path.Base(u)); err == nil {
			return r, number, nil
		}
	}
	return r, 0, fmt.Errorf("comments of %s: a row that does not say of what", l.p.Name)
}

func (l *lists) addComment(raw ingest.Row) (time.Time, error) {
	r, number, err := l.commentRow(raw)
	if err != nil {
		return time.Time{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.items[number]
	if i == nil || !l.once('c', r.ID) {
		return r.UpdatedAt, nil
	}
	// What makes it an event of a timeline.
	more := []byte(`"event":"commented",`)
	if len(r.User) > 0 {
		more = append(append(append(more, `"actor":`...), r.User...), ',')
	}
	brace := bytes.IndexByte(raw.Raw, '{') + 1
	return r.UpdatedAt, l.tell(&i.history, told{at: r.CreatedAt, id: r.ID}, raw.Raw[:brace], more, raw.Raw[brace:])
}

// into puts members in front of those of an object.
func into(object, members []byte) []byte {
	i := bytes.IndexByte(object, '{') + 1
	return slices.Concat(object[:i], members, object[i:])
}

func (l *lists) addReviewComment(raw ingest.Row) (time.Time, error) {
	r, number, err := l.commentRow(raw)
	if err != nil {
		return time.Time{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.items[number]
	if i == nil || !l.once('r', r.ID) {
		return r.UpdatedAt, nil
	}
	return r.UpdatedAt, l.tell(&i.comments, told{at: r.CreatedAt, id: r.ID}, raw.Raw)
}
