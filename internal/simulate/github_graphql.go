package simulate

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// graphqlFields are the parts of GraphQL that are answered: two connections of a repository, and of their nodes
// these fields. Anything else is an error, as a misspelt field is at GitHub.
var (
	graphqlConnection = regexp.MustCompile(`\b(pullRequests|issues)\(first: \$first, after: \$after, orderBy: \{field: CREATED_AT, direction: DESC\}\)`)
	graphqlPull       = regexp.MustCompile(`nodes \{ number additions deletions changedFiles commits\(first: (\d+)\) \{ totalCount nodes \{ commit \{ author \{ email user \{ databaseId login \} \} \} \} \} \}`)
	graphqlSize       = regexp.MustCompile(`nodes \{ number additions deletions changedFiles commits \{ totalCount \} \}`)
	graphqlIssue      = regexp.MustCompile(`nodes \{ number timelineItems\(first: 1, itemTypes: \[CROSS_REFERENCED_EVENT\]\) \{ nodes \{ __typename \} \} \}`)
)

func graphqlError(message string) answer {
	return answer{value: Object{"data": nil, "errors": []any{Object{"message": message}}}}
}

// graphql is POST /graphql, for those who log in.
func (g *github) graphql(r *http.Request) answer {
	if g.opt.NoGraphQL {
		return notFound()
	}
	if r.Header.Get("Authorization") == "" {
		return answer{status: http.StatusUnauthorized, message: "This endpoint requires you to be authenticated."}
	}
	var q struct {
		Query     string
		Variables struct {
			Owner, Name, After string
			First              int
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &q) != nil {
		return answer{status: http.StatusBadRequest, message: "Problems parsing JSON"}
	}
	if a, ok := g.graphqlDirectory(body); ok {
		return a
	}
	rp := g.data.repoOf(q.Variables.Owner + "/" + q.Variables.Name)
	if rp == nil {
		return graphqlError("Could not resolve to a Repository with the name '" + q.Variables.Owner + "/" + q.Variables.Name + "'.")
	}
	m := graphqlConnection.FindStringSubmatch(q.Query)
	if m == nil {
		return graphqlError("Field doesn't exist on type 'Repository'")
	}
	pulls, shape := m[1] == "pullRequests", graphqlIssue
	if pulls {
		shape = graphqlPull
	}
	if pulls && graphqlSize.MatchString(q.Query) {
		shape = graphqlSize
	}
	nodes := shape.FindStringSubmatch(q.Query)
	if nodes == nil {
		return graphqlError("Field doesn't exist on the type of the nodes")
	}
	if q.Variables.First < 1 || q.Variables.First > 100 {
		return graphqlError("Requesting " + strconv.Itoa(q.Variables.First) + " records on the connection exceeds the `first` limit of 100 records.")
	}
	if shape == graphqlPull && g.opt.NoCommits {
		return answer{value: Object{"data": Object{"repository": nil}, "errors": []any{Object{"type": "FORBIDDEN", "message": "Resource not accessible by personal access token"}}}}
	}
	var items []*githubItem
	for _, i := range rp.live() {
		if (i.pull != nil) == pulls {
			items = append(items, i)
		}
	}
	slices.SortStableFunc(items, func(a, b *githubItem) int { return b.created.Compare(a.created) })
	first := q.Variables.First
	if g.opt.PageCap > 0 {
		first = min(first, g.opt.PageCap)
	}
	from, _ := strconv.Atoi(strings.TrimPrefix(q.Variables.After, "cursor:"))
	from = min(from, len(items))
	to := min(from+first, len(items))
	list := []any{}
	for _, i := range items[from:to] {
		if pulls {
			commits := 0
			if shape == graphqlPull {
				commits, _ = strconv.Atoi(nodes[1])
			}
			list = append(list, i.pullNode(g.data, commits))
		} else {
			list = append(list, i.issueNode())
		}
	}
	end := any(nil)
	if to > from {
		end = "cursor:" + strconv.Itoa(to)
	}
	return answer{value: Object{"data": Object{"repository": Object{m[1]: Object{
		"pageInfo": Object{"hasNextPage": to < len(items), "endCursor": end}, "nodes": list,
	}}}}}
}

// pullNode is a pull request with the authors of its first commits: users, which a program is not, or null where the
// address is no account's.
func (i *githubItem) pullNode(d *Dataset, first int) Object {
	commits := []any{}
	for _, e := range i.timeline {
		if text(e["event"]) != "committed" || len(commits) == first {
			continue
		}
		email := text(at(e, "author", "email"))
		user := any(nil)
		if u := d.accounts[email]; u != nil && !u.Bot {
			user = Object{"databaseId": u.ID, "login": u.Login}
		}
		commits = append(commits, Object{"commit": Object{"author": Object{"email": email, "user": user}}})
	}
	return Object{
		"number": i.number, "additions": integer(i.pull["additions"]), "deletions": integer(i.pull["deletions"]),
		"changedFiles": integer(i.pull["changed_files"]), "commits": Object{"totalCount": integer(i.pull["commits"]), "nodes": commits},
	}
}

func (i *githubItem) issueNode() Object {
	referred := []any{}
	for _, e := range i.timeline {
		if text(e["event"]) == "cross-referenced" && len(referred) == 0 {
			referred = append(referred, Object{"__typename": "CrossReferencedEvent"})
		}
	}
	return Object{"number": i.number, "timelineItems": Object{"nodes": referred}}
}
