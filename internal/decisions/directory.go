package decisions

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// githubTeam is a team at GitHub.
type githubTeam struct {
	source, owner, slug, name, parent string
	members                           []string          // keys of accounts
	repositories                      map[string]string // to the team's role there
	group                             bool              // other teams are below it, and it has no repositories of its own
}

// jiraProject is who leads a project and its components: keys of accounts.
type jiraProject struct {
	source, key, name, lead string
	components              map[string]string // of those that have a lead
}

type jiraLead struct {
	AccountID string `json:"accountId"`
	Key       string `json:"key"`
	Name      string `json:"name"`
}

func (l *jiraLead) account(source string) string {
	if l == nil {
		return ""
	}
	if id := cmp.Or(l.AccountID, l.Key, l.Name); id != "" {
		return (&Account{Source: source, ID: id}).key()
	}
	return ""
}

// read reads what the trackers tell; what cannot be read is as if it were not told.
func (k *Known) read() (teams []githubTeam, projects []jiraProject, owners map[string][]string) {
	owners = map[string][]string{}
	for _, d := range k.Directory {
		switch d.Kind {
		case "team":
			if t, ok := readTeam(d); ok {
				teams = append(teams, t)
			}
		case "project":
			if p, ok := readProject(d); ok {
				projects = append(projects, p)
			}
		case "codeowners":
			var c struct {
				Text string `json:"text"`
			}
			if json.Unmarshal([]byte(d.Content), &c) == nil {
				owners[d.Source+"\x00"+d.Name] = wholeOwners(c.Text)
			}
		}
	}
	slices.SortFunc(teams, func(a, b githubTeam) int {
		return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.owner, b.owner), strings.Compare(a.slug, b.slug))
	})
	slices.SortFunc(projects, func(a, b jiraProject) int {
		return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.key, b.key))
	})
	for i := range teams {
		above := slices.ContainsFunc(teams, func(t githubTeam) bool {
			return t.source == teams[i].source && t.owner == teams[i].owner && t.parent == teams[i].slug
		})
		teams[i].group = above && len(teams[i].repositories) == 0
	}
	return teams, projects, owners
}

func readTeam(d Told) (githubTeam, bool) {
	var c struct {
		Team struct {
			Slug   string `json:"slug"`
			Name   string `json:"name"`
			Parent *struct {
				Slug string `json:"slug"`
			} `json:"parent"`
		} `json:"team"`
		Members []struct {
			ID int64 `json:"id"`
		} `json:"members"`
		Repositories []struct {
			FullName    string          `json:"full_name"`
			Role        string          `json:"role_name"`
			Permissions map[string]bool `json:"permissions"`
		} `json:"repositories"`
	}
	if json.Unmarshal([]byte(d.Content), &c) != nil || c.Team.Slug == "" {
		return githubTeam{}, false
	}
	owner, _, _ := strings.Cut(d.Name, "/")
	t := githubTeam{source: d.Source, owner: owner, slug: c.Team.Slug, name: cmp.Or(c.Team.Name, c.Team.Slug), repositories: map[string]string{}}
	if c.Team.Parent != nil {
		t.parent = c.Team.Parent.Slug
	}
	for _, m := range c.Members {
		t.members = append(t.members, (&Account{Source: d.Source, ID: strconv.FormatInt(m.ID, 10)}).key())
	}
	for _, r := range c.Repositories {
		role := r.Role
		for _, p := range []string{"admin", "maintain", "push"} {
			if role == "" && r.Permissions[p] {
				role = p
			}
		}
		t.repositories[r.FullName] = role
	}
	return t, true
}

func readProject(d Told) (jiraProject, bool) {
	var c struct {
		Project struct {
			Name string    `json:"name"`
			Lead *jiraLead `json:"lead"`
		} `json:"project"`
		Components []struct {
			Name string    `json:"name"`
			Lead *jiraLead `json:"lead"`
		} `json:"components"`
	}
	if json.Unmarshal([]byte(d.Content), &c) != nil {
		return jiraProject{}, false
	}
	p := jiraProject{source: d.Source, key: d.Name, name: cmp.Or(c.Project.Name, d.Name), lead: c.Project.Lead.account(d.Source), components: map[string]string{}}
	for _, o := range c.Components {
		if lead := o.Lead.account(d.Source); lead != "" && o.Name != "" {
			p.components[o.Name] = lead
		}
	}
	return p, true
}

// wholeOwners are the owners that a CODEOWNERS file gives the whole repository to: those of the last line that matches
// everything, as owner/team in lower case; persons are left out.
func wholeOwners(text string) (out []string) {
	for line := range strings.SplitSeq(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 || !slices.Contains([]string{"*", "/", "**", "/**", "/*"}, f[0]) {
			continue
		}
		out = nil
		for _, o := range f[1:] {
			if team, ok := strings.CutPrefix(o, "@"); ok && strings.Contains(team, "/") {
				out = append(out, strings.ToLower(team))
			}
		}
	}
	return out
}

// namedAccounts are those that the trackers name in a team, or as who leads something.
func (k *Known) namedAccounts() map[string]bool {
	out := map[string]bool{}
	teams, projects, _ := k.read()
	for _, t := range teams {
		for _, m := range t.members {
			out[m] = true
		}
	}
	for _, p := range projects {
		out[p.lead] = true
		for _, lead := range p.components {
			out[lead] = true
		}
	}
	return out
}
