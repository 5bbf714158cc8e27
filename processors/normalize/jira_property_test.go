package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

// jiraModel is a small Jira: an issue as it is, and the changelog that it wrote. It knows nothing of normalize.
type jiraModel struct {
	summary, description, due     string
	status, resolution, priority  [2]string // id, name
	typ                           [2]string
	labels                        []string
	assignee                      string
	components, versions, sprints [][2]string
	points                        string
	parent                        string
	started, closed               *time.Time

	histories []map[string]any
	at        time.Time
	resolved  string    // the resolution date, or ""
	updated   time.Time // what the issue says, if not the time of the last change
	want      []string  // the state after each change that changed something, as text
}

var (
	modelStatuses    = [][2]string{{"1", "Offen"}, {"3", "In Arbeit"}, {"5", "Gelöst"}, {"6", "Zu"}}
	modelCategory    = map[string]event.State{"1": event.StateOpen, "3": event.StateInProgress, "5": event.StateDone, "6": event.StateDone}
	modelResolutions = [][2]string{{"", ""}, {"1", "Fixed"}, {"2", "Won't Fix"}, {"9", "Aufgegeben"}}
	modelNames       = [][2]string{{"11", "one"}, {"12", "two, too"}, {"13", "three"}, {"14", "one"}}
	modelCreated     = time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)
)

func (m *jiraModel) state() event.State {
	s := modelCategory[m.status[0]]
	if s == event.StateDone && (m.resolution[1] == "Won't Fix" || m.resolution[1] == "Aufgegeben") {
		return event.StateDropped
	}
	return s
}

// settle keeps when work began and when the issue was closed.
func (m *jiraModel) settle() {
	now := m.at
	switch s := m.state(); {
	case s == event.StateInProgress && m.started == nil:
		m.started = &now
		m.closed = nil
	case s == event.StateDone || s == event.StateDropped:
		if m.closed == nil {
			m.closed = &now
		}
	default:
		m.closed = nil
	}
}

func secondNames(list [][2]string) (out []string) {
	for _, e := range list {
		out = append(out, e[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func firstIDs(list [][2]string) (ids, names []string) {
	for _, e := range list {
		ids, names = append(ids, e[0]), append(names, e[1])
	}
	return ids, names
}

// newest returns the newest sprint; all lists of sprints here are in order.
func (m *jiraModel) newest() string {
	if len(m.sprints) == 0 {
		return ""
	}
	return m.sprints[len(m.sprints)-1][1]
}

// text writes the state as it should come out.
func (m *jiraModel) text() string {
	labels := slices.Clone(m.labels)
	slices.Sort(labels)
	assignees := []string{}
	if m.assignee != "" {
		assignees = []string{event.Pseudonym("tracker", m.assignee)}
	}
	return fmt.Sprintf("%s %s|%q %q|%s %q|%s|%s|%q|%q|%q|%q|%s|%s|%s|%s|%s|%s", m.state(), m.status[1], m.summary, m.description, m.typ[1], m.resolution[1], m.priority[1],
		strings.Join(slices.Compact(labels), " "), assignees, secondNames(m.components), strings.Join(secondNames(m.versions), ", "), m.newest(), m.points, m.parent, m.due, stamp(m.started), stamp(m.closed), "")
}

func stamp(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format(time.TimeOnly)
}

// itemText writes an item like jiraModel.text.
func itemText(it *event.Item) string {
	points, due, assignees := "", "", it.Assignees
	if it.Points != nil {
		points = strconv.FormatFloat(*it.Points, 'g', -1, 64)
	}
	if it.DueAt != nil {
		due = it.DueAt.Format(time.DateOnly)
	}
	if assignees == nil {
		assignees = []string{}
	}
	return fmt.Sprintf("%s %s|%q %q|%s %q|%s|%s|%q|%q|%q|%q|%s|%s|%s|%s|%s|%s", it.State, it.Status, it.Title, *it.Body, it.Type, it.Resolution, it.Priority,
		strings.Join(it.Labels, " "), assignees, it.Components, it.Milestone, it.Sprint, points, it.ParentKey, due, stamp(it.StartedAt), stamp(it.ClosedAt), "")
}

// change makes one random change and returns its item of the changelog.
func (m *jiraModel) change(t *rapid.T) map[string]any {
	pick := func(list [][2]string) [2]string { return rapid.SampledFrom(list).Draw(t, "value") }
	word := func() string { return rapid.SampledFrom([]string{"", "a", "B c", "Δ,x"}).Draw(t, "word") }
	item := func(field, id, from, fromString, to, toString string) map[string]any {
		null := func(s string) any {
			if s == "" {
				return nil
			}
			return s
		}
		out := map[string]any{"field": field, "fieldtype": "jira", "from": null(from), "fromString": null(fromString), "to": null(to), "toString": null(toString)}
		if id != "" {
			out["fieldId"] = id
		}
		return out
	}
	named := func(field string, v *[2]string, list [][2]string) map[string]any {
		old := *v
		*v = pick(list)
		return item(field, field, old[0], old[1], v[0], v[1])
	}
	text := func(field string, v *string, new string) map[string]any {
		old := *v
		*v = new
		return item(field, field, "", old, "", new)
	}
	member := func(field, id string, v *[][2]string) map[string]any {
		e := pick(modelNames)
		if i := slices.Index(*v, e); i >= 0 {
			*v = slices.Delete(slices.Clone(*v), i, i+1)
			return item(field, id, e[0], e[1], "", "")
		}
		*v = append(slices.Clone(*v), e)
		return item(field, id, "", "", e[0], e[1])
	}
	switch rapid.IntRange(0, 15).Draw(t, "field") {
	case 0:
		return text("summary", &m.summary, "s"+word())
	case 1:
		return text("description", &m.description, word())
	case 2, 3, 4:
		return named("status", &m.status, modelStatuses)
	case 5:
		return named("resolution", &m.resolution, modelResolutions)
	case 6:
		return named("priority", &m.priority, modelNames)
	case 7:
		old := strings.Join(m.labels, " ")
		m.labels = rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3).Draw(t, "labels")
		return item("labels", "labels", "", old, "", strings.Join(m.labels, " "))
	case 8:
		old := m.assignee
		m.assignee = rapid.SampledFrom([]string{"", "u1", "u2"}).Draw(t, "assignee")
		return item("assignee", "assignee", old, strings.ToUpper(old), m.assignee, strings.ToUpper(m.assignee))
	case 9:
		return member("Component", "components", &m.components)
	case 10:
		return member("Fix Version", "fixVersions", &m.versions)
	case 11:
		oldIDs, oldNames := firstIDs(m.sprints)
		m.sprints = rapid.SampledFrom([][][2]string{nil, {{"21", "S, one"}}, {{"21", "S one"}, {"22", "S two"}}, {{"9", "S nil"}, {"22", "S two"}}}).Draw(t, "sprints")
		ids, names := firstIDs(m.sprints)
		return item("Sprint", "customfield_2", strings.Join(oldIDs, ", "), strings.Join(oldNames, ", "), strings.Join(ids, ", "), strings.Join(names, ", "))
	case 12:
		old := m.points
		m.points = rapid.SampledFrom([]string{"", "0", "3", "0.5"}).Draw(t, "points")
		return item("Story Points", "customfield_1", "", old, "", m.points)
	case 13:
		old := m.parent
		m.parent = rapid.SampledFrom([]string{"", "OPS-5", "OPS-6"}).Draw(t, "parent")
		return item("IssueParentAssociation", "", strings.TrimPrefix(old, "OPS-"), old, strings.TrimPrefix(m.parent, "OPS-"), m.parent)
	case 14:
		old := m.due
		m.due = rapid.SampledFrom([]string{"", "2024-05-01", "2024-06-30"}).Draw(t, "due")
		return item("duedate", "duedate", old, old, m.due, m.due)
	}
	return item("Rank", "customfield_9", "", "", "", "Ranked higher")
}

// content is the issue as the interface gives it.
func (m *jiraModel) content(t *rapid.T, histories []map[string]any) json.RawMessage {
	ref := func(v [2]string) any {
		if v[0] == "" {
			return nil
		}
		return map[string]any{"id": v[0], "name": v[1]}
	}
	refs := func(list [][2]string) []any {
		out := []any{}
		for _, e := range list {
			out = append(out, ref(e))
		}
		return out
	}
	user := func(id string) any {
		if id == "" {
			return nil
		}
		return map[string]any{"accountId": id, "displayName": strings.ToUpper(id)}
	}
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	var points, parent any
	if m.points != "" {
		points = json.RawMessage(m.points)
	}
	if m.parent != "" {
		parent = map[string]any{"id": strings.TrimPrefix(m.parent, "OPS-"), "key": m.parent}
	}
	status := ref(m.status).(map[string]any)
	status["statusCategory"] = map[string]any{"key": map[event.State]string{event.StateOpen: "new", event.StateInProgress: "indeterminate", event.StateDone: "done"}[modelCategory[m.status[0]]]}
	labels := m.labels
	if labels == nil {
		labels = []string{}
	}
	statuses := map[string]any{}
	for _, s := range modelStatuses {
		statuses[s[0]] = map[string]any{"name": s[1], "category": map[event.State]string{event.StateOpen: "new", event.StateInProgress: "indeterminate", event.StateDone: "done"}[modelCategory[s[0]]]}
	}
	updated := m.updated
	if updated.IsZero() {
		updated = m.at
	}
	b, err := json.Marshal(map[string]any{
		"issue": map[string]any{
			"id": "7", "key": "OPS-7", "changelog": map[string]any{"histories": histories},
			"fields": map[string]any{
				"created": modelCreated.Format("2006-01-02T15:04:05.000-0700"), "updated": updated.Format("2006-01-02T15:04:05.000-0700"), "resolutiondate": null(m.resolved),
				"summary": m.summary, "description": null(m.description), "status": status, "resolution": ref(m.resolution), "priority": ref(m.priority),
				"issuetype": ref(m.typ), "labels": labels, "assignee": user(m.assignee), "reporter": user("u1"), "creator": user("u1"),
				"components": refs(m.components), "fixVersions": refs(m.versions), "customfield_2": refs(m.sprints), "customfield_1": points, "parent": parent, "duedate": null(m.due),
			},
		},
		"meta": map[string]any{"statuses": statuses, "fields": map[string]any{"points": []string{"customfield_1"}, "sprint": []string{"customfield_2"}, "epic": []string{}}, "browse": "https://j"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drawModel draws an issue and lets it live.
func drawModel(t *rapid.T) *jiraModel {
	m := &jiraModel{summary: "s", status: modelStatuses[0], priority: modelNames[0], typ: [2]string{"1", "Bug"}, at: modelCreated}
	for range rapid.IntRange(0, 5).Draw(t, "before") { // a random first state: changes that no changelog tells
		m.change(t)
	}
	m.settle()
	m.want = []string{m.text()}
	// Within a second the histories' ids rise; from one second to another they may fall, as after a migration.
	blocks, id := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "blocks"), 0
	for range rapid.IntRange(0, 8).Draw(t, "histories") {
		seconds := rapid.IntRange(0, 2).Draw(t, "seconds")
		if m.at = m.at.Add(time.Duration(seconds) * time.Second); seconds > 0 || id == 0 {
			id = 98 * blocks[0]
			blocks = blocks[1:]
		}
		id++
		var items []map[string]any
		for range rapid.IntRange(1, 4).Draw(t, "items") {
			items = append(items, m.change(t))
			m.settle()
			if s := m.text(); s != m.want[len(m.want)-1] {
				m.want = append(m.want, s)
			}
		}
		m.histories = append(m.histories, map[string]any{
			"id": strconv.Itoa(id), "created": m.at.Format("2006-01-02T15:04:05.000-0700"), "author": map[string]any{"accountId": "u2"}, "items": items,
		})
	}
	return m
}

func modelRaw(content json.RawMessage) *event.Raw {
	return &event.Raw{
		Source: "tracker", Tracker: "jira", Project: "OPS", ItemID: "tracker/issue/7", Key: "OPS-7", Kind: event.KindIssue,
		RecordedAt: modelCreated.Add(1000 * time.Hour), Digest: "d", Content: content,
	}
}

// TestJiraFoldReproducesEveryState: from the last state and the changelog the fold finds every state that the
// issue had, without corrections; in whatever order the histories come, and however often.
func TestJiraFoldReproducesEveryState(t *testing.T) {
	n := New(Config{Dropped: []string{"Aufgegeben"}})
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		out, l, err := n.jiraIssue(modelRaw(m.content(t, m.histories)), 3)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range out {
			if r, ok := p.(*event.Revision); ok {
				if r.Correction {
					t.Errorf("a correction of %v", r.Changed)
				}
				got = append(got, itemText(&r.Item))
			}
		}
		if d := cmp.Diff(m.want, got); d != "" {
			t.Fatalf("(-was +folded)\n%s", d)
		}
		if l.Revisions != len(got)-1 {
			t.Errorf("the ledger says %d revisions, there are %d", l.Revisions, len(got)-1)
		}
		again := rapid.Permutation(append(slices.Clone(m.histories), m.histories[:rapid.IntRange(0, len(m.histories)).Draw(t, "twice")]...)).Draw(t, "order")
		shuffled, l2, err := n.jiraIssue(modelRaw(m.content(t, again)), 3)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(out, shuffled); d != "" {
			t.Fatalf("another order gives other rows:\n%s", d)
		}
		sum := l2.Revisions
		for _, c := range l2.Exceptions {
			sum += c
		}
		if sum != l2.Items || l2.Revisions != l.Revisions {
			t.Errorf("ledger %+v does not add up", l2)
		}
	})
}

// TestJiraFoldEndsAtTheFields: a changelog that has lost some of its histories, and fields that nothing tells
// of, still end at the fields, with a correction where they disagree.
func TestJiraFoldEndsAtTheFields(t *testing.T) {
	n := New(Config{Dropped: []string{"Aufgegeben"}})
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		kept := slices.DeleteFunc(slices.Clone(m.histories), func(map[string]any) bool { return rapid.Bool().Draw(t, "lost") })
		second := func(name string) time.Time {
			return modelCreated.Add(time.Duration(rapid.IntRange(0, 12).Draw(t, name)) * time.Second)
		}
		if m.updated = second("updated"); m.closed != nil && rapid.Bool().Draw(t, "dated") {
			m.resolved = second("resolved").Format(time.RFC3339)
		}
		out, _, err := n.jiraIssue(modelRaw(m.content(t, kept)), 3)
		if err != nil {
			t.Fatal(err)
		}
		var last *event.Revision
		for _, p := range out {
			if r, ok := p.(*event.Revision); ok {
				if last != nil && r.ValidFrom.Before(last.ValidFrom) {
					t.Errorf("%s before %s", r.Change, last.Change)
				}
				last = r
			}
		}
		m.started, m.closed = last.Item.StartedAt, last.Item.ClosedAt // these may be lost
		if d := cmp.Diff(m.text(), itemText(&last.Item)); d != "" {
			t.Fatalf("(-fields +last revision)\n%s", d)
		}
		if isClosed(last.Item.State) != (last.Item.ClosedAt != nil) {
			t.Errorf("%s, closed at %v", last.Item.State, last.Item.ClosedAt)
		}
	})
}
