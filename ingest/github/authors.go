package github

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
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
	mu sync.Mutex
	of map[string]known // by address
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
	if a.of == nil {
		a.of = map[string]known{}
	}
	a.of[address] = known{who, at}
}

// whose says whose an address is, if that is known.
func (a *authors) whose(address string, now time.Time) (account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, ok := a.of[address]
	return k.account, ok && now.Sub(k.at) < authorsFor
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
	unknown := func(a string) bool {
		_, ok := s.authors.whose(a, now)
		return !ok
	}
	if slices.ContainsFunc(all, unknown) {
		if err := s.learnFrom(ctx, base, n, key, now, func() bool { return slices.ContainsFunc(all, unknown) }); err != nil {
			return nil, err
		}
	}
	for _, a := range all {
		switch who, ok := s.authors.whose(a, now); {
		case !ok: // the list tells 250 commits at most
			s.authors.learn(a, account{}, now)
		case who.ID > 0:
			out = append(out, author{a, who})
		}
	}
	return out, nil
}

// learnFrom reads the list of a pull request's commits, which names their accounts, as long as more says that it is needed.
func (s *Source) learnFrom(ctx context.Context, base, n, key string, now time.Time, more func() bool) error {
	what := "commits of " + key
	for query := (url.Values{"per_page": {"100"}}); query != nil && more(); {
		a, err := s.getPage(ctx, what, base+"/pulls/"+n+"/commits", query, "")
		if status(err) == http.StatusNotFound {
			return nil // the pull request is there, and its commits are not: they belong to nobody
		}
		if err != nil {
			return err
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
