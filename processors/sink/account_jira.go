package sink

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

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
				Histories authored `json:"histories"`
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
	for _, list := range []authored{f.Comment.Comments, f.Worklog.Worklogs, c.Issue.Changelog.Histories} {
		for i := range list {
			g.jira(list[i].Author)
		}
	}
	return g.list
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
