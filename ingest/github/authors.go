package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// authors knows to which accounts the addresses belong that stand in commits. A timeline gives of a commit's author a name
// and an address; GitHub gives the commit to the account that has verified the address, and tells that elsewhere.
type authors struct {
	mu    sync.Mutex
	of    map[string]known     // by address
	asked map[string]time.Time // by a pull request and an address that the list of its commits does not tell: when that was read
	sweep int                  // so many entries of either are too many until those of before a day are dropped
}

// account is one of GitHub's; the zero value says that an address belongs to none.
type account struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
}

type known struct {
	account
	at time.Time
}

// authorsFor is how long what was learned of an address counts: people add addresses to their accounts, and leave.
const authorsFor = 24 * time.Hour

// mostCommits is how many pages of a list of commits are followed; GitHub lists 250 commits.
const mostCommits = 1000

// sweptFrom is how many addresses are kept without a look at their age.
const sweptFrom = 1024

// learn takes note of whose an address was at a time.
func (a *authors) learn(address string, who account, at time.Time) {
	if address = foldAddress(address); address == "" {
		return
	}
	if who.ID <= 0 {
		who = account{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.swept(at)
	a.of[address] = known{who, at}
}

// untold takes note that the list of a pull request's commits does not say whose an address is. That says nothing of the
// address elsewhere: the list ends at 250 commits, and a push may come between it and the timeline.
func (a *authors) untold(key, address string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.swept(at)
	a.asked[key+" "+address] = at
}

// swept makes room, and drops what no longer counts when there is twice as much as counted before. The caller holds a.mu.
func (a *authors) swept(now time.Time) {
	if a.of == nil {
		a.of, a.asked, a.sweep = map[string]known{}, map[string]time.Time{}, sweptFrom
	}
	if len(a.of)+len(a.asked) < a.sweep {
		return
	}
	maps.DeleteFunc(a.of, func(_ string, k known) bool { return now.Sub(k.at) >= authorsFor })
	maps.DeleteFunc(a.asked, func(_ string, at time.Time) bool { return now.Sub(at) >= authorsFor })
	a.sweep = max(sweptFrom, 2*(len(a.of)+len(a.asked)))
}

// whose says whose an address is, if that is known.
func (a *authors) whose(address string, now time.Time) (account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, ok := a.of[address]
	return k.account, ok && now.Sub(k.at) < authorsFor
}

// ask says whether the list of a pull request's commits may tell whose an address is.
func (a *authors) ask(key, address string, now time.Time) bool {
	if _, ok := a.whose(address, now); ok {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.asked[key+" "+address]
	return !ok || now.Sub(at) >= authorsFor
}

func foldAddress(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// private says that an address is one that GitHub itself gives out, with the account's id in it.
func private(address string) bool {
	local, ok := strings.CutSuffix(address, "@users.noreply.github.com")
	id, _, found := strings.Cut(local, "+")
	_, err := strconv.ParseInt(id, 10, 64)
	return ok && found && err == nil
}

// addresses returns those under which the commits of a timeline were made, each once and sorted, but for GitHub's own.
func addresses(timeline []json.RawMessage) (out []string) {
	for _, raw := range timeline {
		if !bytes.Contains(raw, []byte(`"committed"`)) {
			continue // most of them
		}
		var e struct {
			Event  string
			Author struct{ Email string }
		}
		if json.Unmarshal(raw, &e) != nil || e.Event != "committed" {
			continue // normalize says what it cannot read
		}
		if a := foldAddress(e.Author.Email); a != "" && !private(a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return out
}

// author is an address and the account that has verified it, as a record keeps them.
type author struct {
	Email string `json:"email"`
	account
}

// authorsOf says whose the addresses are under which a pull request's commits were made, those alone that belong to an
// account. It takes a call where one of them was not heard of within the day, which a first reading spares where GraphQL
// answers.
func (s *Source) authorsOf(ctx context.Context, base, n, key string, timeline []json.RawMessage) (out []author, err error) {
	all, now := addresses(timeline), s.o.Now()
	unknown := func(a string) bool { return s.authors.ask(key, a, now) }
	if slices.ContainsFunc(all, unknown) {
		if err := s.learnFrom(ctx, base, n, key, now, func() bool { return slices.ContainsFunc(all, unknown) }); err != nil {
			return nil, err
		}
	}
	for _, a := range all {
		switch who, ok := s.authors.whose(a, now); {
		case !ok:
			s.authors.untold(key, a, now)
		case who.ID > 0:
			out = append(out, author{a, who})
		}
	}
	return out, nil
}

// learnFrom reads the list of a pull request's commits, which names their accounts, as long as more says that it is needed.
func (s *Source) learnFrom(ctx context.Context, base, n, key string, now time.Time, more func() bool) error {
	what := "commits of " + key
	query := url.Values{"per_page": {"100"}}
	for pages := 0; query != nil && more(); pages++ {
		if pages == mostCommits {
			return fmt.Errorf("%s: more than %d pages: the list does not end", what, mostCommits)
		}
		a, err := s.getPage(ctx, what, base+"/pulls/"+n+"/commits", query, "")
		if err != nil {
			return err // a 404, too: the pull request is there, so its commits are
		}
		rows, err := a.text.Rows()
		if err != nil {
			return err
		}
		for _, r := range rows {
			var c struct {
				Commit struct{ Author struct{ Email string } }
				Author *account
			}
			if err := pick(r, field{"commit", &c.Commit}, field{"author", &c.Author}); err != nil {
				return err
			}
			if c.Author == nil {
				c.Author = &account{}
			}
			s.authors.learn(c.Commit.Author.Email, *c.Author, now)
		}
		a.text.Free()
		if a.next != nil && a.next.Encode() == query.Encode() {
			return nil
		}
		query = a.next
	}
	return nil
}
