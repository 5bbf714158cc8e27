package simulate

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

// searchQuery is what a search asks, from the query string or a JSON body.
type searchQuery struct {
	JQL           string   `json:"jql"`
	MaxResults    int      `json:"maxResults"`
	StartAt       int      `json:"startAt"`
	NextPageToken string   `json:"nextPageToken"`
	Fields        []string `json:"fields"`
	Expand        any      `json:"expand"` // text on the Cloud, a list on a Data Center
}

func searchOf(r *http.Request) (*searchQuery, error) {
	q := &searchQuery{}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(q); err != nil {
			return nil, fmt.Errorf("Invalid request payload. Refer to the REST API documentation and try again.")
		}
		return q, nil
	}
	v := r.URL.Query()
	q.JQL, q.NextPageToken, q.Expand = v.Get("jql"), v.Get("nextPageToken"), v.Get("expand")
	q.MaxResults, q.StartAt = number(v.Get("maxResults"), 0), number(v.Get("startAt"), 0)
	for _, f := range v["fields"] {
		q.Fields = append(q.Fields, split(f)...)
	}
	return q, nil
}

// search is the Cloud's /search/jql: no total, pages by token, only ids unless fields are named.
func (j *jira) search(r *http.Request) answer {
	q, err := searchOf(r)
	if err != nil {
		return badRequest(err.Error())
	}
	parsed, err := parseJQL(q.JQL, j.opt.TimeZone, j.opt.now())
	if err != nil {
		return badRequest(err.Error())
	}
	if len(parsed.clauses) == 0 {
		return badRequest("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	found := parsed.run(j.data)
	from := 0
	if q.NextPageToken != "" {
		if from, err = place(q.JQL, q.NextPageToken, parsed, found); err != nil {
			return badRequest(err.Error())
		}
	}
	s := j.shapeOf(r)
	s.fields, s.comments = q.Fields, searchComments
	if s.fields == nil && strings.Contains(fmt.Sprint(q.Expand), "changelog") {
		s.fields = []string{"id"}
	}
	if strings.Contains(fmt.Sprint(q.Expand), "changelog") {
		s.changelog = searchHistories
	}
	most := 100
	if len(s.fields) == 0 || len(s.fields) == 1 && (s.fields[0] == "id" || s.fields[0] == "key") {
		most = 5000
	}
	asked := q.MaxResults
	if asked <= 0 {
		asked = 50
	}
	to := min(from+j.size(asked, most), len(found))
	issues := []any{}
	for _, i := range found[from:to] {
		issues = append(issues, i.show(s))
	}
	out := Object{"issues": issues, "isLast": to == len(found)}
	if to < len(found) {
		out["nextPageToken"] = token(q.JQL, to, found[to-1].id)
	}
	return answer{value: out}
}

func hashOf(jql string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(jql))
	return h.Sum32()
}

func token(jql string, offset int, last int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", hashOf(jql), offset, last))
}

// place is where a page token continues. In a stable order (by id) that is after the last issue given; in any
// other it is a mere offset, and issues that change meanwhile jump pages, as they do in Jira.
func place(jql, tok string, q *jql, found []*jiraIssue) (int, error) {
	b, err := base64.RawURLEncoding.DecodeString(tok)
	var h uint32
	var offset int
	var last int64
	if err == nil {
		_, err = fmt.Sscanf(string(b), "%d.%d.%d", &h, &offset, &last)
	}
	if err != nil || h != hashOf(jql) {
		return 0, fmt.Errorf("The nextPageToken is invalid or expired.")
	}
	if len(q.sort) > 0 && q.sort[0].field == "id" {
		behind := func(i *jiraIssue) bool { return i.id != last && (i.id > last) != q.sort[0].desc }
		if n := slices.IndexFunc(found, behind); n >= 0 {
			return n, nil
		}
		return len(found), nil
	}
	return min(offset, len(found)), nil
}

// searchByStart is a Data Center's search, by startAt and with a total; within a window of 10,000.
func (j *jira) searchByStart(r *http.Request) answer {
	q, err := searchOf(r)
	if err != nil {
		return badRequest(err.Error())
	}
	parsed, err := parseJQL(q.JQL, j.opt.TimeZone, j.opt.now())
	if err != nil {
		return badRequest(err.Error())
	}
	asked := q.MaxResults
	if asked <= 0 {
		asked = 50
	}
	size := j.size(asked, 1000)
	if most := cmp.Or(j.opt.PageLimit, 10_000); q.StartAt+size > most {
		return badRequest(fmt.Sprintf("The search window of %d results is exceeded: narrow the query.", most))
	}
	found := parsed.run(j.data)
	from := min(q.StartAt, len(found))
	to := min(from+size, len(found))
	s := j.shapeOf(r)
	if s.fields = q.Fields; s.fields == nil {
		s.fields = []string{"*all", "-comment"}
	}
	if strings.Contains(fmt.Sprint(q.Expand), "changelog") {
		s.changelog = -1
	}
	issues := []any{}
	for _, i := range found[from:to] {
		issues = append(issues, i.show(s))
	}
	return answer{value: Object{"startAt": from, "maxResults": size, "total": len(found), "issues": issues}}
}
