package decisions

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

// Read reads and checks a file or folder of decisions as one whole; the calendar says when a quarter is. The decisions
// carry neither author nor time of recording: publishing stamps them. The warnings are sentences, each with its place.
func Read(path string, calendar config.Calendar) (all []event.Decision, warnings []string, err error) {
	sources, err := readAll(path)
	if err != nil {
		return nil, nil, err
	}
	return newCollector(calendar).collect(sources)
}

// collector gathers decisions of several files and what the references between them need.
type collector struct {
	out                   []event.Decision
	groups, teams, people map[string]string // id to where it was defined
	accounts              map[string]string // pseudonym of an account to the person
	spans                 map[string][]span
	published             map[string]bool // kind/id of what was published before and may be spoken of

	calendar    config.Calendar
	warnings    []string
	initiatives map[string]string   // id to where it was defined
	signs       map[string]string   // what an item bears to the initiative that it belongs to
	running     []running           // initiatives
	once        map[string]string   // what there may be only one of to where it was defined
	asks        map[string][]string // quarter and what an item bears to the asks that it belongs to
	ranked      map[string]int      // team and quarter to how many asks
	crowded     map[string]bool     // of these, of which that they are too many was said
}

type span struct {
	from, to time.Time // to is zero where open
	share    float64
}

func newCollector(calendar config.Calendar) *collector {
	return &collector{
		groups: map[string]string{}, teams: map[string]string{}, people: map[string]string{},
		accounts: map[string]string{}, spans: map[string][]span{}, published: map[string]bool{},
		calendar: calendar, initiatives: map[string]string{}, signs: map[string]string{}, once: map[string]string{},
		asks: map[string][]string{}, ranked: map[string]int{}, crowded: map[string]bool{},
	}
}

func (c *collector) collect(sources []*source) ([]event.Decision, []string, error) {
	for _, step := range []func(*source) error{
		c.addGroups, c.addTeams, c.addPeople, c.addMemberships, c.addAbsences, c.addInitiatives, c.addPlans, c.addAsks,
	} {
		for _, s := range sources {
			if err := step(s); err != nil {
				return nil, nil, err
			}
		}
	}
	return c.out, c.warnings, nil
}

// begin is the time from which undated decisions hold: before anything a tracker can tell.
var begin = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

func (c *collector) add(kind, id string, from time.Time, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	c.out = append(c.out, event.Decision{Kind: kind, ID: id, Body: b, ValidFrom: from})
	return nil
}

// define notes an id, refusing an empty or second one.
func define(s *source, path, what, id string, in map[string]string) error {
	if id == "" {
		return s.errorAt(path, "a %s without an id", what)
	}
	if where, ok := in[id]; ok {
		return s.errorAt(path+".id", "%s %q is defined twice, first in %s", what, id, where)
	}
	in[id] = s.name
	return nil
}

func (c *collector) addGroups(s *source) error {
	for i, g := range s.file.Groups {
		if err := define(s, fmt.Sprintf("$.groups[%d]", i), "group", g.ID, c.groups); err != nil {
			return err
		}
		if err := c.add("group", g.ID, begin, g); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) addTeams(s *source) error {
	for i, t := range s.file.Teams {
		path := fmt.Sprintf("$.teams[%d]", i)
		if err := define(s, path, "team", t.ID, c.teams); err != nil {
			return err
		}
		if t.Group != "" && !c.has("group", t.Group) {
			return s.errorAt(path+".group", "team %s: group %q is not defined", t.ID, t.Group)
		}
		if d := t.Desired; d != nil && (d.Forced < 0 || d.Forced > 1 || d.Long < 0 || d.Long > 1) {
			return s.errorAt(path+".desired", "team %s: desired forced and long are from 0 to 1", t.ID)
		}
		for _, list := range []*[]string{&t.Owns.Repositories, &t.Owns.Projects, &t.Owns.Components, &t.Owns.Labels} {
			if *list == nil {
				*list = []string{}
			}
		}
		if err := c.add("team", t.ID, begin, t); err != nil {
			return err
		}
	}
	return nil
}

// personBody is a person in the log: pseudonyms only, so that no table made of decisions carries a name.
type personBody struct {
	person
	Pseudonym string   `json:"pseudonym"`
	Accounts  []string `json:"accounts"`
}

// PersonPseudonym is the name under which a person of the decision files appears in tables.
func PersonPseudonym(id string) string { return event.Pseudonym("person", id) }

func (c *collector) addPeople(s *source) error {
	for i, p := range s.file.People {
		path := fmt.Sprintf("$.people[%d]", i)
		if err := define(s, path, "person", p.ID, c.people); err != nil {
			return err
		}
		if _, err := time.LoadLocation(p.Timezone); err != nil {
			return s.errorAt(path+".timezone", "person %s: %q is not a time zone such as Europe/Berlin", p.ID, p.Timezone)
		}
		b := personBody{person: p, Pseudonym: PersonPseudonym(p.ID), Accounts: []string{}}
		for j, a := range p.Accounts {
			id := strings.TrimSpace(fmt.Sprint(a.ID))
			if a.Source == "" || a.ID == nil || id == "" {
				return s.errorAt(fmt.Sprintf("%s.accounts[%d]", path, j), "person %s: an account needs source and id", p.ID)
			}
			alias := event.Pseudonym(a.Source, id)
			if other, ok := c.accounts[alias]; ok {
				return s.errorAt(fmt.Sprintf("%s.accounts[%d]", path, j), "account %s of %s belongs to %s already", id, a.Source, other)
			}
			c.accounts[alias] = p.ID
			b.Accounts = append(b.Accounts, alias)
		}
		if err := c.add("person", b.Pseudonym, begin, b); err != nil {
			return err
		}
	}
	return nil
}

// membershipBody is a membership in the log; the days are half-open, To is empty where open-ended.
type membershipBody struct {
	Person string  `json:"person"` // pseudonym
	Team   string  `json:"team"`
	Share  float64 `json:"share"`
	From   string  `json:"from"`
	To     string  `json:"to,omitempty"`
}

func (c *collector) addMemberships(s *source) error {
	for i, m := range s.file.Memberships {
		path := fmt.Sprintf("$.memberships[%d]", i)
		if !c.has("person", m.Person) {
			return s.errorAt(path+".person", "membership of %q, who is not defined under people", m.Person)
		}
		if !c.has("team", m.Team) {
			return s.errorAt(path+".team", "membership of %s in %q, which is not defined under teams", m.Person, m.Team)
		}
		share := 1.0
		if m.Share != nil {
			share = *m.Share
		}
		if !(share > 0 && share <= 1) { // an explicit 0 is no whole person
			return s.errorAt(path+".share", "membership of %s in %s: share %v is not above 0 and up to 1", m.Person, m.Team, share)
		}
		from, err := time.Parse(time.DateOnly, m.From)
		if err != nil {
			return s.errorAt(path+".from", "membership of %s in %s: from %q is not a date such as 2026-01-31", m.Person, m.Team, m.From)
		}
		var to time.Time
		if m.To != "" {
			if to, err = time.Parse(time.DateOnly, m.To); err != nil || !to.After(from) {
				return s.errorAt(path+".to", "membership of %s in %s: to %q is not a date after from", m.Person, m.Team, m.To)
			}
		}
		// person, team and first day are its id: of two with the same the log would keep the second alone
		if err := c.only(s, path, fmt.Sprintf("membership of %s in %s from %s", m.Person, m.Team, m.From)); err != nil {
			return err
		}
		c.spans[m.Person] = append(c.spans[m.Person], span{from, to, share})
		if day, sum := overfull(c.spans[m.Person]); sum > 1+1e-9 {
			return s.errorAt(path, "%s is over 100%% on %s: the shares sum to %.0f%%", m.Person, day.Format(time.DateOnly), sum*100)
		}
		alias := PersonPseudonym(m.Person)
		err = c.add("membership", alias+"/"+m.Team+"/"+m.From, from, membershipBody{alias, m.Team, share, m.From, m.To})
		if err != nil {
			return err
		}
	}
	return nil
}

// overfull returns the day on which the shares sum highest. The sum only grows where a span begins.
func overfull(spans []span) (time.Time, float64) {
	var day time.Time
	var most float64
	for _, at := range spans {
		sum := 0.0
		for _, s := range spans {
			if !s.from.After(at.from) && (s.to.IsZero() || s.to.After(at.from)) {
				sum += s.share
			}
		}
		if sum > most {
			day, most = at.from, sum
		}
	}
	return day, most
}
