package simulate

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What the trackers tell of the generated organisation itself: at GitHub a team for each of its teams, below one for each
// group, and in each team's first repository a file that gives it to the team; at Jira a lead of each project and
// component. Of other data they tell nothing.

// teamNamed finds a team of the organisation that owns a path's repositories.
func (g *github) teamNamed(r *http.Request) *orgTeam {
	if o := g.data.org; o != nil && strings.EqualFold(r.PathValue("owner"), orgName) && !g.opt.NoTeams {
		for _, t := range o.teams {
			if t.id == r.PathValue("team") {
				return t
			}
		}
	}
	return nil
}

func teamObject(slug, name string, parent any) Object {
	return Object{
		"id": smallID("team", slug), "slug": slug, "name": name, "description": "", "privacy": "closed", "permission": "pull", "parent": parent,
		"url": githubAPI + "organizations/1/team/" + strconv.FormatInt(smallID("team", slug), 10), "html_url": githubHTML + "orgs/" + orgName + "/teams/" + slug,
	}
}

func groupObject(id string) Object {
	return teamObject(id, strings.ToUpper(id[:1])+id[1:], nil)
}

func (g *github) orgTeams(r *http.Request) answer {
	o := g.data.org
	switch {
	case o == nil || !strings.EqualFold(r.PathValue("owner"), orgName):
		return notFound()
	case g.opt.NoTeams:
		return answer{status: http.StatusForbidden, message: "Resource not accessible by personal access token"}
	}
	var all []Object
	groups := map[string]bool{}
	for _, t := range o.teams {
		if !groups[t.group] {
			groups[t.group] = true
			all = append(all, groupObject(t.group))
		}
		all = append(all, teamObject(t.id, t.name, groupObject(t.group)))
	}
	slices.SortFunc(all, func(a, b Object) int { return strings.Compare(text(a["slug"]), text(b["slug"])) })
	return g.page(r, all)
}

// teamMembers gives a group's team the members of the teams below it, as GitHub does.
func (g *github) teamMembers(r *http.Request) answer {
	var of []*orgTeam
	if t := g.teamNamed(r); t != nil {
		of = append(of, t)
	} else if o := g.data.org; o != nil && !g.opt.NoTeams {
		for _, t := range o.teams {
			if t.group == r.PathValue("team") {
				of = append(of, t)
			}
		}
	}
	if len(of) == 0 {
		return notFound()
	}
	var all []Object
	for _, m := range g.data.org.people {
		if slices.Contains(of, m.teamOn(g.data.org, g.opt.now())) {
			all = append(all, object(m.github()))
		}
	}
	return g.page(r, all)
}

func (g *github) teamRepos(r *http.Request) answer {
	all := []Object{}
	if t := g.teamNamed(r); t != nil {
		for _, name := range t.repos {
			all = append(all, Object{"full_name": orgName + "/" + name, "name": name, "archived": false, "pushed_at": g.opt.now(), "role_name": "admin", "permissions": Object{"admin": true, "maintain": true, "push": true, "triage": true, "pull": true}})
		}
	} else if g.teamMembers(r).status != 0 {
		return notFound()
	}
	return g.page(r, all)
}

// owners is the text of a repository's CODEOWNERS, or empty.
func (d *Dataset) owners(repository string) string {
	if d.org != nil {
		for _, t := range d.org.teams {
			if strings.EqualFold(repository, orgName+"/"+t.repos[0]) {
				return fmt.Sprintf("# Who looks at what.\n*        @%s/%s\n/docs/   @%s/%s\n", orgName, t.id, orgName, d.org.teams[len(d.org.teams)-1].id)
			}
		}
	}
	return ""
}

// contents serves one file, CODEOWNERS.
func (g *github) contents(r *http.Request) answer {
	rp := g.repo(r)
	if rp == nil || r.PathValue("path") != ".github/CODEOWNERS" || g.data.owners(rp.name) == "" {
		return notFound()
	}
	return answer{value: Object{
		"type": "file", "name": "CODEOWNERS", "path": r.PathValue("path"), "encoding": "base64",
		"content": base64.StdEncoding.EncodeToString([]byte(g.data.owners(rp.name))) + "\n",
	}}
}

var (
	graphqlPeople = regexp.MustCompile(`organization\(login: \$owner\) \{\s+membersWithRole\(first: 100, after: \$after\) \{\s+pageInfo \{ hasNextPage endCursor \}\s+nodes \{ databaseId login name email organizationVerifiedDomainEmails\(login: \$owner\) \}`)
	graphqlOwners = regexp.MustCompile(`(\w+): repository\(owner: \$(\w+), name: \$(\w+)\) \{`)
	graphqlFile   = regexp.MustCompile(`(\w+): object\(expression: "HEAD:\.github/CODEOWNERS"\) \{ \.\.\. on Blob \{ text \} \}`)
)

// graphqlDirectory answers the two questions about the organisation; false: it is neither.
func (g *github) graphqlDirectory(body []byte) (answer, bool) {
	var q struct {
		Query     string
		Variables map[string]any
	}
	if json.Unmarshal(body, &q) != nil {
		return answer{}, false
	}
	if graphqlPeople.MatchString(q.Query) {
		if g.data.org == nil || !strings.EqualFold(text(q.Variables["owner"]), orgName) || g.opt.NoTeams {
			return graphqlError("Could not resolve to an Organization with the login of '" + text(q.Variables["owner"]) + "'."), true
		}
		nodes := []any{}
		for _, m := range g.data.org.people {
			nodes = append(nodes, Object{"databaseId": m.ID, "login": m.Login, "name": m.Name, "email": "", "organizationVerifiedDomainEmails": []any{m.Email}})
		}
		return answer{value: Object{"data": Object{"organization": Object{"membersWithRole": Object{
			"pageInfo": Object{"hasNextPage": false, "endCursor": nil}, "nodes": nodes,
		}}}}}, true
	}
	file := graphqlFile.FindStringSubmatch(q.Query)
	if file == nil {
		return answer{}, false
	}
	data := Object{}
	for _, m := range graphqlOwners.FindAllStringSubmatch(q.Query, -1) {
		rp := g.data.repoOf(text(q.Variables[m[2]]) + "/" + text(q.Variables[m[3]]))
		if rp == nil {
			data[m[1]] = nil
			continue
		}
		data[m[1]] = Object{}
		if owners := g.data.owners(rp.name); owners != "" {
			data[m[1]] = Object{file[1]: Object{"text": owners}}
		}
	}
	return answer{value: Object{"data": data}}, true
}

// led is the team of the organisation whose Jira project it is, or nil.
func (j *jira) led(key string) *orgTeam {
	if j.data.org != nil {
		for _, t := range j.data.org.teams {
			if t.project == key {
				return t
			}
		}
	}
	return nil
}

// projectComponents gives the components that the project's issues bear; the first is led by a member of the project's
// team, the others by nobody.
func (j *jira) projectComponents(r *http.Request) answer {
	key := strings.ToUpper(r.PathValue("key"))
	p := j.data.project[key]
	if p == nil {
		return answer{status: http.StatusNotFound, message: "No project could be found with key '" + key + "'."}
	}
	names := map[string]Object{}
	for _, i := range j.data.issues {
		if projectOf(i.key) == key {
			for _, c := range objects(i.fields["components"]) {
				names[text(c["name"])] = c
			}
		}
	}
	out := []any{}
	sorted := make([]string, 0, len(names))
	for n := range names {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	for n, name := range sorted {
		c := Object{"id": names[name]["id"], "name": name, "project": key}
		if t := j.led(key); t != nil && n == 0 {
			c["lead"] = t.members[1].jira()
		}
		out = append(out, c)
	}
	return answer{value: out}
}
