package simulate

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// What one answer carries of an issue's history and comments.
const (
	searchHistories = 40  // search with expand=changelog
	issueHistories  = 100 // one issue with expand=changelog
	searchComments  = 20
)

// shape says how an issue is to be shown.
type shape struct {
	fields    []string // as asked for; nil is none
	rich      bool     // ADF rather than strings
	changelog int      // how many histories at most; 0 leaves the changelog out, below 0 is all
	comments  int      // how many comments at most; 0 is all
	site      string
	version   string
}

// show is an issue in a shape.
func (i *jiraIssue) show(s shape) Object {
	id := strconv.FormatInt(i.id, 10)
	if s.fields == nil {
		return Object{"id": id}
	}
	o := with(i.extra, "expand", "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
		"id", id, "key", i.key, "self", s.site+"/rest/api/"+s.version+"/issue/"+id)
	fields := Object{}
	for k, v := range i.fields {
		if wanted(s.fields, k) {
			fields[k] = v
		}
	}
	if c := object(fields["comment"]); c != nil {
		fields["comment"] = s.commentPage(c)
	}
	for _, k := range []string{"description", "environment"} {
		if v, ok := fields[k]; ok {
			fields[k] = s.prose(v)
		}
	}
	o["fields"] = fields
	if s.changelog != 0 {
		h := i.newestFirst()
		if s.changelog > 0 {
			h = h[:min(len(h), s.changelog)]
		}
		o["changelog"] = Object{"startAt": 0, "maxResults": len(h), "total": len(i.histories), "histories": h}
	}
	return o
}

func (s shape) prose(v any) any {
	if s.rich {
		return toADF(v)
	}
	return fromADF(v)
}

func (s shape) commentPage(c Object) Object {
	all := objects(c["comments"])
	if s.comments > 0 {
		all = all[:min(len(all), s.comments)]
	}
	out := []any{}
	for _, x := range all {
		out = append(out, with(x, "body", s.prose(x["body"])))
	}
	return with(c, "comments", out, "total", len(objects(c["comments"])), "maxResults", len(out), "startAt", 0)
}

// wanted says whether a list of fields, "*all" or "-name" among them, names a field.
func wanted(fields []string, name string) bool {
	if slices.Contains(fields, "-"+name) {
		return false
	}
	return slices.Contains(fields, name) || slices.Contains(fields, "*all") || slices.Contains(fields, "*navigable") && name != "comment"
}

func (i *jiraIssue) newestFirst() []Object {
	h := slices.Clone(i.histories)
	slices.Reverse(h)
	return h
}

// sortHistories puts histories oldest first; those of one moment by id.
func sortHistories(h []Object) {
	slices.SortStableFunc(h, func(a, b Object) int {
		if c := parseTime(a["created"]).Compare(parseTime(b["created"])); c != 0 {
			return c
		}
		x, y := text(a["id"]), text(b["id"])
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
}

func (j *jira) shapeOf(r *http.Request) shape {
	s := shape{rich: rich(r), site: site(r), version: "2"}
	if s.rich {
		s.version = "3"
	}
	return s
}

func (j *jira) issue(r *http.Request) answer {
	i := j.data.jira(r.PathValue("issue"))
	if i == nil {
		return noIssue()
	}
	s := j.shapeOf(r)
	s.fields = []string{"*all"}
	if f := r.URL.Query().Get("fields"); f != "" {
		s.fields = split(f)
	}
	if strings.Contains(r.URL.Query().Get("expand"), "changelog") {
		s.changelog = issueHistories
		if j.opt.DataCenter {
			s.changelog = -1
		}
	}
	return answer{value: i.show(s)}
}

func (j *jira) comments(r *http.Request) answer {
	i := j.data.jira(r.PathValue("issue"))
	if i == nil {
		return noIssue()
	}
	c := j.shapeOf(r).commentPage(Object{"comments": at(i.fields, "comment", "comments")})
	return answer{value: j.pageByStart(r, list(c["comments"]), 100, "comments")}
}

func (j *jira) worklog(r *http.Request) answer {
	i := j.data.jira(r.PathValue("issue"))
	if i == nil {
		return noIssue()
	}
	return answer{value: j.pageByStart(r, list(at(i.fields, "worklog", "worklogs")), 5000, "worklogs")}
}

func (j *jira) changelog(r *http.Request) answer {
	i := j.data.jira(r.PathValue("issue"))
	if i == nil {
		return noIssue()
	}
	all := make([]any, 0, len(i.histories))
	for _, h := range i.histories {
		all = append(all, h)
	}
	return answer{value: j.pageByStart(r, all, 100, "values")}
}

// bulk gives the changelogs of many issues at once, oldest first, at most maxResults histories a page.
func (j *jira) bulk(r *http.Request) answer {
	var q struct {
		IssueIdsOrKeys []string `json:"issueIdsOrKeys"`
		FieldIDs       []string `json:"fieldIds"`
		MaxResults     int      `json:"maxResults"`
		NextPageToken  string   `json:"nextPageToken"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return badRequest("Invalid request payload.")
	}
	if n := len(q.IssueIdsOrKeys); n == 0 || n > 1000 {
		return badRequest("issueIdsOrKeys must hold between 1 and 1000 issues.")
	}
	type row struct {
		issue   *jiraIssue
		history Object
	}
	found := map[int64]*jiraIssue{}
	for _, k := range q.IssueIdsOrKeys {
		if i := j.data.jira(k); i != nil {
			found[i.id] = i
		}
	}
	var rows []row
	for _, id := range slices.Sorted(maps.Keys(found)) {
		for _, h := range found[id].histories {
			if touches(h, q.FieldIDs) {
				rows = append(rows, row{found[id], h})
			}
		}
	}
	from := 0
	if q.NextPageToken != "" {
		var err error
		if from, err = strconv.Atoi(q.NextPageToken); err != nil || from > len(rows) {
			return badRequest("Invalid nextPageToken.")
		}
	}
	to := min(from+j.size(q.MaxResults, 10_000), len(rows))
	logs := []any{}
	for n := from; n < to; {
		id, part := rows[n].issue.id, []any{}
		for ; n < to && rows[n].issue.id == id; n++ {
			h := rows[n].history
			if j.opt.BulkEpoch {
				h = with(h, "created", parseTime(h["created"]).UnixMilli())
			}
			part = append(part, h)
		}
		logs = append(logs, Object{"issueId": strconv.FormatInt(id, 10), "changeHistories": part})
	}
	out := Object{"issueChangeLogs": logs}
	if to < len(rows) {
		out["nextPageToken"] = strconv.Itoa(to)
	}
	return answer{value: out}
}

func touches(h Object, fields []string) bool {
	return len(fields) == 0 || slices.ContainsFunc(objects(h["items"]), func(i Object) bool {
		return slices.Contains(fields, text(i["fieldId"])) || slices.Contains(fields, text(i["field"]))
	})
}

func split(s string) []string {
	var out []string
	for _, f := range strings.Split(s, ",") {
		if f = strings.TrimSpace(f); f != "" {
			out = append(out, f)
		}
	}
	return out
}
