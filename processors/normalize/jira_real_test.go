package normalize

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// jiraRaw makes the raw record of an issue that the ingester would: with what the record itself tells of its
// statuses, and with the custom fields that its changelog names.
func jiraRaw(t testing.TB, line []byte) *event.Raw {
	t.Helper()
	var issue struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Status jiraNamed `json:"status"`
		} `json:"fields"`
	}
	if err := json.Unmarshal(line, &issue); err != nil {
		t.Fatal(err)
	}
	statuses := map[string]any{}
	if s := issue.Fields.Status; s.ID != "" {
		statuses[string(s.ID)] = map[string]string{"name": s.Name, "category": s.Category.Key}
	}
	content, err := json.Marshal(map[string]any{"issue": json.RawMessage(line), "meta": map[string]any{"statuses": statuses, "browse": "https://tracker.example"}})
	if err != nil {
		t.Fatal(err)
	}
	project, _, _ := strings.Cut(issue.Key, "-")
	return &event.Raw{
		Source: "tracker", Tracker: "jira", Project: project, ItemID: event.ItemID("tracker", event.KindIssue, issue.ID), Key: issue.Key,
		Kind: event.KindIssue, RecordedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Digest: "d", Content: content,
	}
}

// checkJira handles a record and checks what holds for any: valid events, sound chains, the ledger's sum, and a
// last revision that equals the current fields.
func checkJira(t *testing.T, n *Normalizer, r *event.Raw) (result, *ledger) {
	t.Helper()
	payloads, l, err := n.jiraIssue(r, 7)
	if err != nil {
		t.Fatalf("%s: %v", r.Key, err)
	}
	var out result
	for _, p := range payloads {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", r.Key, err)
		}
		switch p := p.(type) {
		case *event.Revision:
			out.revisions = append(out.revisions, p)
		case *event.Activity:
			out.activities = append(out.activities, p)
		case *event.Link:
			out.links = append(out.links, p)
		}
	}
	sound(t, r.Key, out)
	for _, v := range out.revisions {
		for _, at := range []*time.Time{v.Item.StartedAt, v.Item.ClosedAt} {
			if at != nil && (at.Before(v.Item.CreatedAt) || at.After(v.ValidFrom)) {
				t.Errorf("%s: %s: started or closed at %v, out of its time", r.Key, v.Change, at)
			}
		}
	}
	sum := l.Revisions
	for _, c := range l.Exceptions {
		sum += c
	}
	if sum != l.Items {
		t.Errorf("%s: %d items of the changelog, but %d revisions and exceptions", r.Key, l.Items, sum)
	}
	checkCurrent(t, r, out.revisions[len(out.revisions)-1])
	return out, l
}

// checkCurrent compares a revision with the issue's fields, read here anew.
func checkCurrent(t *testing.T, r *event.Raw, last *event.Revision) {
	t.Helper()
	var c struct {
		Issue struct {
			Fields struct {
				Summary     string      `json:"summary"`
				Status      jiraNamed   `json:"status"`
				Resolution  *jiraNamed  `json:"resolution"`
				Priority    *jiraNamed  `json:"priority"`
				Type        jiraNamed   `json:"issuetype"`
				Labels      []string    `json:"labels"`
				Assignee    *jiraUser   `json:"assignee"`
				Reporter    *jiraUser   `json:"reporter"`
				Components  []jiraNamed `json:"components"`
				Versions    []jiraNamed `json:"fixVersions"`
				Parent      *jiraNamed  `json:"parent"`
				Description any         `json:"description"`
				Due         *string     `json:"duedate"`
				Resolved    *string     `json:"resolutiondate"`
			} `json:"fields"`
		} `json:"issue"`
	}
	if err := json.Unmarshal(r.Content, &c); err != nil {
		t.Fatal(err)
	}
	f, it := c.Issue.Fields, last.Item
	name := func(n *jiraNamed) string {
		if n == nil {
			return ""
		}
		return n.Name
	}
	names := func(list []jiraNamed) (out []string) {
		for _, n := range list {
			out = append(out, n.Name)
		}
		return set(out...)
	}
	due, assignees := "", []string(nil)
	if it.DueAt != nil {
		due = it.DueAt.Format(time.DateOnly)
	}
	if f.Assignee != nil {
		assignees = []string{event.Pseudonym(r.Source, f.Assignee.id())}
	}
	if f.Due == nil {
		f.Due = new(string)
	}
	for _, d := range [...]struct{ what, want, got string }{
		{"summary", f.Summary, it.Title},
		{"status", f.Status.Name, it.Status},
		{"resolution", name(f.Resolution), it.Resolution},
		{"priority", name(f.Priority), it.Priority},
		{"issuetype", f.Type.Name, it.Type},
		{"labels", fmt.Sprint(set(f.Labels...)), fmt.Sprint(slices.DeleteFunc(slices.Clone(it.Labels), func(l string) bool { return strings.Contains(l, ": ") }))}, // Jira's have no spaces
		{"assignee", fmt.Sprint(assignees), fmt.Sprint(it.Assignees)},
		{"reporter", event.Pseudonym(r.Source, f.Reporter.id()), it.Author},
		{"components", fmt.Sprint(names(f.Components)), fmt.Sprint(it.Components)},
		{"fixVersions", strings.Join(names(f.Versions), ", "), it.Milestone},
		{"duedate", *f.Due, due},
	} {
		if d.want != d.got {
			t.Errorf("%s: the last revision has %s %q, the issue %q", r.Key, d.what, d.got, d.want)
		}
	}
	if f.Parent != nil && f.Parent.Key != it.ParentKey {
		t.Errorf("%s: the last revision has parent %q, the issue %q", r.Key, it.ParentKey, f.Parent.Key)
	}
	want := map[string]event.State{"new": event.StateOpen, "indeterminate": event.StateInProgress, "done": event.StateDone}[f.Status.Category.Key]
	if got := it.State; want != "" && got != want && (want != event.StateDone || got != event.StateDropped) {
		t.Errorf("%s: the last revision is %s, the status's category %s", r.Key, got, f.Status.Category.Key)
	}
}

// tally adds up what became of many issues, for docs/normalize-jira.md.
type tally struct {
	issues, revisions, corrections, guessed, activities, links int
	ledger                                                     ledger
	corrected, states                                          map[string]int
}

func (a *tally) add(r result, l *ledger) {
	if a.corrected == nil {
		a.corrected, a.states, a.ledger.Exceptions = map[string]int{}, map[string]int{}, map[string]int{}
	}
	a.issues++
	a.revisions += len(r.revisions)
	a.activities += len(r.activities)
	a.links += len(r.links)
	a.ledger.Items += l.Items
	a.ledger.Revisions += l.Revisions
	for k, c := range l.Exceptions {
		a.ledger.Exceptions[k] += c
	}
	for _, v := range r.revisions {
		if v.Correction {
			a.corrections++
			a.corrected[strings.Join(v.Changed, ", ")]++
		}
		if slices.Contains(v.Inferred, "state") {
			a.guessed++
		}
	}
	a.states[string(r.revisions[len(r.revisions)-1].Item.State)]++
}

func (a *tally) print(t *testing.T) {
	t.Logf("%d issues: %d revisions (%d corrections, %d with a guessed state), %d activities, %d links; last states %v",
		a.issues, a.revisions, a.corrections, a.guessed, a.activities, a.links, a.states)
	t.Logf("%d items of changelogs: %d revisions, exceptions:", a.ledger.Items, a.ledger.Revisions)
	for _, k := range slices.Sorted(maps.Keys(a.ledger.Exceptions)) {
		t.Logf("  %4d %s", a.ledger.Exceptions[k], k)
	}
	t.Logf("corrections, by what they changed:")
	for _, k := range slices.Sorted(maps.Keys(a.corrected)) {
		t.Logf("  %4d %s", a.corrected[k], k)
	}
}

// TestRecordedChangelogs: each item of each recorded changelog is a revision or an exception with a name.
func TestRecordedChangelogs(t *testing.T) {
	n, total, refused := New(Config{}), tally{}, 0
	recordedLines(t, "jira/changelog-samples/issues.jsonl.gz", func(line []byte) {
		r := jiraRaw(t, line)
		if !strings.Contains(string(line), `"fields":`) || !strings.Contains(string(line), `"summary"`) {
			if _, _, err := n.jiraIssue(r, 7); err == nil || !strings.Contains(err.Error(), "no fields") {
				t.Errorf("%s has no fields: got %v", r.Key, err)
			}
			refused++
			return
		}
		total.add(checkJira(t, n, r))
	})
	total.print(t)
	t.Logf("refused, for want of fields: %d", refused)
	if total.issues+refused != 38 || total.issues != 37 {
		t.Errorf("%d issues and %d refused, want 37 and 1", total.issues, refused)
	}
	known := []string{
		"Workflow", "RemoteIssueLink", "Start date", "End date", "timeestimate", "timeoriginalestimate", "Rank", "timespent", "WorklogId", "Epic Child", "Attachment",
	}
	for k := range total.ledger.Exceptions {
		if f, ok := strings.CutPrefix(k, "not state: "); ok && !slices.Contains(known, f) {
			t.Errorf("exception of a field that is not known not to be state: %s", f)
		}
	}
}

// TestRecordedIssuesWithoutChangelog: issues whose past is not told end at their fields all the same.
func TestRecordedIssuesWithoutChangelog(t *testing.T) {
	n, total := New(Config{}), tally{}
	recordedLines(t, "jira/titanium-alloy/issues.jsonl.gz", func(line []byte) {
		r := jiraRaw(t, line)
		out, l := checkJira(t, n, r)
		total.add(out, l)
		last := out.revisions[len(out.revisions)-1].Item
		if isClosed(last.State) && !last.ClosedAt.After(last.CreatedAt) {
			t.Errorf("%s: closed when it was created", r.Key)
		}
	})
	total.print(t)
	if total.issues != 2183 {
		t.Errorf("%d issues, want 2183", total.issues)
	}
}
