package sink

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// account is what a record tells of an account: the one place on the way to the tables where names are read. They go to
// database workmix_people alone.
type account struct {
	source, id, login, name, email string
	// verified says that the tracker vouches for the e-mail address: it is the account's own.
	verified, bot bool
	// at is when this was so, where that is not when the record was made: old names must not replace new ones.
	at time.Time
}

// seen is when records told the same of an account first and last.
type seen struct{ first, last time.Time }

// accounts returns the accounts that a record names. It leaves to normalize to say that a record cannot be read.
func accounts(p event.Payload) []account {
	switch p := p.(type) {
	case *event.Raw:
		switch p.Tracker {
		case "github":
			return githubAccounts(p.Source, p.Content)
		case "jira":
			return jiraAccounts(p.Source, p.Content)
		case event.TrackerImport:
			return importedAccounts(p.Source, p.Content)
		}
	case *event.Directory:
		return directoryAccounts(p)
	}
	return nil
}

// sightings returns what a batch tells of accounts, each once.
func sightings(batch []decoded) map[account]seen {
	out := map[account]seen{}
	for _, d := range batch {
		if len(d.accounts) == 0 || d.err != nil {
			continue
		}
		told := d.payload.Envelope().Time
		for _, a := range d.accounts {
			at := told
			if !a.at.IsZero() && a.at.Before(told) {
				at = a.at
			}
			a.at = time.Time{}
			s, ok := out[a]
			if !ok || at.Before(s.first) {
				s.first = at
			}
			if at.After(s.last) {
				s.last = at
			}
			out[a] = s
		}
	}
	return out
}

// sightingColumns returns the rows of table sightings as columns, in the order of the table's key.
func sightingColumns(all map[account]seen) (columns []string, data []any) {
	rows := make([]account, 0, len(all))
	for a := range all {
		rows = append(rows, a)
	}
	slices.SortFunc(rows, func(a, b account) int {
		return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.id, b.id), strings.Compare(a.login, b.login),
			strings.Compare(a.name, b.name), strings.Compare(a.email, b.email))
	})
	text := func(of func(account) string) []string {
		out := make([]string, len(rows))
		for i, a := range rows {
			out[i] = of(a)
		}
		return out
	}
	verified, bot := make([]bool, len(rows)), make([]bool, len(rows))
	first, last := make([]time.Time, len(rows)), make([]time.Time, len(rows))
	for i, a := range rows {
		verified[i], bot[i], first[i], last[i] = a.verified, a.bot, all[a].first, all[a].last
	}
	return []string{"source", "account_id", "pseudonym", "login", "name", "email", "verified", "bot", "first_seen", "last_seen"}, []any{
		text(func(a account) string { return a.source }), text(func(a account) string { return a.id }),
		text(func(a account) string { return event.Pseudonym(a.source, a.id) }), text(func(a account) string { return a.login }),
		text(func(a account) string { return a.name }), text(func(a account) string { return a.email }),
		verified, bot, first, last,
	}
}

// ghostID is the account that GitHub shows in the place of deleted ones.
const ghostID = 10137

type githubUser struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
}

type githubSignature struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type githubObject struct {
	User      *githubUser  `json:"user"`
	Assignees []githubUser `json:"assignees"`
}

type githubComment struct {
	User *githubUser `json:"user"`
}

// gathering is the accounts of one record, each once.
type gathering struct {
	source string
	list   []account
}

func (g *gathering) add(a account) {
	if a.source = g.source; a.id != "" && !slices.Contains(g.list, a) {
		g.list = append(g.list, a)
	}
}

func (g *gathering) user(u *githubUser) {
	if u != nil && u.ID > 0 && u.ID != ghostID {
		g.add(account{id: strconv.FormatInt(u.ID, 10), login: u.Login, bot: u.Type == "Bot" || strings.HasSuffix(u.Login, "[bot]")})
	}
}

// signature adds who signed a commit. GitHub's private addresses hold the account's id. GitHub gives a commit to the account
// that has verified its address, so it vouches for that; of an address that is no account's the address is the account, as
// normalize has it, and nobody vouches for it.
func (g *gathering) signature(s *githubSignature, of func(email string) *githubUser) {
	if s == nil || s.Email == "" {
		return
	}
	email := strings.ToLower(strings.TrimSpace(s.Email))
	if local, ok := strings.CutSuffix(email, "@users.noreply.github.com"); ok {
		id, login, found := strings.Cut(local, "+")
		if _, err := strconv.ParseInt(id, 10, 64); err == nil && found {
			g.add(account{id: id, name: s.Name, bot: strings.HasSuffix(login, "[bot]")})
			return
		}
	}
	if u := of(email); u != nil && u.ID > 0 && u.ID != ghostID {
		g.add(account{id: strconv.FormatInt(u.ID, 10), login: u.Login, name: s.Name, email: email, verified: true, bot: strings.HasSuffix(u.Login, "[bot]")})
		return
	}
	g.add(account{id: "git:" + email, name: s.Name, email: email})
}

// importedAccounts returns whom imported rows name: what stands there is the account's id, and all that is known of it.
func importedAccounts(source string, content []byte) []account {
	var c event.Rows
	if unmarshal(content, &c) != nil {
		return nil
	}
	g := gathering{source: source}
	add := func(who string, bot bool) {
		a := account{id: who, login: who, bot: bot}
		if strings.ContainsAny(who, " ") {
			a.login, a.name = "", who
		}
		g.add(a)
	}
	for i := range c.Rows {
		add(c.Rows[i].Author, c.Rows[i].AuthorBot)
		for _, who := range c.Rows[i].Assignees {
			add(who, false)
		}
	}
	return g.list
}

func githubAccounts(source string, content []byte) []account {
	var c struct {
		Issue    *githubObject `json:"issue"`
		Pull     *githubObject `json:"pull"`
		Timeline []struct {
			Actor     *githubUser      `json:"actor"`
			User      *githubUser      `json:"user"`
			Assigner  *githubUser      `json:"assigner"`
			Assignee  *githubUser      `json:"assignee"`
			Author    *githubSignature `json:"author"`
			Committer *githubSignature `json:"committer"`
			Comments  []githubComment  `json:"comments"`
		} `json:"timeline"`
		Reviews  []githubComment `json:"reviews"`
		Comments []githubComment `json:"comments"`
		Commits  []struct {
			Commit struct {
				Author *githubSignature `json:"author"`
			} `json:"commit"`
			Author *githubUser `json:"author"`
		} `json:"commits"`
		Authors []struct {
			Email string `json:"email"`
			ID    int64  `json:"id"`
			Login string `json:"login"`
		} `json:"authors"`
	}
	if unmarshal(content, &c) != nil {
		return nil
	}
	g := gathering{source: source}
	for _, o := range []*githubObject{c.Issue, c.Pull} {
		if o != nil {
			g.user(o.User)
			for i := range o.Assignees {
				g.user(&o.Assignees[i])
			}
		}
	}
	comments := func(list []githubComment) {
		for i := range list {
			g.user(list[i].User)
		}
	}
	// The record names the accounts of addresses; one of long ago those of commits instead.
	of := func(email string) *githubUser {
		for i := range c.Authors {
			if a := &c.Authors[i]; strings.EqualFold(strings.TrimSpace(a.Email), email) {
				return &githubUser{ID: a.ID, Login: a.Login}
			}
		}
		for i := range c.Commits {
			if s := c.Commits[i].Commit.Author; s != nil && c.Commits[i].Author != nil && strings.EqualFold(strings.TrimSpace(s.Email), email) {
				return c.Commits[i].Author
			}
		}
		return nil
	}
	for i := range c.Timeline {
		e := &c.Timeline[i]
		for _, u := range []*githubUser{e.Actor, e.User, e.Assigner, e.Assignee} {
			g.user(u)
		}
		g.signature(e.Author, of)
		comments(e.Comments)
	}
	comments(c.Reviews)
	comments(c.Comments)
	for i := range c.Commits {
		g.signature(c.Commits[i].Commit.Author, func(string) *githubUser { return c.Commits[i].Author })
	}
	return g.list
}
