package jira

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/workmix/workmix/ingest"
)

// askEvery is how long the own account and the list of projects are taken to be as they were told last.
const askEvery = time.Hour

// account is what a run needs to know before it asks for any issue. It is remembered: an idle run makes one search and
// nothing else.
type account struct {
	Of    string    `json:"of"` // a hash of the site and the login that it was asked for
	Asked time.Time `json:"asked"`
	Who   string    `json:"who,omitempty"` // a hash of how every answer names the account; empty: they do not, and so each run asks
	Zone  string    `json:"zone"`          // in which Jira reads the dates of our queries
	Keys  []string  `json:"projects,omitempty"`
	// Strange are projects that something told of and that the list of projects lacked at a time.
	Strange map[string]time.Time `json:"strange,omitempty"`
	Moved   *moved               `json:"moved,omitempty"`
}

// moved says that the account got another time zone: dates of queries since From, when it was asked last with the old one,
// until At may have been misread.
type moved struct {
	From time.Time `json:"from"`
	At   time.Time `json:"at"`
}

// remembered is what outlives runs and processes.
type remembered struct {
	Statuses map[string]known `json:"statuses"` // by id
	Account  account          `json:"account"`
}

// readMemory also reads what versions before kept, the statuses alone.
func readMemory(value []byte) (m remembered) {
	var is struct {
		Statuses json.RawMessage `json:"statuses"`
	}
	if json.Unmarshal(value, &is) == nil && is.Statuses == nil {
		_ = json.Unmarshal(value, &m.Statuses)
	} else if json.Unmarshal(value, &m) != nil { // another version's
		m = remembered{}
	}
	if m.Statuses == nil {
		m.Statuses = map[string]known{}
	}
	return m
}

// whoAnswered returns a hash of the account that an answer names, which Cloud and Data Center do each in their own way; "": it
// names none.
func whoAnswered(h http.Header) string {
	return hashed(cmp.Or(h.Get("X-Aaccountid"), h.Get("X-Ausername")))
}

// login stands for what the account depends on.
func (s *Source) login() string { return hashed(s.root.String() + " " + s.o.Email) }

// hashed is for what is compared only: who workmix logs in as is nothing to keep in the log.
func hashed(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

// known says whether the account and the projects need not be asked for in a run that begins now.
func (a *account) known(login string, anonymous bool, now time.Time) bool {
	return a.Of == login && (a.Who != "" || anonymous) && !a.Asked.IsZero() && !now.Before(a.Asked) && now.Sub(a.Asked) < askEvery
}

// everyProject says whether the configuration names all projects there are.
func (s *Source) everyProject() bool { return slices.Contains(s.o.Projects, "*") }

// begin finds out about the account and the projects, for a run.
func (s *Source) begin(ctx context.Context) (account, error) {
	s.minds.Lock()
	old, memory, newcomers := s.account, s.memory, s.newcomers
	known := memory.Keep != nil && len(newcomers) == 0 && old.known(s.login(), s.o.Token == "", memory.Now)
	s.trusted, s.newcomers = known && s.o.Token != "", nil
	s.minds.Unlock()
	if known {
		return old, nil
	}
	a, err := s.askAccount(ctx, old)
	if err == nil && s.everyProject() {
		a.Keys, err = s.discover(ctx)
	}
	if err != nil {
		return account{}, err
	}
	a.Strange = map[string]time.Time{}
	for k, at := range old.Strange {
		if memory.Now.Sub(at) < askEvery { // else it is looked for once more
			a.Strange[k] = at
		}
	}
	for _, k := range newcomers {
		if !slices.Contains(a.Keys, k) {
			a.Strange[k] = memory.Now
		}
	}
	return a, s.keepAccount(ctx, a)
}

func (s *Source) keepAccount(ctx context.Context, a account) error {
	s.minds.Lock()
	defer s.minds.Unlock()
	s.account = a
	if s.memory.Keep == nil {
		return nil
	}
	return s.memory.Keep(ctx, remembered{s.known, a})
}

// askAccount asks for the account, whose time zone tells how Jira reads dates.
func (s *Source) askAccount(ctx context.Context, old account) (account, error) {
	s.minds.Lock()
	now := s.memory.Now
	s.minds.Unlock()
	var me struct {
		TimeZone string `json:"timeZone"`
	}
	header, err := s.answer(ctx, "own account", http.MethodGet, "myself", nil, nil, &me)
	if err != nil {
		var syntax *json.SyntaxError
		if status(err) == http.StatusNotFound || errors.As(err, &syntax) {
			return account{}, s.noAPI()
		}
		if s.o.Token != "" || !errors.As(err, &ingest.SourceError{}) {
			return account{}, err
		}
		me.TimeZone = "" // anonymous: Jira has no account to tell of; the search says whether it lets us in
	}
	if _, err := time.LoadLocation(me.TimeZone); err != nil {
		return account{}, fmt.Errorf("own account: the time zone %q is not known here, and dates would be misread: %w", me.TimeZone, err)
	}
	a := account{Of: s.login(), Asked: now, Who: whoAnswered(header), Zone: me.TimeZone, Keys: old.Keys}
	if old.Of == a.Of && !old.Asked.IsZero() {
		if a.Moved = old.Moved; old.Zone != a.Zone {
			a.Moved = &moved{From: old.Asked, At: now}
			if m := old.Moved; m != nil && now.Sub(m.At) < 2*askEvery { // it may still be under way
				a.Moved.From = m.From
			}
		}
	}
	return a, nil
}

// verify makes sure that an answer is for the account that is remembered: one who is no longer let in may be told, as anybody is,
// that nothing changed.
func (s *Source) verify(ctx context.Context, h http.Header) error {
	s.minds.Lock()
	trusted, old := s.trusted, s.account
	s.minds.Unlock()
	if !trusted || whoAnswered(h) == old.Who {
		return nil
	}
	a, err := s.askAccount(ctx, old)
	if err != nil {
		return ingest.SourceError{Err: err}
	}
	same := a.Who == old.Who && a.Zone == old.Zone
	if same {
		a.Who, a.Strange = "", old.Strange // not every answer names it: each run asks
	}
	s.minds.Lock()
	s.trusted = false
	s.minds.Unlock()
	if err := s.keepAccount(ctx, a); err != nil {
		return err
	}
	if !same {
		return ingest.SourceError{Err: fmt.Errorf("own account: %s answers as another account, or in another time zone, than an hour ago: the next run goes by what it says now", s.root.Host)}
	}
	return nil
}

// rewound is where a project's list goes on from: further back where dates may have been misread.
func (s *Source) rewound(from time.Time, overlap time.Duration) time.Time {
	s.minds.Lock()
	m := s.account.Moved
	s.minds.Unlock()
	if m == nil || from.IsZero() {
		return from
	}
	if back := m.From.Add(-overlap); from.After(back) && from.Before(m.At.Add(-overlap)) {
		return back
	}
	return from
}

// Undiscovered implements [ingest.Discoverer].
func (s *Source) Undiscovered() bool {
	s.minds.Lock()
	defer s.minds.Unlock()
	return len(s.newcomers) > 0
}

// Discover implements [ingest.Discoverer].
func (s *Source) Discover(project string) {
	s.minds.Lock()
	defer s.minds.Unlock()
	s.newcomer(project)
}

// newcomer takes note of a project that is not listed. The caller holds s.minds.
func (s *Source) newcomer(key string) {
	if _, strange := s.account.Strange[key]; s.everyProject() && !strange && !slices.Contains(s.newcomers, key) {
		s.newcomers = append(s.newcomers, key)
	}
}
