package decisions

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// Person is a drafted person, or one who was applied already.
type Person struct {
	ID       string
	Accounts []Account
	Bot      bool
	Timezone string
	Why      []string // one sentence a merge: how sure, and why
	Applied  bool
	named    bool // the trackers name the person in a team, or as who leads something
}

// People merges accounts into persons, sorted by id; if sure is set, only those of which that is said.
//
// Sure is what a tracker vouches for: the same verified address. Likely is the same login, or the same name of two words
// or more, in two sources, where both are the only ones of theirs; possibly a login that the name makes: the whole of it,
// or its first letter and the last word. Two accounts of one source are never merged by likeness.
func People(accounts []Account, sure bool) []Person {
	m := merging{sure: sure, all: slices.Clone(accounts), of: map[int]int{}, why: map[int][]string{}}
	slices.SortFunc(m.all, func(a, b Account) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
	})
	for i := range m.all {
		m.of[i] = i
	}
	m.join("Sure", "the verified address", true, func(a *Account) []string {
		if address := strings.ToLower(strings.TrimPrefix(a.ID, "git:")); strings.Contains(address, "@") { // of a commit or an imported item
			return append([]string{address}, a.Emails...)
		}
		return a.Emails
	})
	if sure {
		return m.persons()
	}
	m.join("Likely", "the name", false, func(a *Account) []string {
		if f := strings.Fields(strings.ToLower(a.Name)); len(f) > 1 {
			return []string{strings.Join(f, " ")}
		}
		return nil
	})
	m.join("Likely", "the login", false, func(a *Account) []string {
		if a.Login == "" || a.Bot {
			return nil
		}
		return []string{strings.ToLower(a.Login)}
	})
	m.join("Possibly", "a login that the name makes,", false, func(a *Account) []string {
		f := strings.Fields(strings.ToLower(a.Name))
		switch {
		case a.Bot || a.git():
			return nil
		case a.Login != "":
			return []string{written(a.Login)}
		case len(f) > 1:
			return []string{written(a.Name), written(string([]rune(f[0])[:1]) + f[len(f)-1])}
		}
		return []string{written(a.Name)}
	})
	return m.persons()
}

// written is a text without all that is no letter or digit, in lower case.
func written(s string) string { return strings.ReplaceAll(slug(s), "-", "") }

// merging is a union of accounts by index.
type merging struct {
	sure bool
	all  []Account
	of   map[int]int      // to its person's first account
	why  map[int][]string // by person
}

// join merges the accounts that share one of the marks. Of a sure mark at least one account must be vouched for; a mark
// that is none of these may not bring two accounts of one source together, and then brings nobody together.
func (m *merging) join(sure, mark string, vouched bool, of func(*Account) []string) {
	bearers := map[string][]int{}
	for i := range m.all {
		for _, k := range of(&m.all[i]) {
			if k != "" && !slices.Contains(bearers[k], i) {
				bearers[k] = append(bearers[k], i)
			}
		}
	}
	marks := make([]string, 0, len(bearers))
	for k, list := range bearers {
		if len(list) > 1 {
			marks = append(marks, k)
		}
	}
	slices.Sort(marks)
	for _, k := range marks {
		list := bearers[k]
		if vouched && !slices.ContainsFunc(list, func(i int) bool { return slices.Contains(m.all[i].Emails, k) }) {
			continue
		}
		roots := map[int]bool{}
		for _, i := range list {
			roots[m.of[i]] = true
		}
		if len(roots) < 2 || !vouched && m.twice(roots) {
			continue
		}
		into := -1
		for i := range m.all {
			if roots[m.of[i]] {
				if into < 0 {
					into = m.of[i]
				}
				root := m.of[i]
				if root != into {
					m.why[into] = append(m.why[into], m.why[root]...)
					delete(m.why, root)
				}
				m.of[i] = into
			}
		}
		titles := make([]string, len(list))
		for n, i := range list {
			titles[n] = m.all[i].title()
		}
		m.why[into] = append(m.why[into], fmt.Sprintf("%s: %s %s is that of %s.", sure, mark, k, strings.Join(titles, ", and of ")))
	}
}

// twice says that persons have several accounts in one source together; the authors of commits are not counted.
func (m *merging) twice(roots map[int]bool) bool {
	seen := map[string]bool{}
	for i := range m.all {
		if a := &m.all[i]; roots[m.of[i]] && !a.git() {
			if seen[a.Source] {
				return true
			}
			seen[a.Source] = true
		}
	}
	return false
}

// botName is what programs are called.
var botName = regexp.MustCompile(`(?i)(^|[-_.\[ ])(bot|robot|ci|automation|jenkins|renovate|dependabot|svc|service)([-_.\] ]|$)`)

func (m *merging) persons() []Person {
	groups := map[int][]int{}
	for i := range m.all {
		groups[m.of[i]] = append(groups[m.of[i]], i)
	}
	var out []Person
	for root, list := range groups {
		p := Person{Why: m.why[root]}
		for _, i := range list {
			p.Accounts = append(p.Accounts, m.all[i])
			p.Bot = p.Bot || m.all[i].Bot
		}
		if i := slices.IndexFunc(p.Accounts, func(a Account) bool {
			return botName.MatchString(a.Login) || a.Login == "" && botName.MatchString(a.Name)
		}); i >= 0 && !p.Bot && !m.sure {
			p.Bot = true
			p.Why = append(p.Why, fmt.Sprintf("Possibly a program, by its name: %s.", p.Accounts[i].title()))
		}
		p.ID = p.called()
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Person) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Accounts[0].Source, b.Accounts[0].Source), strings.Compare(a.Accounts[0].ID, b.Accounts[0].ID))
	})
	taken := map[string]bool{}
	for i := range out {
		out[i].ID = unique(out[i].ID, taken)
	}
	return out
}

// called is an id for a person: a login, else of the name, else of the address.
func (p *Person) called() string {
	for _, of := range []func(*Account) string{
		func(a *Account) string { return a.Login },
		func(a *Account) string { return a.Name },
		func(a *Account) string {
			local, _, _ := strings.Cut(strings.TrimPrefix(a.ID, "git:"), "@")
			return local
		},
	} {
		for i := range p.Accounts {
			if s := slug(of(&p.Accounts[i])); s != "" {
				return s
			}
		}
	}
	return "person"
}

// worth says that a person is worth a line: merged, named by the tracker, or a program that it does not call one.
func (p *Person) worth() bool {
	return len(p.Accounts) > 1 || p.named || p.Bot && !slices.ContainsFunc(p.Accounts, func(a Account) bool { return a.Bot })
}

// DraftPeople is a decision file of persons, with how sure each merge is. Those with one account whom the trackers name
// in no team are left out unless all are wanted.
func DraftPeople(k Known, all bool) string {
	var b strings.Builder
	draftHead(&b, "people", "the accounts that the trackers name")
	writePeople(&b, k.people(), all, false)
	if n := slicesCount(k.Accounts, func(a Account) bool { return a.Person != "" }); n > 0 {
		comment(&b, "", "%d accounts are those of people who were applied already, and are left out.", n)
	}
	return b.String()
}

// people are all persons by id: those whom decisions have, as far as their ids can be found, and the drafted ones.
func (k *Known) people() []Person {
	byPerson := map[string][]Account{}
	var fresh []Account
	for _, a := range k.Accounts {
		if a.Person == "" {
			fresh = append(fresh, a)
		} else {
			byPerson[a.Person] = append(byPerson[a.Person], a)
		}
	}
	out := People(fresh, k.Sure)
	taken := map[string]bool{}
	var applied []Person
	for pseudonym, accounts := range byPerson {
		was := k.Applied[pseudonym]
		p := Person{Accounts: accounts, Bot: was.Bot, Timezone: was.Timezone, Applied: true}
		place := func(a Account) int { return slices.Index(was.Accounts, event.Pseudonym(a.Source, a.ID)) }
		slices.SortFunc(p.Accounts, func(a, b Account) int { return cmp.Compare(place(a), place(b)) })
		// One with an account that is not known here could not be written down whole.
		if p.ID = p.recalled(pseudonym); p.ID != "" && len(accounts) == len(was.Accounts) {
			taken[p.ID] = true
			applied = append(applied, p)
		}
	}
	for i := range out {
		out[i].ID = unique(out[i].ID, taken)
	}
	out = append(out, applied...)
	slices.SortFunc(out, func(a, b Person) int { return strings.Compare(a.ID, b.ID) })
	named := k.namedAccounts()
	for i := range out {
		out[i].named = slices.ContainsFunc(out[i].Accounts, func(a Account) bool { return named[a.key()] })
	}
	return out
}

// recalled is the id that a person has in the decision files, of which the log has only a pseudonym: of the usual ones
// that which makes it; empty if none does.
func (p *Person) recalled(pseudonym string) string {
	for _, a := range p.Accounts {
		local, _, _ := strings.Cut(strings.TrimPrefix(a.ID, "git:"), "@")
		first, _, _ := strings.Cut(a.Name, " ")
		list := []string{a.Login, slug(a.Login), a.Name, slug(a.Name), first, strings.ToLower(first), local, slug(local), a.ID}
		for _, e := range a.Emails {
			local, _, _ := strings.Cut(e, "@")
			list = append(list, e, local, slug(local))
		}
		for _, id := range list {
			for _, n := range []string{"", "-2", "-3"} {
				if id != "" && PersonPseudonym(id+n) == pseudonym {
					return id + n
				}
			}
		}
	}
	return ""
}

func slicesCount[T any](list []T, is func(T) bool) (n int) {
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

func writePeople(b *strings.Builder, people []Person, all, applied bool) {
	shown, rest := people[:0:0], 0
	for i := range people {
		switch p := &people[i]; {
		case p.Applied && (!applied || !p.named):
		case all || p.Applied || p.worth():
			shown = append(shown, *p)
		default:
			rest++
		}
	}
	if len(shown) > 0 {
		b.WriteString("people:\n")
	}
	for _, p := range shown {
		for _, w := range p.Why {
			comment(b, "  ", "%s", w)
		}
		switch {
		case p.Applied:
			comment(b, "  ", "As it was applied.")
		case len(p.Accounts) == 1 && len(p.Why) == 0:
			comment(b, "  ", "One account: %s, %s.", p.Accounts[0].title(), cmp.Or(p.Accounts[0].Name, "whose name is not known"))
		}
		list := make([]string, len(p.Accounts))
		for i, a := range p.Accounts {
			list[i] = fmt.Sprintf("{source: %s, id: %s}", scalar(a.Source), scalar(a.ID))
		}
		zone := ""
		if p.Timezone != "" {
			zone = ", timezone: " + scalar(p.Timezone)
		}
		fmt.Fprintf(b, "  - {id: %s, accounts: [%s]%s, bot: %t}\n", scalar(p.ID), strings.Join(list, ", "), zone, p.Bot)
	}
	if rest > 0 {
		comment(b, "", "%d more have one account each and are named in no team: --all drafts them too.", rest)
	}
}
