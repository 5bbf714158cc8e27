package simulate

import (
	"encoding/json"
	"slices"
	"strings"
)

// issueOf derives from a pull request the issue object GitHub keeps beside it.
func issueOf(it *githubItem) Object {
	p := it.pull
	o := Object{"id": 9_000_000_000_000 + integer(p["id"])}
	for _, k := range []string{
		"number", "state", "title", "user", "body", "labels", "assignee", "assignees", "milestone", "locked", "active_lock_reason",
		"author_association", "draft", "created_at", "updated_at", "closed_at", "html_url",
	} {
		if v, ok := p[k]; ok {
			o[k] = v
		}
	}
	o["node_id"] = "I_" + text(p["node_id"])
	o["state_reason"] = nil
	u := text(p["issue_url"])
	o["url"] = u
	o["repository_url"], _, _ = strings.Cut(u, "/issues/")
	o["labels_url"], o["comments_url"], o["events_url"] = u+"/labels{/name}", u+"/comments", u+"/events"
	o["timeline_url"] = u + "/timeline"
	comments := 0
	for _, e := range it.timeline {
		switch text(e["event"]) {
		case "commented":
			comments++
		case "closed":
			o["closed_by"] = e["actor"]
		}
	}
	o["comments"] = comments
	if text(p["state"]) != "closed" {
		delete(o, "closed_by")
	}
	o["pull_request"] = Object{
		"url": p["url"], "html_url": p["html_url"], "diff_url": p["diff_url"], "patch_url": p["patch_url"], "merged_at": p["merged_at"],
	}
	return o
}

// issueRow is the encoded issue object; it is kept until the item changes.
func (i *githubItem) issueRow() json.RawMessage {
	if b := i.row.Load(); b != nil {
		return *b
	}
	b := encode(i.issue)
	i.row.Store(&b)
	return b
}

// issueComments is the timeline's comments as the comments endpoint gives them.
func (i *githubItem) issueComments() []Object {
	var out []Object
	for _, e := range i.timeline {
		if text(e["event"]) == "commented" {
			out = append(out, without(e, "event", "actor", "commit_id", "commit_url"))
		}
	}
	return out
}

// timelineOnly is the timeline's events that the events endpoints leave out.
var timelineOnly = []string{"commented", "committed", "reviewed", "cross-referenced", "line-commented"}

func (i *githubItem) events() []Object {
	var out []Object
	for _, e := range i.timeline {
		if !slices.Contains(timelineOnly, text(e["event"])) {
			out = append(out, e)
		}
	}
	return out
}

func (i *githubItem) reviews() []Object {
	out := []Object{}
	for _, e := range i.timeline {
		if text(e["event"]) == "reviewed" {
			out = append(out, with(without(e, "event", "actor", "created_at", "updated_at", "commit_url", "url"), "state", strings.ToUpper(text(e["state"]))))
		}
	}
	return out
}

// commits is the timeline's commits as the pull request's list gives them: "author" and "committer" are
// accounts there, the names and dates stand below "commit".
func (i *githubItem) commits(d *Dataset) []Object {
	out := []Object{}
	for _, e := range i.timeline {
		if text(e["event"]) != "committed" {
			continue
		}
		account := d.accounts[text(at(e, "author", "email"))].github()
		out = append(out, Object{
			"sha": e["sha"], "node_id": e["node_id"], "url": e["url"], "html_url": e["html_url"], "parents": e["parents"],
			"commit": Object{"author": e["author"], "committer": e["committer"], "message": e["message"], "tree": e["tree"], "verification": e["verification"]},
			"author": account, "committer": account,
		})
	}
	return out
}

// listOnlyLacks is what a pull request in a list does not carry.
var listOnlyLacks = []string{
	"additions", "deletions", "changed_files", "commits", "comments", "review_comments", "merged", "mergeable", "rebaseable",
	"mergeable_state", "merged_by", "maintainer_can_modify",
}
