package decisions

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// draftedTeam is a team with why it is thought to own what it owns.
type draftedTeam struct {
	id, name, group string
	repositories    []string
	projects        []string
	components      []string
	people          []string // ids
	why             []string
	from            *githubTeam // nil: of a project alone
}

// DraftTeams is a decision file of groups, teams and memberships, and one of the people that it names, with how sure
// each is.
func DraftTeams(k Known, all bool) (teams, people string) {
	var b, p strings.Builder
	persons := k.people()
	draftHead(&b, "teams", "GitHub's teams, CODEOWNERS, and Jira's leads")
	writeTeams(&b, &k, persons)
	draftHead(&p, "teams", "the accounts that the trackers name")
	writePeople(&p, persons, all, true)
	return b.String(), p.String()
}

func writeTeams(b *strings.Builder, k *Known, persons []Person) {
	atGitHub, projects, owners := k.read()
	person := map[string]string{} // by key of an account
	lost := 0
	for _, p := range persons {
		for i := range p.Accounts {
			person[p.Accounts[i].key()] = p.ID
		}
	}
	taken := map[string]bool{}
	var teams []*draftedTeam
	groups := map[string]string{} // id to name
	for i := range atGitHub {
		t := &atGitHub[i]
		if t.group {
			groups[t.slug] = t.name
			continue
		}
		d := &draftedTeam{id: unique(cmp.Or(slug(t.slug), "team"), taken), name: t.name, from: t}
		for _, m := range t.members {
			if id := person[m]; id != "" {
				d.people = append(d.people, id)
			} else {
				lost++
			}
		}
		teams = append(teams, d)
	}
	for _, d := range teams {
		if _, ok := groups[d.from.parent]; ok {
			d.group = d.from.parent
		}
	}
	unowned := giveRepositories(k, teams, owners)
	teams = giveProjects(k, teams, projects, person, taken)
	if len(teams) == 0 { // nothing is known of anybody: each repository stands for its owner
		for _, r := range unowned {
			_, name, _ := strings.Cut(r, "/")
			teams = append(teams, &draftedTeam{id: unique(cmp.Or(slug(name), "team"), taken), name: name, repositories: []string{r}, why: []string{"Possibly: nothing is known of who owns " + r + ", which stands for its owner."}})
		}
		unowned = nil
	}
	if len(groups) > 0 {
		b.WriteString("groups:\n")
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		fmt.Fprintf(b, "  - {id: %s, name: %s}\n", scalar(id), scalar(groups[id]))
	}
	if len(teams) > 0 {
		b.WriteString("teams:\n")
	}
	for _, t := range teams {
		for _, w := range t.why {
			comment(b, "  ", "%s", w)
		}
		group := ""
		if t.group != "" {
			group = ", group: " + scalar(t.group)
		}
		fmt.Fprintf(b, "  - {id: %s, name: %s%s, owns: {repositories: %s, projects: %s, components: %s, labels: []}}\n",
			scalar(t.id), scalar(t.name), group, flow(t.repositories), flow(t.projects), flow(t.components))
	}
	if len(unowned) > 0 {
		comment(b, "", "No team is known of: %s. Give each to a team; until then its items belong to the teams of their people.", strings.Join(unowned, ", "))
	}
	writeMemberships(b, teams, persons, k.First)
	if lost > 0 {
		comment(b, "", "%d memberships are left out: their people were applied under ids that cannot be told from here. Add them by hand.", lost)
	}
}

// giveRepositories gives each repository to a team where one stands out, and returns the others.
func giveRepositories(k *Known, teams []*draftedTeam, owners map[string][]string) (unowned []string) {
	for _, p := range k.Projects {
		if p.Tracker != "github" {
			continue
		}
		owner, _, _ := strings.Cut(p.Name, "/")
		var to *draftedTeam
		for _, name := range owners[p.Source+"\x00"+p.Name] {
			i := slices.IndexFunc(teams, func(t *draftedTeam) bool {
				return t.from.source == p.Source && strings.EqualFold(t.from.owner+"/"+t.from.slug, name)
			})
			if i >= 0 && to == nil {
				to = teams[i]
				to.why = append(to.why, fmt.Sprintf("Sure: CODEOWNERS of %s gives it to @%s.", p.Name, name))
			}
		}
		for _, role := range []string{"admin", "maintain", "push", "write"} {
			var with []*draftedTeam
			for _, t := range teams {
				if t.from.source == p.Source && strings.EqualFold(t.from.owner, owner) && t.from.repositories[p.Name] == role {
					with = append(with, t)
				}
			}
			if to != nil || len(with) == 0 {
				continue
			}
			if len(with) > 1 {
				break // several of the same rank
			}
			sure := "Likely"
			if role == "push" || role == "write" {
				sure = "Possibly"
			}
			to = with[0]
			to.why = append(to.why, fmt.Sprintf("%s: it alone has the role %s in %s.", sure, role, p.Name))
		}
		if to == nil {
			unowned = append(unowned, p.Name)
			continue
		}
		to.repositories = append(to.repositories, p.Name)
	}
	return unowned
}

// giveProjects gives each Jira project to the team of that name, else to its lead's, else to one of its own; and a
// component whose lead is in another team to that one.
func giveProjects(k *Known, teams []*draftedTeam, projects []jiraProject, person map[string]string, taken map[string]bool) []*draftedTeam {
	known := map[string]*jiraProject{}
	for i := range projects {
		known[projects[i].source+"\x00"+projects[i].key] = &projects[i]
	}
	of := func(account string) *draftedTeam { // the one team of an account
		var one *draftedTeam
		for _, t := range teams {
			if id := person[account]; id != "" && slices.Contains(t.people, id) {
				if one != nil {
					return nil
				}
				one = t
			}
		}
		return one
	}
	for _, p := range k.Projects {
		if p.Tracker != "jira" {
			continue
		}
		project := known[p.Source+"\x00"+p.Name]
		if project == nil {
			project = &jiraProject{source: p.Source, key: p.Name, name: p.Name}
		}
		i := slices.IndexFunc(teams, func(t *draftedTeam) bool {
			return slices.Contains([]string{slug(t.name), t.id}, slug(project.name)) || t.id == slug(project.key)
		})
		lead := of(project.lead)
		var to *draftedTeam
		switch {
		case i >= 0:
			to = teams[i]
			to.why = append(to.why, fmt.Sprintf("Likely: project %s, %s, has its name.", project.key, project.name))
		case lead != nil:
			to = lead
			to.why = append(to.why, fmt.Sprintf("Likely: %s, who leads project %s, is in it and in no other.", person[project.lead], project.key))
		default:
			to = &draftedTeam{id: unique(cmp.Or(slug(project.key), "project"), taken), name: project.name}
			to.why = []string{fmt.Sprintf("Possibly: no team is known to own project %s, which stands for its owner.", project.key)}
			if id := person[project.lead]; id != "" {
				to.people = []string{id}
			}
			teams = append(teams, to)
		}
		to.projects = append(to.projects, project.key)
		for _, name := range slices.Sorted(maps.Keys(project.components)) {
			if other := of(project.components[name]); other != nil && other != to && !slices.Contains(other.components, name) {
				other.components = append(other.components, name)
				other.why = append(other.why, fmt.Sprintf("Possibly: %s, who leads component %s of project %s, is in it and in no other.", person[project.components[name]], name, project.key))
			}
		}
	}
	return teams
}

func writeMemberships(b *strings.Builder, teams []*draftedTeam, persons []Person, first time.Time) {
	of := map[string][]string{}
	for _, t := range teams {
		for _, id := range t.people {
			if !slices.Contains(of[id], t.id) {
				of[id] = append(of[id], t.id)
			}
		}
	}
	for _, p := range persons {
		if p.Bot {
			delete(of, p.ID) // a program has no time to give
		}
	}
	if len(of) == 0 {
		return
	}
	comment(b, "", "No tracker tells since when somebody is in a team, or for how much of the time: from is the first day of which anything is known, and")
	comment(b, "", "whoever is in several teams has equal shares.")
	b.WriteString("memberships:\n")
	for _, id := range slices.Sorted(maps.Keys(of)) {
		share := float64(100/len(of[id])) / 100
		for _, t := range of[id] {
			if share > 0 { // else it is in more than a hundred
				fmt.Fprintf(b, "  - {person: %s, team: %s, share: %g, from: %s}\n", scalar(id), scalar(t), share, first.Format(time.DateOnly))
			}
		}
	}
}
