package normalize

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

// tracker is a small model of GitHub: people act on one item, it keeps the object and the timeline.
type tracker struct {
	pull      bool
	title     string
	labels    map[string]bool
	assignees map[int]bool
	milestone string
	draft     bool
	closed    bool
	reason    string
	closedAt  any
	mergedAt  any
	created   time.Time
	now       time.Time
	timeline  []map[string]any
	states    []string // the state after each change, as text
	changes   []string // the name of each change
}

func (k *tracker) state() string {
	status := "open"
	if k.closed {
		status = "closed"
	}
	people := []string{}
	for id := range k.assignees {
		people = append(people, (&ghUser{ID: int64(id)}).account("code").person)
	}
	return fmt.Sprintf("%s %q %q %q %q draft=%v merged=%v closed=%v", status, k.title, set(slices.Collect(maps.Keys(k.labels))...), set(people...), k.milestone, k.draft, k.mergedAt != nil, k.closed)
}

func stateOf(it *event.Item) string {
	return fmt.Sprintf("%s %q %q %q %q draft=%v merged=%v closed=%v", it.Status, it.Title, it.Labels, it.Assignees, it.Milestone, it.Draft, it.MergedAt != nil, it.ClosedAt != nil)
}

func (k *tracker) tell(name string, more map[string]any) {
	id := len(k.timeline) + 1
	e := map[string]any{"id": id, "event": name, "created_at": k.now, "actor": map[string]any{"id": 1 + id%3, "login": "x", "type": "User"}}
	maps.Copy(e, more)
	k.timeline = append(k.timeline, e)
	k.states = append(k.states, k.state())
	k.changes = append(k.changes, fmt.Sprintf("event/%d", id))
}

// act lets one person do one thing, if it is possible.
func (k *tracker) act(t *rapid.T) {
	k.now = k.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 60, 86400}).Draw(t, "seconds later")) * time.Second)
	label := rapid.SampledFrom([]string{"bug", "doc", "ux", "doing"}).Draw(t, "label")
	switch rapid.IntRange(0, 8).Draw(t, "what") {
	case 0, 1:
		if k.labels[label] {
			delete(k.labels, label)
			k.tell("unlabeled", map[string]any{"label": map[string]any{"name": label}})
		} else {
			k.labels[label] = true
			k.tell("labeled", map[string]any{"label": map[string]any{"name": label}})
		}
	case 2:
		from := k.title
		if k.title = rapid.SampledFrom([]string{"a", "b", "fix OPS-1", "see #4"}).Draw(t, "title"); k.title != from {
			k.tell("renamed", map[string]any{"rename": map[string]any{"from": from, "to": k.title}})
		}
	case 3:
		if k.closed && k.mergedAt == nil {
			k.closed, k.closedAt = false, nil
			if !k.pull {
				k.reason = "reopened"
			}
			k.tell("reopened", nil)
		} else if !k.closed {
			k.closed, k.closedAt = true, k.now
			if k.pull && rapid.Bool().Draw(t, "merge") {
				k.mergedAt = k.now
				k.tell("merged", nil)
			} else if !k.pull {
				k.reason = rapid.SampledFrom([]string{"completed", "not_planned", "duplicate"}).Draw(t, "reason")
			}
			k.tell("closed", nil)
		}
	case 4:
		who := rapid.IntRange(1, 3).Draw(t, "assignee")
		if k.assignees[who] {
			delete(k.assignees, who)
			k.tell("unassigned", map[string]any{"assignee": map[string]any{"id": who}})
		} else {
			k.assignees[who] = true
			k.tell("assigned", map[string]any{"assignee": map[string]any{"id": who}})
		}
	case 5:
		if k.milestone != "" {
			old := k.milestone
			k.milestone = ""
			k.tell("demilestoned", map[string]any{"milestone": map[string]any{"title": old}})
		} else {
			k.milestone = rapid.SampledFrom([]string{"1.0", "2.0"}).Draw(t, "milestone")
			k.tell("milestoned", map[string]any{"milestone": map[string]any{"title": k.milestone}})
		}
	case 6:
		if k.pull && !k.closed {
			k.draft = !k.draft
			k.tell(map[bool]string{true: "convert_to_draft", false: "ready_for_review"}[k.draft], nil)
		}
	default:
		k.tell(rapid.SampledFrom([]string{"commented", "mentioned", "locked", "head_ref_force_pushed", "unheard_of"}).Draw(t, "noise"), nil)
	}
}

func newTracker(t *rapid.T) *tracker {
	k := &tracker{
		pull: rapid.Bool().Draw(t, "pull"), title: "a", labels: map[string]bool{}, assignees: map[int]bool{},
		created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	k.now = k.created
	k.draft = k.pull && rapid.Bool().Draw(t, "draft")
	for _, l := range rapid.SliceOfN(rapid.SampledFrom([]string{"bug", "old"}), 0, 2).Draw(t, "labels at first") {
		k.labels[l] = true
	}
	return k
}

// record returns what the tracker answers now.
func (k *tracker) record(t testing.TB) *event.Raw {
	o := map[string]any{
		"id": 7, "number": 12, "title": k.title, "body": "b", "state": map[bool]string{true: "closed", false: "open"}[k.closed], "draft": k.draft,
		"user": map[string]any{"id": 1}, "created_at": k.created, "updated_at": k.now, "closed_at": k.closedAt,
	}
	if k.milestone != "" {
		o["milestone"] = map[string]any{"title": k.milestone}
	}
	o["labels"] = labels(slices.Sorted(maps.Keys(k.labels))...)
	var people []map[string]any
	for id := range k.assignees {
		people = append(people, map[string]any{"id": id})
	}
	slices.SortFunc(people, func(a, b map[string]any) int { return a["id"].(int) - b["id"].(int) })
	o["assignees"] = people
	kind, name := event.KindIssue, "issue"
	if k.pull {
		kind, name = event.KindPullRequest, "pull"
		o["merged_at"] = k.mergedAt
	} else if k.reason != "" {
		o["state_reason"] = k.reason
	}
	r := rawOf(t, kind, "acme/api", 7, 12, map[string]any{name: o, "timeline": k.timeline})
	r.RecordedAt = k.now.Add(time.Hour)
	return r
}

// TestTimelinesAreFolded: where the timeline tells everything, the chain is what happened, without corrections.
func TestTimelinesAreFolded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := newTracker(rt)
		begin := k.state()
		for range rapid.IntRange(0, 25).Draw(rt, "acts") {
			k.act(rt)
		}
		r := handle(t, New(Config{InProgress: []string{"doing"}}), k.record(t))
		sound(t, "generated", r)
		if got := stateOf(&r.revisions[0].Item); got != begin {
			rt.Fatalf("begins as %s, began as %s", got, begin)
		}
		after := map[string]string{}
		for i, change := range k.changes {
			after[change] = k.states[i]
		}
		for _, v := range r.revisions[1:] {
			if v.Correction {
				rt.Fatalf("a correction of %v", v.Changed)
			}
			// The close of a merge is told with the merge.
			if want := after[v.Change]; want != "" && stateOf(&v.Item) != want {
				rt.Fatalf("after %s: %s, want %s", v.Change, stateOf(&v.Item), want)
			}
			if v.Item.State == event.StateInProgress != (v.Item.Status == "open" && slices.Contains(v.Item.Labels, "doing")) {
				rt.Fatalf("%s: state %s, labels %q", v.Change, v.Item.State, v.Item.Labels)
			}
		}
		if got := stateOf(&r.last().Item); got != k.state() {
			rt.Fatalf("ends as %s, the object is %s", got, k.state())
		}
	})
}

// TestBrokenTimelinesEndAtTheObject: whatever a timeline lacks, repeats or tells otherwise, the last revision is
// the object, and a repeated event changes nothing.
func TestBrokenTimelinesEndAtTheObject(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := newTracker(rt)
		for range rapid.IntRange(0, 25).Draw(rt, "acts") {
			k.act(rt)
		}
		var told []map[string]any
		for i, e := range k.timeline {
			e = maps.Clone(e)
			switch rapid.IntRange(0, 9).Draw(rt, "fate") {
			case 0:
				continue // lost
			case 1:
				delete(e, "created_at")
			case 2:
				if l, ok := e["label"].(map[string]any); ok {
					e["label"] = map[string]any{"name": strings.ToUpper(l["name"].(string))}
				}
			case 3:
				e["created_at"] = k.created.Add(time.Duration(i) * 40 * time.Hour)
			case 4:
				e["actor"] = nil
			case 5:
				for _, name := range []string{"label", "assignee", "milestone", "rename"} {
					delete(e, name)
				}
			}
			told = append(told, e)
		}
		k.timeline = told
		raw := k.record(t)
		n := New(Config{})
		r := handle(t, n, raw)
		sound(t, "generated", r)
		if got := stateOf(&r.last().Item); got != k.state() {
			rt.Fatalf("ends as %s, the object is %s", got, k.state())
		}
		if k.reason != "" && k.closed && r.last().Item.Resolution != k.reason {
			rt.Fatalf("ends for the reason %q, the object says %q", r.last().Item.Resolution, k.reason)
		}
		// The same timeline with events told twice is another record, and gives the same rows but for its name.
		for i := range rapid.IntRange(0, 3).Draw(rt, "repeats") {
			if len(told) > 0 {
				k.timeline = append(k.timeline, told[i%len(told)])
			}
		}
		twice := k.record(t)
		twice.Digest, twice.RecordedAt = raw.Digest, raw.RecordedAt
		if d := cmp.Diff(r, handle(t, n, twice), cmp.AllowUnexported(result{})); d != "" {
			rt.Fatalf("repeated events change something:\n%s", d)
		}
	})
}

// TestAnyOrderAnyDuplication: several records of an item, handled in any order and any number of times, give the
// same rows with the same bytes.
func TestAnyOrderAnyDuplication(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := newTracker(rt)
		var raws []event.Message
		for i := range rapid.IntRange(1, 4).Draw(rt, "records") {
			for range rapid.IntRange(0, 8).Draw(rt, "acts") {
				k.act(rt)
			}
			r := k.record(t)
			r.RecordedAt = r.RecordedAt.Add(time.Duration(i) * time.Minute) // the ingester's clock does not stand still
			m, err := event.Encode(r)
			if err != nil {
				rt.Fatal(err)
			}
			m.Offset = int64(i)
			raws = append(raws, m)
		}
		rows := func(messages []event.Message) map[string][]byte {
			out := map[string][]byte{}
			for i := range messages {
				payloads, err := New(Config{}).Handle(&messages[i])
				if err != nil {
					rt.Fatal(err)
				}
				for _, p := range payloads {
					m, err := event.Encode(p)
					if err != nil {
						rt.Fatal(err)
					}
					id := m.Header("ce_id") + " " + fmt.Sprint(observationOf(p))
					if old, ok := out[id]; ok && !bytes.Equal(old, m.Value) {
						rt.Fatalf("two rows are called %s:\n%s\n%s", id, old, m.Value)
					}
					out[id] = m.Value
				}
			}
			return out
		}
		want := rows(raws)
		mixed := rapid.Permutation(append(slices.Clone(raws), raws...)).Draw(rt, "order")
		if d := cmp.Diff(want, rows(mixed)); d != "" {
			rt.Fatal(d)
		}
	})
}

// observationOf returns the record that told an event: an activity's id does not hold it.
func observationOf(p event.Payload) string {
	if a, ok := p.(*event.Activity); ok {
		return a.Observation
	}
	return ""
}
