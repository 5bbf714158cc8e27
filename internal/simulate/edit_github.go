package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pullSize is what a pull request changes, in lines and files.
type pullSize struct{ additions, deletions, files int }

// addRepo is the repository of a name, made where there is none.
func (d *Dataset) addRepo(name, description string, at time.Time) *repo {
	if r := d.repos[name]; r != nil {
		return r
	}
	owner, short, _ := strings.Cut(name, "/")
	r := &repo{name: name, items: map[int]*githubItem{}, next: 1, object: Object{
		"id": smallID("repo", name), "node_id": "R_" + strconv.FormatInt(smallID("repo", name), 36), "name": short, "full_name": name,
		"owner": Object{"login": owner, "id": smallID("org", owner), "type": "Organization"}, "private": true, "description": description,
		"html_url": githubHTML + name, "url": githubAPI + "repos/" + name, "fork": false, "archived": false, "default_branch": "main",
		"created_at": ghTime(at),
	}}
	d.repos[name] = r
	return r
}

// newGitHub makes an issue, or with a size a pull request, and its first labels' events.
func (d *Dataset) newGitHub(r *repo, who *User, at time.Time, title, body string, labels []string, size *pullSize) *githubItem {
	it := &githubItem{repo: r, number: r.next, created: at, updated: at, private: d.building}
	r.next++
	r.items[it.number] = it
	d.ids.issue += 7
	n := strconv.Itoa(it.number)
	web, api := githubHTML+r.name, githubAPI+"repos/"+r.name
	it.issue = Object{
		"id": d.ids.issue, "node_id": "I_" + strconv.FormatInt(d.ids.issue, 36), "number": it.number, "state": "open", "state_reason": nil,
		"title": title, "body": body, "user": who.author(), "labels": []any{}, "assignee": nil, "assignees": []any{}, "milestone": nil,
		"locked": false, "active_lock_reason": nil, "comments": 0, "author_association": "MEMBER", "closed_at": nil, "closed_by": nil,
		"created_at": ghTime(at), "updated_at": ghTime(at), "url": api + "/issues/" + n, "repository_url": api,
		"html_url": web + "/issues/" + n, "comments_url": api + "/issues/" + n + "/comments", "events_url": api + "/issues/" + n + "/events",
		"labels_url": api + "/issues/" + n + "/labels{/name}", "timeline_url": api + "/issues/" + n + "/timeline",
	}
	if size != nil {
		d.newPull(it, who, *size)
	}
	for _, l := range labels {
		d.label(it, who, at, l)
	}
	return it
}

// newPull adds the pull request's own object and its parts of the issue object.
func (d *Dataset) newPull(it *githubItem, who *User, size pullSize) {
	d.ids.pull += 5
	n := strconv.Itoa(it.number)
	web, api := githubHTML+it.repo.name, githubAPI+"repos/"+it.repo.name
	login := "ghost"
	if who != nil {
		login = who.Login
	}
	side := func(ref string) Object {
		return Object{"label": login + ":" + ref, "ref": ref, "sha": sha(it.key(), ref), "user": who.author(), "repo": it.repo.object}
	}
	it.pull = with(it.issue,
		"id", d.ids.pull, "node_id", "PR_"+strconv.FormatInt(d.ids.pull, 36), "url", api+"/pulls/"+n, "html_url", web+"/pull/"+n,
		"diff_url", web+"/pull/"+n+".diff", "patch_url", web+"/pull/"+n+".patch", "issue_url", api+"/issues/"+n, "draft", false,
		"merged", false, "merged_at", nil, "merged_by", nil, "merge_commit_sha", nil, "mergeable", nil, "mergeable_state", "unknown",
		"requested_reviewers", []any{}, "requested_teams", []any{}, "review_comments", 0, "commits", 0, "maintainer_can_modify", false,
		"additions", size.additions, "deletions", size.deletions, "changed_files", size.files,
		"commits_url", api+"/pulls/"+n+"/commits", "review_comments_url", api+"/pulls/"+n+"/comments",
		"head", side("change-"+n), "base", side("main"))
	for _, k := range []string{"state_reason", "closed_by", "repository_url", "events_url", "labels_url", "timeline_url"} {
		delete(it.pull, k)
	}
	it.issue = with(it.issue, "html_url", it.pull["html_url"], "draft", false, "pull_request", Object{
		"url": it.pull["url"], "html_url": it.pull["html_url"], "diff_url": it.pull["diff_url"], "patch_url": it.pull["patch_url"], "merged_at": nil,
	})
}

// set replaces keys of the issue object, and of the pull request's where that has them.
func (i *githubItem) set(kv ...any) {
	if !i.private {
		i.issue = with(i.issue)
		i.pull = maps.Clone(i.pull)
	}
	for n := 0; n+1 < len(kv); n += 2 {
		i.issue[kv[n].(string)] = kv[n+1]
	}
	if p := i.pull; p != nil {
		for n := 0; n+1 < len(kv); n += 2 {
			if _, ok := p[kv[n].(string)]; ok {
				p[kv[n].(string)] = kv[n+1]
			}
		}
	}
	i.row.Store(nil)
}

func (i *githubItem) touch(at time.Time) {
	if at.After(i.updated) {
		i.updated = at
	}
	i.set("updated_at", ghTime(i.updated))
}

// event appends to the timeline. The timeline's slice is never written below its length: readers may hold it.
func (d *Dataset) event(i *githubItem, who *User, at time.Time, name string, more Object) {
	d.ids.event += 3
	e := with(more, "id", d.ids.event, "event", name, "actor", who.github(), "created_at", ghTime(at),
		"node_id", "E_"+strconv.FormatInt(d.ids.event, 36), "url", githubAPI+"repos/"+i.repo.name+"/issues/events/"+strconv.FormatInt(d.ids.event, 10))
	for _, k := range []string{"commit_id", "commit_url"} {
		if _, ok := e[k]; !ok {
			e[k] = nil
		}
	}
	i.timeline = append(i.timeline, e)
}

var colours = []string{"d73a4a", "0e8a16", "1d76db", "fbca04", "5319e7", "c5def5"}

func (d *Dataset) label(i *githubItem, who *User, at time.Time, name string) {
	has := objects(i.issue["labels"])
	if slices.ContainsFunc(has, func(l Object) bool { return text(l["name"]) == name }) {
		return
	}
	id := smallID("label", i.repo.name, name)
	l := Object{
		"id": id, "node_id": "LA_" + strconv.FormatInt(id, 36), "name": name, "color": colours[id%int64(len(colours))], "default": false,
		"description": "", "url": githubAPI + "repos/" + i.repo.name + "/labels/" + name,
	}
	i.set("labels", append(slices.Clone(list(i.issue["labels"])), any(l)))
	d.event(i, who, at, "labeled", Object{"label": Object{"name": name, "color": l["color"]}})
}

// RenameLabel gives a label of a repository another name. As at GitHub no item has an event of it, nor another time of
// update.
func (d *Dataset) RenameLabel(repo, from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.repos[repo]
	if r == nil {
		return fmt.Errorf("no repository %q in the dataset", repo)
	}
	for _, i := range r.items {
		labels, changed := slices.Clone(list(i.issue["labels"])), false
		for n, l := range labels {
			if o, ok := l.(Object); ok && text(o["name"]) == from {
				labels[n], changed = any(with(o, "name", to)), true
			}
		}
		if changed {
			i.set("labels", labels)
			i.touch(i.updated)
		}
	}
	return nil
}

// DeleteLabel takes a label of a repository away. No item has an event of it, nor another time of update.
func (d *Dataset) DeleteLabel(repo, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.repos[repo]
	if r == nil {
		return fmt.Errorf("no repository %q in the dataset", repo)
	}
	for _, i := range r.items {
		has := list(i.issue["labels"])
		if left := slices.DeleteFunc(slices.Clone(has), func(l any) bool { return text(at2(l, "name")) == name }); len(left) < len(has) {
			i.set("labels", left)
			i.touch(i.updated)
		}
	}
	return nil
}

// RenameMilestone gives a milestone of a repository another title and day, such as 2026-06-30; empty: none. No item has an
// event of it, nor another time of update.
func (d *Dataset) RenameMilestone(repo, from, to, due string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.repos[repo]
	if r == nil {
		return fmt.Errorf("no repository %q in the dataset", repo)
	}
	day := any(nil)
	if due != "" {
		day = due + "T00:00:00Z"
	}
	for _, i := range r.items {
		if m := object(i.issue["milestone"]); m != nil && text(m["title"]) == from {
			i.set("milestone", with(m, "title", to, "due_on", day))
			i.touch(i.updated)
		}
	}
	return nil
}

func (d *Dataset) editGitHub(i *githubItem, who *User, at time.Time, edits ...Edit) error {
	for _, e := range edits {
		if err := d.editOne(i, who, at, e); err != nil {
			return err
		}
	}
	i.touch(at)
	return nil
}

func (d *Dataset) editOne(i *githubItem, who *User, at time.Time, e Edit) error {
	switch e.what {
	case "touch":
	case "label":
		d.label(i, who, at, e.value)
	case "unlabel":
		left := slices.DeleteFunc(slices.Clone(list(i.issue["labels"])), func(l any) bool { return text(at2(l, "name")) == e.value })
		if len(left) < len(list(i.issue["labels"])) {
			i.set("labels", left)
			d.event(i, who, at, "unlabeled", Object{"label": Object{"name": e.value, "color": colours[smallID("label", i.repo.name, e.value)%6]}})
		}
	case "rename":
		d.event(i, who, at, "renamed", Object{"rename": Object{"from": i.issue["title"], "to": e.value}})
		i.set("title", e.value)
	case "body":
		i.set("body", e.value)
	case "comment":
		d.comment(i, who, at, e.value)
	case "assign", "unassign":
		d.assign(i, who, who, at, e.what == "assign")
	case "milestone":
		d.milestone(i, who, at, e.value)
	case "close":
		i.set("state", "closed", "state_reason", e.value, "closed_at", ghTime(at), "closed_by", who.github())
		if i.pull != nil {
			i.issue["state_reason"] = nil // of the copy that set made
		}
		d.event(i, who, at, "closed", Object{"state_reason": i.issue["state_reason"]})
	case "reopen":
		i.set("state", "open", "state_reason", "reopened", "closed_at", nil, "closed_by", nil)
		d.event(i, who, at, "reopened", nil)
	case "merge":
		return d.merge(i, who, at)
	case "commit":
		if i.pull == nil {
			return fmt.Errorf("%s is no pull request: it has no commits", i.key())
		}
		d.commit(i, who, at, e.value)
	default:
		return fmt.Errorf("%s: GitHub has no edit %q", i.key(), e.what)
	}
	return nil
}

func at2(v any, key string) any { return object(v)[key] }

func (d *Dataset) comment(i *githubItem, who *User, at time.Time, body string) {
	d.ids.comment += 3
	id := strconv.FormatInt(d.ids.comment, 10)
	api := githubAPI + "repos/" + i.repo.name + "/issues/"
	i.timeline = append(i.timeline, Object{
		"event": "commented", "id": d.ids.comment, "node_id": "IC_" + id, "url": api + "comments/" + id, "html_url": text(i.issue["html_url"]) + "#issuecomment-" + id,
		"issue_url": api + strconv.Itoa(i.number), "user": who.author(), "actor": who.author(), "author_association": "MEMBER",
		"body": body, "created_at": ghTime(at), "updated_at": ghTime(at),
	})
	i.set("comments", int(integer(i.issue["comments"]))+1)
}

// assign puts somebody on an item, or takes them off.
func (d *Dataset) assign(i *githubItem, by, who *User, at time.Time, on bool) {
	if who == nil {
		return
	}
	left := slices.DeleteFunc(slices.Clone(list(i.issue["assignees"])), func(a any) bool { return text(at2(a, "login")) == who.Login })
	name := "unassigned"
	if on {
		left, name = append(left, who.github()), "assigned"
	}
	var first any
	if len(left) > 0 {
		first = left[0]
	}
	i.set("assignees", left, "assignee", first)
	d.event(i, by, at, name, Object{"assignee": who.github()})
}

func (d *Dataset) milestone(i *githubItem, who *User, at time.Time, title string) {
	if old := object(i.issue["milestone"]); old != nil {
		d.event(i, who, at, "demilestoned", Object{"milestone": Object{"title": old["title"]}})
	}
	if title == "" {
		i.set("milestone", nil)
		return
	}
	id := smallID("milestone", i.repo.name, title)
	i.set("milestone", Object{"id": id, "number": id % 1000, "title": title, "state": "open", "description": "", "due_on": nil})
	d.event(i, who, at, "milestoned", Object{"milestone": Object{"title": title}})
}

func (d *Dataset) merge(i *githubItem, who *User, at time.Time) error {
	if i.pull == nil || text(i.issue["state"]) != "open" {
		return fmt.Errorf("%s is no open pull request: it cannot be merged", i.key())
	}
	commit := sha(i.key(), "merge")
	i.set("state", "closed", "closed_at", ghTime(at), "closed_by", who.github(), "merged", true, "merged_at", ghTime(at),
		"merged_by", who.github(), "merge_commit_sha", commit)
	for _, k := range []string{"merged", "merged_at", "merged_by", "merge_commit_sha"} {
		delete(i.issue, k) // set has made it a fresh copy where one is needed
	}
	i.issue["pull_request"] = with(object(i.issue["pull_request"]), "merged_at", ghTime(at))
	url := githubAPI + "repos/" + i.repo.name + "/commits/" + commit
	d.event(i, who, at, "merged", Object{"commit_id": commit, "commit_url": url})
	d.event(i, who, at, "closed", Object{"state_reason": nil})
	return nil
}

// commit adds a commit to a pull request.
func (d *Dataset) commit(i *githubItem, who *User, at time.Time, message string) {
	n := int(integer(i.pull["commits"])) + 1
	h := sha(i.key(), "commit", strconv.Itoa(n))
	git := Object{"name": "unknown", "email": "unknown@acme.example", "date": ghTime(at)}
	if who != nil {
		git = Object{"name": who.Name, "email": who.Email, "date": ghTime(at)}
		if who.ID > 0 { // else somebody who has no account at GitHub
			d.accounts[who.Email] = who
		}
	}
	api := githubAPI + "repos/" + i.repo.name + "/git/commits/"
	i.timeline = append(i.timeline, Object{
		"event": "committed", "sha": h, "node_id": "C_" + h, "url": api + h, "html_url": githubHTML + i.repo.name + "/commit/" + h,
		"author": git, "committer": git, "message": message, "tree": Object{"sha": sha(h, "tree")},
		"parents": []any{Object{"sha": sha(h, "parent")}}, "verification": Object{"verified": false, "reason": "unsigned"},
	})
	if !i.private {
		i.pull = maps.Clone(i.pull)
	}
	i.pull["commits"], i.pull["head"] = n, with(object(i.pull["head"]), "sha", h)
}

// review adds a review of a pull request: approved, changes_requested or commented.
func (d *Dataset) review(i *githubItem, who *User, at time.Time, state, body string) {
	d.ids.comment += 3
	id := strconv.FormatInt(d.ids.comment, 10)
	i.timeline = append(i.timeline, Object{
		"event": "reviewed", "id": d.ids.comment, "node_id": "PRR_" + id, "user": who.author(), "body": body, "state": state,
		"submitted_at": ghTime(at), "commit_id": at2(i.pull["head"], "sha"), "author_association": "MEMBER",
		"html_url": text(i.pull["html_url"]) + "#pullrequestreview-" + id, "pull_request_url": i.pull["url"],
	})
}

// reviewComment adds a comment on a line, as part of the newest review.
func (d *Dataset) reviewComment(i *githubItem, who *User, at time.Time, body string) {
	d.ids.comment += 3
	review := i.timeline[len(i.timeline)-1]["id"]
	id := strconv.FormatInt(d.ids.comment, 10)
	i.comments = append(i.comments, Object{
		"id": d.ids.comment, "node_id": "PRRC_" + id, "pull_request_review_id": review, "user": who.author(), "body": body, "path": "main.go",
		"line": 12, "side": "RIGHT", "diff_hunk": "@@ -10,2 +10,3 @@", "commit_id": at2(i.pull["head"], "sha"), "author_association": "MEMBER",
		"created_at": ghTime(at), "updated_at": ghTime(at), "url": githubAPI + "repos/" + i.repo.name + "/pulls/comments/" + id,
		"html_url": text(i.pull["html_url"]) + "#discussion_r" + id, "pull_request_url": i.pull["url"],
	})
	i.set("review_comments", len(i.comments))
	delete(i.issue, "review_comments") // of the copy that set made
}

// crossReference notes on an item that another mentions it.
func (d *Dataset) crossReference(to, from *githubItem, who *User, at time.Time) {
	source := Object{
		"id": from.issue["id"], "number": from.number, "title": from.issue["title"], "html_url": from.issue["html_url"], "state": from.issue["state"],
		"repository_url": from.issue["repository_url"], "repository": Object{"full_name": from.repo.name},
	}
	if from.pull != nil {
		source["pull_request"] = Object{"url": from.pull["url"], "html_url": from.pull["html_url"]}
	}
	to.timeline = append(to.timeline, Object{
		"event": "cross-referenced", "actor": who.author(), "created_at": ghTime(at), "updated_at": ghTime(at), "source": Object{"type": "issue", "issue": source},
	})
	to.touch(at)
}

// subIssue makes an issue a part of another.
func (d *Dataset) subIssue(parent, child *githubItem, who *User, at time.Time) {
	target := func(i *githubItem) Object {
		return Object{
			"id": i.issue["id"], "number": i.number, "title": i.issue["title"], "url": i.issue["url"], "html_url": i.issue["html_url"],
			"state": i.issue["state"], "repository": Object{"full_name": i.repo.name},
		}
	}
	child.set("parent_issue_url", parent.issue["url"])
	d.event(child, who, at, "parent_issue_added", Object{"parent_issue": target(parent)})
	d.event(parent, who, at, "sub_issue_added", Object{"sub_issue": target(child)})
	child.touch(at)
	parent.touch(at)
}
