package simulate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTimelinesTellTheState folds every GitHub item's timeline and expects the item's state.
func TestTimelinesTellTheState(t *testing.T) {
	d := generated()
	for _, k := range d.Keys() {
		it, err := d.item(k)
		if err != nil {
			continue // a Jira issue
		}
		state, title, labels, merged := "open", "", map[string]bool{}, false
		last := time.Time{}
		for _, e := range it.timeline {
			switch text(e["event"]) {
			case "labeled":
				labels[text(at(e, "label", "name"))] = true
			case "unlabeled":
				delete(labels, text(at(e, "label", "name")))
			case "renamed":
				title = text(at(e, "rename", "to"))
			case "closed", "reopened":
				if (state == "open") != (e["event"] == "closed") {
					t.Errorf("%s: %s while %s", k, e["event"], state)
				}
				state = map[any]string{"closed": "closed", "reopened": "open"}[e["event"]]
			case "merged":
				merged = true
			}
			if when := parseTime(e["created_at"]); !when.IsZero() {
				if when.Before(last) || when.Before(it.created) || when.After(it.updated) {
					t.Errorf("%s: %s at %v, after %v, item of %v to %v", k, e["event"], when, last, it.created, it.updated)
				}
				last = when
			}
		}
		var names []string
		for _, l := range objects(it.issue["labels"]) {
			names = append(names, text(l["name"]))
			if !labels[text(l["name"])] {
				t.Errorf("%s: label %s without an event", k, l["name"])
			}
		}
		if state != it.issue["state"] || title != "" && title != it.issue["title"] || len(names) != len(labels) || merged != (it.pull != nil && it.pull["merged"] == true) {
			t.Errorf("%s folds to %s, %q, %v, merged %v; is %v, %q, %v", k, state, title, labels, merged, it.issue["state"], it.issue["title"], names)
		}
		if it.pull != nil && (it.pull["state"] != it.issue["state"] || it.pull["title"] != it.issue["title"] || it.pull["updated_at"] != it.issue["updated_at"]) {
			t.Errorf("%s: pull request and issue object differ", k)
		}
	}
}

// TestChangelogsChain expects each change of a Jira field to begin where the one before ended, the last to end
// at the issue's value.
func TestChangelogsChain(t *testing.T) {
	d := generated()
	value := func(i *jiraIssue, field string) string {
		switch field {
		case "labels":
			var l []string
			for _, v := range list(i.fields["labels"]) {
				l = append(l, text(v))
			}
			return strings.Join(l, " ")
		case "summary", "duedate":
			return text(i.fields[field])
		case "assignee":
			return text(at(i.fields, "assignee", "displayName"))
		case "Sprint":
			var l []string
			for _, s := range objects(i.fields["customfield_10020"]) {
				l = append(l, text(s["name"]))
			}
			return strings.Join(l, ", ")
		case "Story Points":
			return fmt.Sprint(orEmpty(i.fields["customfield_10016"]))
		}
		return text(at(i.fields, field, "name"))
	}
	seen := map[string]int{}
	for _, i := range d.byID() {
		now := map[string]string{}
		for _, h := range i.histories {
			for _, it := range objects(h["items"]) {
				f := text(it["field"])
				seen[f]++
				if before, ok := now[f]; ok && f != "Link" && before != text(it["fromString"]) {
					t.Errorf("%s: %s goes on from %q, it was %q", i.key, f, it["fromString"], before)
				}
				now[f] = text(it["toString"])
			}
		}
		for f, v := range now {
			if f != "Fix Version" && f != "Link" && v != value(i, f) {
				t.Errorf("%s: %s ends at %q, is %q", i.key, f, v, value(i, f))
			}
		}
		if !slices.IsSortedFunc(i.histories, func(a, b Object) int { return parseTime(a["created"]).Compare(parseTime(b["created"])) }) {
			t.Errorf("%s: histories are out of order", i.key)
		}
	}
	for _, f := range []string{"status", "resolution", "priority", "labels", "summary", "assignee", "Sprint", "Story Points", "Fix Version", "duedate", "Link"} {
		if seen[f] < 5 {
			t.Errorf("only %d changes of %s", seen[f], f)
		}
	}
}
