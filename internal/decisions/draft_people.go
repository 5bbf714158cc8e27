package decisions

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Person is a drafted person.
type Person struct {
	ID       string
	Accounts []Account
	Bot      bool
	Why      []string // one sentence a merge: how sure, and why
}

// People merges accounts into persons, sorted by id. Accounts that are decided are left out.
//
// Sure is what a tracker vouches for: the same verified address. Likely is the same login, or the same name of two words
// or more, in two sources, where both are the only ones of theirs; possibly a login that the name makes: the whole of it,
// or its first letter and the last word. Two accounts of one source are never merged by likeness.
func People(accounts []Account) []Person {
	m := merging{of: map[int]int{}, why: map[int][]string{}}
	for _, a := range accounts {
		if !a.Decided {
			m.all = append(m.all, a)
		}
	}
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
	all []Account
	of  map[int]int      // to its person's first account
	why map[int][]string // by person
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
		if i := slices.IndexFunc(p.Accounts, func(a Account) bool { return botName.MatchString(a.Login) || a.Login == "" && botName.MatchString(a.Name) }); i >= 0 && !p.Bot {
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
		func(a *Account) string { local, _, _ := strings.Cut(strings.TrimPrefix(a.ID, "git:"), "@"); return local },
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
	return len(p.Accounts) > 1 || slices.ContainsFunc(p.Accounts, func(a Account) bool { return a.Named }) ||
		p.Bot && !slices.ContainsFunc(p.Accounts, func(a Account) bool { return a.Bot })
}

// DraftPeople is a decision file of persons, with how sure each merge is. Those with one account whom the trackers name
// in no team are left out unless all are wanted.
func DraftPeople(accounts []Account, all bool) string {
	var b strings.Builder
	draftHead(&b, "people", "the accounts that the trackers name")
	writePeople(&b, People(accounts), all)
	if n := slicesCount(accounts, func(a Account) bool { return a.Decided }); n > 0 {
		comment(&b, "", "%d accounts are in the people that were applied already, and are left out.", n)
	}
	return b.String()
}

func slicesCount[T any](list []T, is func(T) bool) (n int) {
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

func writePeople(b *strings.Builder, people []Person, all bool) {
	shown := people[:0:0]
	for i := range people {
		if all || people[i].worth() {
			shown = append(shown, people[i])
		}
	}
	if len(shown) > 0 {
		b.WriteString("people:\n")
	}
	for _, p := range shown {
		for _, w := range p.Why {
			comment(b, "  ", "%s", w)
		}
		if len(p.Accounts) == 1 && len(p.Why) == 0 {
			comment(b, "  ", "One account: %s, %s.", p.Accounts[0].title(), cmp.Or(p.Accounts[0].Name, "whose name is not known"))
		}
		list := make([]string, len(p.Accounts))
		for i, a := range p.Accounts {
			list[i] = fmt.Sprintf("{source: %s, id: %s}", scalar(a.Source), scalar(a.ID))
		}
		fmt.Fprintf(b, "  - {id: %s, accounts: [%s], bot: %t}\n", scalar(p.ID), strings.Join(list, ", "), p.Bot)
	}
	if n := len(people) - len(shown); n > 0 {
		comment(b, "", "%d more have one account each and are named in no team: --all drafts them too.", n)
	}
}
