package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func category(id int, key, name, colour string) Object {
	return Object{"id": id, "key": key, "name": name, "colorName": colour, "self": jiraSite + "/rest/api/3/statuscategory/" + strconv.Itoa(id)}
}

func named(kind, id, name string, more ...any) Object {
	return with(Object{"id": id, "name": name, "self": jiraSite + "/rest/api/3/" + kind + "/" + id}, more...)
}

// statuses are the statuses of generated Jira projects, in the order of the work.
var statuses = []Object{
	named("status", "10000", "To Do", "statusCategory", category(2, "new", "To Do", "blue-gray")),
	named("status", "10001", "In Progress", "statusCategory", category(4, "indeterminate", "In Progress", "yellow")),
	named("status", "10002", "In Review", "statusCategory", category(4, "indeterminate", "In Progress", "yellow")),
	named("status", "10003", "Blocked", "statusCategory", category(4, "indeterminate", "In Progress", "yellow")),
	named("status", "10004", "Done", "statusCategory", category(3, "done", "Done", "green")),
}

var priorities = []Object{
	named("priority", "1", "Highest"), named("priority", "2", "High"), named("priority", "3", "Medium"), named("priority", "4", "Low"), named("priority", "5", "Lowest"),
}

var resolutions = []Object{
	named("resolution", "10000", "Done"), named("resolution", "10001", "Won't Do"), named("resolution", "10002", "Duplicate"), named("resolution", "10003", "Cannot Reproduce"),
}

var issueTypes = []Object{
	named("issuetype", "10000", "Epic", "subtask", false, "hierarchyLevel", 1),
	named("issuetype", "10001", "Story", "subtask", false, "hierarchyLevel", 0),
	named("issuetype", "10002", "Task", "subtask", false, "hierarchyLevel", 0),
	named("issuetype", "10003", "Sub-task", "subtask", true, "hierarchyLevel", -1),
	named("issuetype", "10004", "Bug", "subtask", false, "hierarchyLevel", 0),
	named("issuetype", "10005", "Incident", "subtask", false, "hierarchyLevel", 0),
}

// byName finds a named object; nil where there is none.
func byName(all []Object, name string) Object {
	for _, o := range all {
		if strings.EqualFold(text(o["name"]), name) {
			return o
		}
	}
	return nil
}

// addProject is the project of a key, made where there is none.
func (d *Dataset) addProject(key, name string) *jiraProject {
	if p := d.project[key]; p != nil {
		if p.next == 0 {
			p.next = 1
			for k := range d.keys {
				if n, err := strconv.Atoi(strings.TrimPrefix(k, key+"-")); err == nil {
					p.next = max(p.next, n+1)
				}
			}
		}
		return p
	}
	id := strconv.FormatInt(10_000+smallID("project", key)%80_000, 10)
	p := &jiraProject{key: key, id: id, next: 1, object: named("project", id, name, "key", key, "projectTypeKey", "software", "simplified", false)}
	d.project[key] = p
	return p
}

// newJira makes an issue of a type, with more fields than the usual ones where given.
func (d *Dataset) newJira(p *jiraProject, kind string, who *User, at time.Time, title, body string, more Object) *jiraIssue {
	d.ids.jira += 3
	i := &jiraIssue{id: d.ids.jira, key: p.key + "-" + strconv.Itoa(p.next), created: at, updated: at, private: d.building}
	p.next++
	i.fields = Object{
		"summary": title, "description": body, "environment": nil, "issuetype": byName(issueTypes, kind), "project": p.object,
		"status": statuses[0], "priority": priorities[2], "labels": []any{}, "components": []any{}, "fixVersions": []any{}, "versions": []any{},
		"assignee": nil, "reporter": who.jira(), "creator": who.jira(), "created": jTime(at), "updated": jTime(at), "statuscategorychangedate": jTime(at),
		"resolution": nil, "resolutiondate": nil, "duedate": nil, "issuelinks": []any{}, "subtasks": []any{},
		"customfield_10014": nil, "customfield_10016": nil, "customfield_10020": nil,
		"comment": Object{"comments": []any{}, "total": 0, "maxResults": 0, "startAt": 0},
		"worklog": Object{"worklogs": []any{}, "total": 0, "maxResults": 20, "startAt": 0},
	}
	for k, v := range more {
		i.fields[k] = v
	}
	d.issues[strconv.FormatInt(i.id, 10)], d.keys[i.key] = i, i
	return i
}

// historyItem is one field's change in a changelog.
func historyItem(field string, from, fromText, to, toText any) Object {
	id := map[string]string{"Sprint": "customfield_10020", "Story Points": "customfield_10016", "Epic Link": "customfield_10014", "Fix Version": "fixVersions", "Key": "issuekey", "Link": "issuelinks"}[field]
	kind := "jira"
	if strings.HasPrefix(id, "customfield") {
		kind = "custom"
	}
	if id == "" {
		id = field
	}
	return Object{"field": field, "fieldtype": kind, "fieldId": id, "from": from, "fromString": fromText, "to": to, "toString": toText}
}

// changeJira sets fields and writes the history that tells so.
func (d *Dataset) changeJira(i *jiraIssue, who *User, at time.Time, set Object, items ...Object) {
	f := i.fields
	if !i.private {
		f = maps.Clone(f)
	}
	for k, v := range set {
		f[k] = v
	}
	if at.After(i.updated) {
		i.updated = at
	}
	f["updated"] = jTime(i.updated)
	i.fields = f
	if len(items) == 0 {
		return
	}
	d.ids.history += 3
	l := make([]any, 0, len(items))
	for _, it := range items {
		l = append(l, it)
	}
	i.histories = append(i.histories, Object{"id": strconv.FormatInt(d.ids.history, 10), "author": who.jira(), "created": jTime(at), "items": l})
}

func (d *Dataset) editJira(i *jiraIssue, who *User, at time.Time, edits ...Edit) error {
	set, items := Object{}, []Object{}
	for _, e := range edits {
		more, err := d.jiraEdit(i, who, at, e, set)
		if err != nil {
			return err
		}
		items = append(items, more...)
	}
	d.changeJira(i, who, at, set, items...)
	return nil
}

// jiraEdit puts an edit's new values into set and returns what the changelog says of it.
func (d *Dataset) jiraEdit(i *jiraIssue, who *User, at time.Time, e Edit, set Object) ([]Object, error) {
	old := func(field string) any {
		if v, ok := set[field]; ok {
			return v
		}
		return i.fields[field]
	}
	swap := func(field string, to Object) []Object {
		from := object(old(field))
		set[field] = to
		var id, name any
		if from != nil {
			id, name = from["id"], from["name"]
		}
		if to == nil {
			set[field] = nil
			return []Object{historyItem(field, id, name, nil, nil)}
		}
		return []Object{historyItem(field, id, name, to["id"], to["name"])}
	}
	switch e.what {
	case "touch":
	case "label", "unlabel":
		var before []string
		for _, v := range list(old("labels")) {
			before = append(before, text(v))
		}
		after := slices.DeleteFunc(slices.Clone(before), func(s string) bool { return s == e.value })
		if e.what == "label" {
			after = append(after, e.value)
		}
		set["labels"] = anyOf(after)
		return []Object{historyItem("labels", nil, strings.Join(before, " "), nil, strings.Join(after, " "))}, nil
	case "rename":
		from := old("summary")
		set["summary"] = e.value
		return []Object{historyItem("summary", nil, from, nil, e.value)}, nil
	case "body":
		from := old("description")
		set["description"] = e.value
		return []Object{historyItem("description", nil, from, nil, e.value)}, nil
	case "comment":
		d.commentJira(i, who, at, e.value, set)
	case "assign", "unassign":
		to := who
		if e.what == "unassign" {
			to = nil
		}
		return assignJira(old("assignee"), to, set), nil
	case "milestone":
		return fixVersion(i, old("fixVersions"), e.value, set), nil
	case "status", "close", "reopen":
		return transition(d.statuses(), e, old, set, swap, at)
	case "priority":
		p := byName(priorities, e.value)
		if p == nil {
			return nil, fmt.Errorf("%s: no priority %q", i.key, e.value)
		}
		return swap("priority", p), nil
	case "points":
		from := old("customfield_10016")
		set["customfield_10016"] = numberOf(e.value)
		return []Object{historyItem("Story Points", nil, fmt.Sprint(orEmpty(from)), nil, e.value)}, nil
	case "due":
		from := old("duedate")
		set["duedate"] = e.value
		return []Object{historyItem("duedate", from, from, e.value, e.value)}, nil
	case "sprint":
		return sprint(i, old("customfield_10020"), e.value, set), nil
	default:
		return nil, fmt.Errorf("%s: Jira has no edit %q", i.key, e.what)
	}
	return nil, nil
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// transition is a change of status with what goes with it: the resolution comes with Done and goes with it.
func transition(all []Object, e Edit, old func(string) any, set Object, swap func(string, Object) []Object, at time.Time) ([]Object, error) {
	name, resolution := e.value, "Done"
	switch e.what {
	case "reopen":
		name = "To Do"
	case "close":
		name = "Done"
		if e.value == "not_planned" {
			resolution = "Won't Do"
		} else if byName(resolutions, e.value) != nil {
			resolution = e.value
		}
	}
	to := byName(all, name)
	if to == nil {
		return nil, fmt.Errorf("no status %q", name)
	}
	if at2(old("status"), "id") == to["id"] {
		return nil, nil
	}
	items := swap("status", to)
	done := at2(to["statusCategory"], "key") == "done"
	set["statuscategorychangedate"] = jTime(at)
	if done {
		set["resolutiondate"] = jTime(at)
		items = append(items, swap("resolution", byName(resolutions, resolution))...)
	} else if old("resolution") != nil {
		set["resolutiondate"] = nil
		items = append(items, swap("resolution", nil)...)
	}
	return items, nil
}

func assignJira(from any, to *User, set Object) []Object {
	var fromID, fromName any
	if o := object(from); o != nil {
		fromID, fromName = o["accountId"], o["displayName"]
	}
	id, name := to.ref()
	set["assignee"] = to.jira()
	return []Object{historyItem("assignee", fromID, fromName, id, name)}
}

func fixVersion(i *jiraIssue, from any, name string, set Object) []Object {
	var items []Object
	for _, v := range objects(from) {
		items = append(items, historyItem("Fix Version", v["id"], v["name"], nil, nil))
	}
	set["fixVersions"] = []any{}
	if name != "" {
		v := named("version", strconv.FormatInt(smallID("version", projectOf(i.key), name), 10), name, "archived", false, "released", false)
		set["fixVersions"] = []any{v}
		items = append(items, historyItem("Fix Version", nil, nil, v["id"], name))
	}
	return items
}

func sprint(i *jiraIssue, from any, name string, set Object) []Object {
	var ids, names []string
	all := slices.Clone(list(from))
	for _, s := range objects(from) {
		ids, names = append(ids, fmt.Sprint(s["id"])), append(names, text(s["name"]))
	}
	s := Object{"id": smallID("sprint", projectOf(i.key), name) % 100_000, "name": name, "state": "active", "boardId": smallID("board", projectOf(i.key)) % 1000}
	set["customfield_10020"] = append(all, any(s))
	return []Object{historyItem("Sprint", strings.Join(ids, ", "), strings.Join(names, ", "),
		strings.Join(append(ids, fmt.Sprint(s["id"])), ", "), strings.Join(append(names, name), ", "))}
}

// linkJira makes one issue block another, which both show.
func (d *Dataset) linkJira(blocker, blocked *jiraIssue, who *User, at time.Time) {
	kind := Object{"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
	slim := func(i *jiraIssue) Object {
		return Object{"id": strconv.FormatInt(i.id, 10), "key": i.key, "fields": Object{"summary": i.fields["summary"], "status": i.fields["status"], "issuetype": i.fields["issuetype"]}}
	}
	add := func(i *jiraIssue, side string, other *jiraIssue, words string) {
		l := Object{"id": strconv.FormatInt(blocker.id*10+1, 10), "type": kind, side: slim(other)}
		d.changeJira(i, who, at, Object{"issuelinks": append(slices.Clone(list(i.fields["issuelinks"])), any(l))},
			historyItem("Link", nil, nil, other.key, "This issue "+words+" "+other.key))
	}
	add(blocker, "outwardIssue", blocked, "blocks")
	add(blocked, "inwardIssue", blocker, "is blocked by")
}

func (d *Dataset) commentJira(i *jiraIssue, who *User, at time.Time, body string, set Object) {
	d.ids.comment += 3
	id := strconv.FormatInt(d.ids.comment, 10)
	old := object(i.fields["comment"])
	if c := object(set["comment"]); c != nil {
		old = c
	}
	all := append(slices.Clone(list(old["comments"])), any(Object{
		"id": id, "self": jiraSite + "/rest/api/3/issue/" + strconv.FormatInt(i.id, 10) + "/comment/" + id, "author": who.jira(), "updateAuthor": who.jira(),
		"body": body, "created": jTime(at), "updated": jTime(at), "jsdPublic": true,
	}))
	set["comment"] = Object{"comments": all, "total": len(all), "maxResults": len(all), "startAt": 0}
}
