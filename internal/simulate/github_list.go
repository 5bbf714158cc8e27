package simulate

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page cuts one page of a list and links to its neighbours.
func (g *github) page(r *http.Request, all []Object) answer {
	return pageOf(g, r, all, func(o Object) any { return o }, nil)
}

// pageOf is page for anything that becomes a JSON value. cursor names a row's place in a list too long for page
// numbers; nil where the list has none.
func pageOf[T any](g *github, r *http.Request, all []T, row func(T) any, cursor func(T) string) answer {
	q := r.URL.Query()
	limit := 100
	if g.opt.PageCap > 0 {
		limit = g.opt.PageCap
	}
	per := number(q.Get("per_page"), min(30, limit))
	per = min(max(per, 1), limit)
	page := max(number(q.Get("page"), 1), 1)
	deepest := 10_000
	if r.PathValue("number") == "" && (strings.HasSuffix(r.URL.Path, "/comments") || strings.HasSuffix(r.URL.Path, "/events")) {
		deepest = 40_000 // these have been seen to end after 400 pages of 100
	}
	if g.opt.PageLimit > 0 && r.PathValue("number") == "" {
		deepest = g.opt.PageLimit
	}
	from := (page - 1) * per
	after := q.Get("after")
	if after != "" && cursor != nil {
		from = slices.IndexFunc(all, func(t T) bool { return cursor(t) == after }) + 1
		if from == 0 {
			return answer{status: http.StatusUnprocessableEntity, message: "Invalid cursor: after"}
		}
	} else if from >= deepest {
		return answer{
			status:  http.StatusUnprocessableEntity,
			message: "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)",
		}
	}
	from = min(from, len(all))
	to := min(from+per, len(all))
	rows := make([]any, 0, to-from)
	for _, t := range all[from:to] {
		rows = append(rows, row(t))
	}
	long := cursor != nil && len(all) > deepest
	var links []string
	link := func(rel string, page int, after string) {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(page))
		q.Del("after")
		if after != "" {
			q.Set("after", after)
		}
		u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode()}
		links = append(links, fmt.Sprintf(`<%s>; rel=%q`, u.String(), rel))
	}
	last := max((len(all)+per-1)/per, 1)
	if to < len(all) {
		if long {
			link("next", page+1, cursor(all[to-1]))
		} else {
			link("next", page+1, "")
			link("last", last, "")
		}
	}
	if page > 1 && !long {
		link("first", 1, "")
		link("prev", min(page-1, last), "")
	}
	return answer{value: rows, link: strings.Join(links, ", ")}
}

func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

// order sorts items as the query asks, by number where two are equal.
func order(q url.Values, items []*githubItem) {
	key := func(i *githubItem) time.Time { return i.created }
	if q.Get("sort") == "updated" {
		key = func(i *githubItem) time.Time { return i.updated }
	}
	slices.SortStableFunc(items, func(a, b *githubItem) int {
		c := cmp.Or(key(a).Compare(key(b)), cmp.Compare(a.number, b.number))
		if q.Get("direction") != "asc" {
			c = -c
		}
		return c
	})
}

func inState(q url.Values, o Object) bool {
	s := cmp.Or(q.Get("state"), "open")
	return s == "all" || s == text(o["state"])
}

// since reads the query's since; ok is false where it is no time.
func since(q url.Values) (t time.Time, ok bool) {
	s := q.Get("since")
	if s == "" {
		return t, true
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

func badSince() answer {
	return answer{status: http.StatusUnprocessableEntity, message: "Invalid since: give a time such as 2026-01-31T10:00:00Z"}
}

func (g *github) issues(r *http.Request) answer {
	rp, q := g.repo(r), r.URL.Query()
	if rp == nil {
		return notFound()
	}
	from, ok := since(q)
	if !ok {
		return badSince()
	}
	var labels []string
	if s := q.Get("labels"); s != "" {
		labels = strings.Split(s, ",")
	}
	var items []*githubItem
	for _, i := range rp.live() {
		if inState(q, i.issue) && !i.updated.Before(from) && hasLabels(i.issue, labels) {
			items = append(items, i)
		}
	}
	order(q, items)
	return pageOf(g, r, items, func(i *githubItem) any { return i.issueRow() }, cursorOf)
}

func cursorOf(i *githubItem) string {
	return "Y3Vyc29yOnYy" + strconv.FormatInt(integer(i.issue["id"]), 36)
}

func hasLabels(o Object, want []string) bool {
	for _, w := range want {
		if !slices.ContainsFunc(objects(o["labels"]), func(l Object) bool { return text(l["name"]) == w }) {
			return false
		}
	}
	return true
}

func (g *github) pulls(r *http.Request) answer {
	rp, q := g.repo(r), r.URL.Query()
	if rp == nil {
		return notFound()
	}
	var items []*githubItem
	for _, i := range rp.live() {
		if i.pull != nil && inState(q, i.pull) {
			items = append(items, i)
		}
	}
	order(q, items)
	return pageOf(g, r, items, func(i *githubItem) any { return without(i.pull, listOnlyLacks...) }, nil)
}

// dated lists rows of all items of a repository from a time on.
func (g *github) dated(r *http.Request, rows func(*githubItem) []Object, field string) answer {
	rp, q := g.repo(r), r.URL.Query()
	if rp == nil {
		return notFound()
	}
	from, ok := since(q)
	if !ok {
		return badSince()
	}
	by := "created_at"
	if q.Get("sort") == "updated" {
		by = "updated_at"
	}
	type row struct {
		at time.Time
		id int64
		o  Object
	}
	var all []row
	for _, i := range rp.live() {
		for _, o := range rows(i) {
			if from.IsZero() || !parseTime(o[field]).Before(from) {
				all = append(all, row{parseTime(o[by]), integer(o["id"]), o})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	if q.Get("direction") == "desc" {
		slices.Reverse(all)
	}
	return pageOf(g, r, all, func(x row) any { return x.o }, nil)
}

func (g *github) repoComments(r *http.Request) answer {
	return g.dated(r, (*githubItem).issueComments, "updated_at")
}

func (g *github) repoReviewComments(r *http.Request) answer {
	return g.dated(r, func(i *githubItem) []Object { return i.comments }, "updated_at")
}

// repoEvents is newest first and takes no since, as GitHub's is; each row carries its issue.
func (g *github) repoEvents(r *http.Request) answer {
	rp := g.repo(r)
	if rp == nil {
		return notFound()
	}
	type row struct {
		id    int64
		item  *githubItem
		event Object
	}
	var all []row
	for _, i := range rp.live() {
		for _, e := range i.events() {
			all = append(all, row{integer(e["id"]), i, e})
		}
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Compare(b.id, a.id) })
	return pageOf(g, r, all, func(x row) any { return with(x.event, "issue", x.item.issueRow()) }, nil)
}

func (g *github) repository(r *http.Request) answer {
	rp := g.repo(r)
	if rp == nil {
		return notFound()
	}
	return answer{value: rp.asObject()}
}

// asObject is the repository as the API gives it; recordings may lack it.
func (r *repo) asObject() Object {
	owner, name, _ := strings.Cut(r.name, "/")
	o := with(r.object, "full_name", r.name, "name", name, "has_issues", true)
	for k, v := range (Object{"id": int64(1), "private": false, "archived": false, "owner": Object{"login": owner}, "default_branch": "main"}) {
		if _, ok := o[k]; !ok {
			o[k] = v
		}
	}
	open := 0
	for _, i := range r.live() {
		if text(i.issue["state"]) == "open" {
			open++
		}
	}
	o["open_issues_count"] = open
	return o
}

func (g *github) ownerRepos(r *http.Request) answer {
	var names []string
	for n := range g.data.repos {
		owner, _, _ := strings.Cut(n, "/")
		if o := r.PathValue("owner"); o == "" || strings.EqualFold(o, owner) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return notFound()
	}
	slices.Sort(names)
	return pageOf(g, r, names, func(n string) any { return g.data.repos[n].asObject() }, nil)
}

// distinct lists the different objects below a key of the repository's issues, by their name.
func (g *github) distinct(r *http.Request, name string, of func(Object) []Object) answer {
	rp := g.repo(r)
	if rp == nil {
		return notFound()
	}
	seen := map[string]Object{}
	for _, i := range rp.live() {
		for _, o := range of(i.issue) {
			seen[text(o[name])] = o
		}
	}
	var all []Object
	for _, o := range seen {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Object) int { return cmp.Compare(text(a[name]), text(b[name])) })
	return g.page(r, all)
}

func (g *github) labels(r *http.Request) answer {
	return g.distinct(r, "name", func(o Object) []Object { return objects(o["labels"]) })
}

func (g *github) milestones(r *http.Request) answer {
	return g.distinct(r, "title", func(o Object) []Object {
		if m := object(o["milestone"]); m != nil && inState(r.URL.Query(), m) {
			return []Object{m}
		}
		return nil
	})
}
