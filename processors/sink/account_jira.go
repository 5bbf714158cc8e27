package sink

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

type jiraUser struct {
	AccountID string `json:"accountId"`
	Key       string `json:"key"`
	Name      string `json:"name"`
	Display   string `json:"displayName"`
	Email     string `json:"emailAddress"`
	Type      string `json:"accountType"`
}

// jira adds an account of Jira. Cloud verifies the addresses of accounts; Data Center shows what its directory holds,
// which nobody need have verified.
func (g *gathering) jira(u *jiraUser) {
	if u == nil {
		return
	}
	email := strings.ToLower(strings.TrimSpace(u.Email))
	g.add(account{
		id: cmp.Or(u.AccountID, u.Key, u.Name), login: u.Name, name: u.Display, email: email, verified: email != "" && u.AccountID != "",
		bot: u.Type == "app",
	})
}

func jiraAccounts(source string, content []byte) []account {
	type authored []struct {
		Author *jiraUser `json:"author"`
	}
	var c struct {
		Issue struct {
			Fields struct {
				Creator  *jiraUser `json:"creator"`
				Reporter *jiraUser `json:"reporter"`
				Assignee *jiraUser `json:"assignee"`
				Comment  struct {
					Comments authored `json:"comments"`
				} `json:"comment"`
				Worklog struct {
					Worklogs authored `json:"worklogs"`
				} `json:"worklog"`
			} `json:"fields"`
			Changelog struct {
				Histories []jiraHistory `json:"histories"`
			} `json:"changelog"`
		} `json:"issue"`
	}
	if unmarshal(content, &c) != nil {
		return nil
	}
	g := gathering{source: source}
	f := &c.Issue.Fields
	for _, u := range []*jiraUser{f.Creator, f.Reporter, f.Assignee} {
		g.jira(u)
	}
	shown := []*jiraUser{f.Creator, f.Reporter, f.Assignee}
	for i := range c.Issue.Changelog.Histories {
		h := &c.Issue.Changelog.Histories[i]
		g.jira(h.Author)
		shown = append(shown, h.Author)
	}
	for _, list := range []authored{f.Comment.Comments, f.Worklog.Worklogs} {
		for i := range list {
			g.jira(list[i].Author)
		}
	}
	g.formerly(c.Issue.Changelog.Histories, shown)
	return g.list
}

// jiraHistory is read as it comes: a member of another form than Jira's is no reason to lose the accounts beside it.
type jiraHistory struct {
	Author  *jiraUser `json:"author"`
	Created any       `json:"created"`
	Items   []struct {
		Field       any `json:"field"`
		From        any `json:"from"`
		FromString  any `json:"fromString"`
		To          any `json:"to"`
		ToString    any `json:"toString"`
		FromAccount any `json:"tmpFromAccountId"`
		ToAccount   any `json:"tmpToAccountId"`
	} `json:"items"`
}

// formerly adds the assignees and reporters of before whom nothing but the changelog names: they stand in the history of the
// item as normalize has them, by the id of the account that they are found to be among those shown.
func (g *gathering) formerly(histories []jiraHistory, shown []*jiraUser) {
	ids := map[string]string{}
	for _, u := range shown {
		if u == nil {
			continue
		}
		id := cmp.Or(u.AccountID, u.Key, u.Name)
		for _, name := range []string{u.Key, u.Name, "name " + u.Display} {
			if name != "" && name != "name " && id != "" && (ids[name] == "" || id < ids[name]) {
				ids[name] = id
			}
		}
	}
	known := map[string]bool{}
	for i := range g.list {
		known[g.list[i].id] = true
	}
	newest := map[string]account{}
	for i := range histories {
		h := &histories[i]
		at := jiraInstant(word(h.Created))
		for _, it := range h.Items {
			if f := word(it.Field); !strings.EqualFold(f, "assignee") && !strings.EqualFold(f, "reporter") {
				continue
			}
			for _, side := range [][3]any{{it.FromAccount, it.From, it.FromString}, {it.ToAccount, it.To, it.ToString}} {
				id, name := cmp.Or(word(side[0]), word(side[1])), word(side[2])
				if id != "" {
					id = cmp.Or(ids[id], id)
				} else {
					id = cmp.Or(ids["name "+name], name)
				}
				if old, ok := newest[id]; id != "" && !known[id] && (!ok || !at.Before(old.at)) {
					newest[id] = account{id: id, name: name, at: at}
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(newest)) {
		g.add(newest[id])
	}
}

// word is a text that some versions of Jira write as a number; else empty.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// jiraInstant reads a time as Jira writes it; zero if it is none that can be.
func jiraInstant(s string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1970 && t.Year() < 2262 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// directoryAccounts returns the accounts of a directory's record: an organisation's members with their names and
// verified addresses, a team's members, a project's leads.
func directoryAccounts(d *event.Directory) []account {
	g := gathering{source: d.Source}
	var c struct {
		People []struct {
			ID     int64    `json:"databaseId"`
			Login  string   `json:"login"`
			Name   string   `json:"name"`
			Email  string   `json:"email"` // shown to everybody, which only a verified one can be
			Emails []string `json:"organizationVerifiedDomainEmails"`
		} `json:"people"`
		Members []githubUser `json:"members"`
		Project struct {
			Lead *jiraUser `json:"lead"`
		} `json:"project"`
		Components []struct {
			Lead *jiraUser `json:"lead"`
		} `json:"components"`
	}
	if json.Unmarshal(d.Content, &c) != nil {
		return nil
	}
	for _, p := range c.People {
		a := account{login: p.Login, name: p.Name}
		if p.ID > 0 {
			a.id = strconv.FormatInt(p.ID, 10)
		}
		if p.Email != "" {
			p.Emails = append(p.Emails, p.Email)
		}
		if len(p.Emails) == 0 {
			g.add(a)
		}
		for _, e := range p.Emails {
			a.email, a.verified = strings.ToLower(strings.TrimSpace(e)), true
			g.add(a)
		}
	}
	for i := range c.Members {
		g.user(&c.Members[i])
	}
	g.jira(c.Project.Lead)
	for i := range c.Components {
		g.jira(c.Components[i].Lead)
	}
	return g.list
}
