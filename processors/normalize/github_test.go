package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/event"
)

// tell is a shorthand for a record of an issue (or a pull request, where it has "draft"): the object's members
// and the timeline, one event a line: "day event argument". Days count from the creation.
func tell(t testing.TB, object map[string]any, lines ...string) *event.Raw {
	t.Helper()
	o := map[string]any{
		"id": 7, "number": 12, "html_url": "https://example.org/acme/api/issues/12", "state": "open", "title": "T", "body": "B",
		"user": map[string]any{"id": 1, "login": "ana", "type": "User"}, "created_at": day(0), "updated_at": day(90),
	}
	for k, v := range object {
		o[k] = v
	}
	var timeline []map[string]any
	for i, line := range lines {
		var d int
		var name, arg string
		if n, err := fmt.Sscanf(line, "%d %s %s", &d, &name, &arg); n < 2 {
			t.Fatalf("%q: %v", line, err)
		}
		e := map[string]any{"id": i + 1, "event": name, "created_at": day(d), "actor": map[string]any{"id": 2, "login": "bo", "type": "User"}}
		switch name {
		case "labeled", "unlabeled":
			e["label"] = map[string]any{"name": arg}
		case "milestoned", "demilestoned":
			e["milestone"] = map[string]any{"title": arg}
		case "assigned", "unassigned":
			e["assignee"] = map[string]any{"id": len(arg) + 100, "login": arg}
		case "renamed":
			from, to, _ := strings.Cut(arg, ">")
			e["rename"] = map[string]any{"from": from, "to": to}
		case "closed":
			e["state_reason"] = arg
		case "issue_type_added", "issue_type_changed":
			from, to, _ := strings.Cut(arg, ">")
			if to != "" {
				e["issue_type"] = map[string]any{"name": to}
			}
			if from != "" {
				e["prev_issue_type"] = map[string]any{"name": from}
			}
		case "parent_issue_added":
			e["parent_issue"] = map[string]any{"number": 3, "repository": map[string]any{"full_name": arg}}
		}
		timeline = append(timeline, e)
	}
	kind, content := event.KindIssue, map[string]any{"issue": o, "timeline": timeline}
	if _, ok := o["draft"]; ok {
		kind, content = event.KindPullRequest, map[string]any{"pull": o, "timeline": timeline}
	}
	return rawOf(t, kind, "acme/api", 7, 12, content)
}

func day(n int) string { return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.RFC3339) }

// lines prints a chain: day, change, actor known or not, and the fields that changed with their values.
func lines(r result) []string {
	var out []string
	for _, v := range r.revisions {
		var b strings.Builder
		fmt.Fprintf(&b, "%d %s", int(v.ValidFrom.Sub(v.Item.CreatedAt).Hours()/24), strings.SplitN(v.Change, "/", 2)[0])
		names := v.Changed
		if v.Change == "created" {
			names = []string{"labels", "state", "title"}
		}
		for _, name := range names {
			value, _ := json.Marshal(ref(&v.Item, name))
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
		out = append(out, b.String())
	}
	return out
}

func labels(names ...string) []map[string]any {
	var out []map[string]any
	for _, n := range names {
		out = append(out, map[string]any{"name": n})
	}
	return out
}

func TestGitHubChains(t *testing.T) {
	type object = map[string]any
	closed := func(o object) object { o["state"], o["closed_at"] = "closed", day(5); return o }
	at5 := `"` + day(5) + `"`
	for name, c := range map[string]struct {
		object object
		events []string
		want   []string
	}{
		"untouched": {object{"updated_at": day(0)}, nil, []string{
			`0 created labels=null state="open" title="T"`, `0 observed body="B"`,
		}},
		"renamed and labeled": {object{"title": "C", "labels": labels("x")}, []string{"1 renamed A>B", "2 labeled x", "3 labeled y", "3 unlabeled y", "4 renamed B>C"}, []string{
			`0 created labels=null state="open" title="A"`, `1 event title="B"`, `2 event labels=["x"]`, `3 event labels=["x","y"]`, `3 event labels=["x"]`, `4 event title="C"`, `90 observed body="B"`,
		}},
		"labels from the beginning": {object{"labels": labels("x")}, []string{"1 unlabeled y"}, []string{
			`0 created labels=["x","y"] state="open" title="T"`, `1 event labels=["x"]`, `90 observed body="B"`,
		}},
		"a rename that is not told": {object{"title": "D"}, []string{"1 renamed A>B", "2 renamed C>D"}, []string{
			`0 created labels=null state="open" title="A"`, `1 event title="B"`, `2 correction title="C"`, `2 event title="D"`, `90 observed body="B"`,
		}},
		"a title that is not told": {object{"title": "D"}, []string{"1 renamed A>B"}, []string{
			`0 created labels=null state="open" title="A"`, `1 event title="B"`, `90 correction title="D"`, `90 observed body="B"`,
		}},
		"a label that was renamed": {object{"labels": labels("Bug")}, []string{"1 labeled bug"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event labels=["bug"]`, `90 correction labels=["Bug"]`, `90 observed body="B"`,
		}},
		"a renamed label taken off": {object{}, []string{"1 labeled windows", "4 unlabeled os"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event labels=["windows"]`, `4 event labels=null`, `90 observed body="B"`,
		}},
		"a label that was deleted": {object{"labels": labels("x")}, []string{"1 labeled x", "1 labeled y"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event labels=["x"]`, `1 event labels=["x","y"]`, `90 correction labels=["x"]`, `90 observed body="B"`,
		}},
		"closed, reopened, closed again": {closed(object{"state_reason": "not_planned"}), []string{"1 closed completed", "3 reopened", "5 closed not_planned"}, []string{
			`0 created labels=null state="open" title="T"`,
			`1 event closed_at="` + day(1) + `" resolution="completed" state="done" status="closed"`,
			`3 event closed_at=null resolution="" state="open" status="open"`,
			`5 event closed_at=` + at5 + ` resolution="not_planned" state="dropped" status="closed"`, `90 observed body="B"`,
		}},
		"a close without its event": {closed(object{"state_reason": "completed"}), []string{"7 labeled x", "8 unlabeled x"}, []string{
			`0 created labels=null state="open" title="T"`, `5 correction closed_at=` + at5 + ` resolution="completed" state="done" status="closed"`,
			`7 event labels=["x"]`, `8 event labels=null`, `90 observed body="B"`,
		}},
		"a reopening that the object does not know": {closed(object{"state_reason": "completed"}), []string{"5 closed", "6 reopened"}, []string{
			`0 created labels=null state="open" title="T"`, `5 event closed_at=` + at5 + ` resolution="completed" state="done" status="closed"`,
			`6 event closed_at=null resolution="" state="open" status="open"`,
			`90 observed body="B"`, `90 correction closed_at=` + at5 + ` resolution="completed" state="done" status="closed"`,
		}},
		"events later than the object": {object{"updated_at": day(2), "labels": labels("x")}, []string{"1 labeled x", "3 unlabeled x", "3 labeled y", "4 closed"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event labels=["x"]`, `2 observed body="B"`,
		}},
		"an event that the object knows though it is later": {object{"updated_at": day(2), "labels": labels("x")}, []string{"3 labeled x"}, []string{
			`0 created labels=null state="open" title="T"`, `2 observed body="B"`, `3 event labels=["x"]`,
		}},
		"work in progress and incidents by label": {object{"labels": labels("outage")}, []string{"1 labeled doing", "2 unlabeled doing", "3 labeled outage"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event labels=["doing"] started_at="` + day(1) + `" state="in_progress"`,
			`2 event labels=null state="open"`, `3 event kind="incident" labels=["outage"]`, `90 observed body="B"`,
		}},
		"assigned, milestoned": {object{"assignees": []object{{"id": 103}}, "milestone": object{"title": "2", "due_on": day(60)}}, []string{"1 assigned cai", "2 assigned dora", "3 unassigned dora", "4 demilestoned 1", "4 milestoned 2"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event assignees=["CAI"] started_at="` + day(1) + `"`, `2 event assignees=["CAI","DORA"]`,
			`3 event assignees=["CAI"]`, `4 event milestone=""`, `4 event milestone="2"`, `90 observed body="B" due_at="` + day(60) + `"`,
		}},
		"a type by name": {object{"type": object{"name": "Incident"}}, []string{"1 issue_type_added >Bug", "2 issue_type_changed Bug>Incident"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event type="Bug"`, `2 event kind="incident" type="Incident"`, `90 observed body="B"`,
		}},
		"a type without a name": {object{"type": object{"name": "Bug"}}, []string{"1 issue_type_added"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event type="Bug"`, `90 observed body="B"`,
		}},
		"types without names": {object{"type": object{"name": "Bug"}}, []string{"1 issue_type_added", "2 issue_type_changed"}, []string{
			`0 created labels=null state="open" title="T"`, `90 observed body="B" type="Bug"`,
		}},
		"a parent": {object{}, []string{"1 parent_issue_added acme/web", "2 parent_issue_removed"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event parent_key="acme/web#3"`, `2 event parent_key=""`, `90 observed body="B"`,
		}},
		"a draft, merged": {closed(object{"draft": false, "merged_at": day(5), "additions": 1, "deletions": 2, "changed_files": 3, "commits": 4}), []string{"1 ready_for_review", "5 merged", "5 closed"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event draft=false`,
			`5 event closed_at=` + at5 + ` merged_at=` + at5 + ` resolution="merged" state="done" status="closed"`,
			`90 observed body="B" size={"additions":1,"deletions":2,"files":3,"commits":4}`,
		}},
		"closed unmerged": {closed(object{"draft": true}), []string{"5 closed"}, []string{
			`0 created labels=null state="open" title="T"`, `5 event closed_at=` + at5 + ` state="dropped" status="closed"`, `90 observed body="B"`,
		}},
		"a milestone renamed": {object{"milestone": object{"title": "3"}}, []string{"1 milestoned 2"}, []string{
			`0 created labels=null state="open" title="T"`, `1 event milestone="2"`, `90 correction milestone="3"`, `90 observed body="B"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			n := New(Config{IncidentLabels: []string{"Outage"}, IncidentTypes: []string{"incident"}, InProgress: []string{"Doing"}})
			r := handle(t, n, tell(t, c.object, c.events...))
			sound(t, name, r)
			cai, dora := (&ghUser{ID: 103}).account("code").person, (&ghUser{ID: 104}).account("code").person
			for i := range c.want {
				c.want[i] = strings.NewReplacer("CAI", cai, "DORA", dora).Replace(c.want[i])
				if strings.Contains(c.want[i], "assignees") && cai > dora {
					c.want[i] = strings.Replace(c.want[i], `"`+cai+`","`+dora+`"`, `"`+dora+`","`+cai+`"`, 1)
				}
			}
			if d := cmp.Diff(c.want, lines(r)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestGitHubActivities(t *testing.T) {
	bo := map[string]any{"id": 2, "login": "bo", "type": "User"}
	robot := map[string]any{"id": 9, "login": "ci[bot]", "type": "Bot"}
	mail := func(email, date string) map[string]any {
		return map[string]any{"name": "N", "email": email, "date": date}
	}
	content := map[string]any{
		"pull": map[string]any{
			"id": 7, "number": 12, "state": "closed", "title": "Fixes OPS-1", "draft": false, "created_at": day(0), "updated_at": day(9), "closed_at": day(5),
			"merged_at": day(5), "body": "Closes #3, see acme/web#4", "head": map[string]any{"ref": "feature/OPS-2-x"},
		},
		"timeline": []map[string]any{
			{"event": "committed", "sha": "c1", "author": mail("Jo@X.org", day(-3)), "message": "Fixes #8"},
			{"event": "committed", "sha": "c2", "author": mail("2+bo@users.noreply.github.com", "2099-01-01T00:00:00Z"), "committer": mail("a@b", day(1))},
			{"event": "committed", "sha": "c3", "author": mail("jo@x.org", "1970-01-01T00:00:00Z")},
			{"event": "committed", "sha": "c4", "author": mail(" Bo@Home.example", day(1)), "message": "Mend"},
			{"event": "committed", "sha": "c5", "author": mail("ci@home.example", day(1)), "message": "Mend"},
			{"event": "reviewed", "id": 5, "user": bo, "submitted_at": day(2), "state": "approved"},
			{"event": "commented", "id": 5, "actor": robot, "user": robot, "created_at": day(2)},
			{"event": "mentioned", "id": 6, "actor": bo, "created_at": day(2)},
			{"event": "labeled", "id": 7, "actor": nil, "created_at": day(3), "label": map[string]any{"name": "x"}},
			{"event": "labeled", "id": 7, "actor": nil, "created_at": day(3), "label": map[string]any{"name": "x"}},
			{"event": "merged", "id": 8, "actor": bo, "created_at": day(5)},
			{"event": "closed", "id": 9, "actor": bo, "created_at": day(5)},
			{"event": "event_of_tomorrow", "id": 10, "actor": bo, "created_at": day(6)},
		},
		"reviews": []map[string]any{
			{"id": 5, "user": bo, "submitted_at": day(2), "state": "APPROVED"},
			{"id": 11, "user": bo, "submitted_at": day(4), "state": "CHANGES_REQUESTED"},
			{"id": 12, "user": bo, "state": "PENDING"},
		},
		"comments": []map[string]any{{"id": 5, "user": nil, "created_at": day(3)}},
		"authors":  []map[string]any{{"email": "bo@home.example", "id": 2, "login": "bo"}, {"email": "ci@home.example", "id": 9, "login": "ci[bot]"}},
		"commits":  []map[string]any{{"sha": "c3", "author": robot, "commit": map[string]any{"author": mail("ci@x.org", day(1))}}},
	}
	r := handle(t, New(Config{}), rawOf(t, event.KindPullRequest, "acme/api", 7, 12, content))
	name := map[string]string{"ghost": "ghost", event.Pseudonym("code", "2"): "bo", event.Pseudonym("code", "9"): "robot", event.Pseudonym("code", "git:jo@x.org"): "jo"}
	var got []string
	for _, a := range r.activities {
		got = append(got, fmt.Sprint(a.At.Sub(r.revisions[0].ValidFrom).Hours()/24, " ", name[a.Person], " ", a.Action, " ", a.IsBot))
	}
	want := []string{
		"-3 jo committed false", "0 ghost opened false", "1 robot committed true", "1 bo committed false", "1 bo committed false", "1 robot committed true", "2 bo approved false", "2 robot commented true",
		"3 ghost labeled false", "3 ghost review_commented false", "4 bo changes_requested false", "5 bo merged false", "6 bo event_of_tomorrow false",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("activities (-want +got):\n%s", d)
	}
	got = nil
	for _, l := range r.links {
		got = append(got, fmt.Sprint(l.Relation, " ", l.ToKey, " ", l.ValidFrom.Format(time.DateOnly), l.ValidTo))
	}
	want = []string{
		"closes OPS-1 2026-01-01<nil>", "closes acme/api#3 2026-01-01<nil>", "mentions acme/web#4 2026-01-01<nil>",
		"mentions OPS-2 2026-01-01<nil>", "closes acme/api#8 2026-01-01<nil>",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("links (-want +got):\n%s", d)
	}
	for _, p := range r.revisions {
		if p.Item.Author != "ghost" {
			t.Errorf("author %q, want the ghost", p.Item.Author)
		}
	}
}

func TestGitHubLinksFollowTheTitle(t *testing.T) {
	r := handle(t, New(Config{}), tell(t, map[string]any{"draft": true, "title": "c", "body": nil}, "1 renamed OPS-1>OPS-2", "2 renamed OPS-2>c"))
	var got []string
	for _, l := range r.links {
		got = append(got, fmt.Sprint(l.Relation, " ", l.ToKey, " ", l.ValidFrom.Format(time.DateOnly), " ", l.ValidTo.Format(time.DateOnly)))
	}
	if d := cmp.Diff([]string{"mentions OPS-1 2026-01-01 2026-01-02", "mentions OPS-2 2026-01-02 2026-01-03"}, got); d != "" {
		t.Error(d)
	}
}

func TestGitHubDuplicateAndEvidenceOfStart(t *testing.T) {
	object := map[string]any{"id": 7, "number": 12, "state": "open", "title": "T", "created_at": day(0), "updated_at": day(9)}
	source := func(body string) map[string]any {
		return map[string]any{"issue": map[string]any{"number": 20, "html_url": "https://x.org/acme/api/pull/20", "pull_request": map[string]any{}, "body": body}}
	}
	r := handle(t, New(Config{}), rawOf(t, event.KindIssue, "acme/api", 7, 12, map[string]any{"issue": object, "timeline": []map[string]any{
		{"event": "cross-referenced", "created_at": day(1), "source": source("see #12")},
		{"event": "cross-referenced", "created_at": day(2), "source": source("Fixes #12")},
		{"event": "commented", "id": 1, "created_at": day(3), "body": "Duplicate of #4"},
		{"event": "marked_as_duplicate", "id": 2, "created_at": day(3)},
		{"event": "unmarked_as_duplicate", "id": 3, "created_at": day(4)},
	}}))
	if got := r.last().Item.StartedAt; got == nil || got.Format(time.RFC3339) != day(2) {
		t.Errorf("started at %v, want %s", got, day(2))
	}
	if len(r.links) != 1 || r.links[0].Relation != event.RelationDuplicates || r.links[0].ToKey != "acme/api#4" || r.links[0].ValidTo == nil {
		t.Errorf("links %+v", r.links)
	}
}

func TestRemovedFromGitHub(t *testing.T) {
	r := tell(t, nil)
	r.Removed = "deleted"
	out := handle(t, New(Config{}), r)
	if len(out.tombstones) != 1 || out.tombstones[0].Cause != "deleted" || !out.tombstones[0].ValidFrom.Equal(r.RecordedAt) || len(out.revisions) != 0 {
		t.Errorf("deleted: %+v", out)
	}
	r.Removed, r.Content = "transferred", json.RawMessage(`{"issue":{"number":3,"html_url":"https://x.org/acme/web/issues/3"}}`)
	out = handle(t, New(Config{}), r)
	if len(out.tombstones) != 1 || len(out.links) != 1 || out.links[0].ToKey != "acme/web#3" || out.links[0].Relation != event.RelationContinues {
		t.Errorf("transferred: %+v", out)
	}
	r = tell(t, nil)
	r.Removed = "returned"
	if out = handle(t, New(Config{}), r); len(out.tombstones) != 1 || len(out.revisions) == 0 {
		t.Errorf("returned: %+v", out)
	}
}

func TestPoisonFromGitHub(t *testing.T) {
	for content, want := range map[string]string{
		`{}`:                                   "neither an issue nor a pull request",
		`{"issue":{"number":"x"}}`:             "content: ",
		`{"issue":{"number":12}}`:              "created_at",
		`{"issue":[]}`:                         "content: ",
		`{"issue":{"created_at":"yesterday"}}`: "content: ",
		`[]`:                                   "content: ",
		`{"pull":{"created_at":"2026-01-01T00:00:00Z"}}`: "neither",
	} {
		r := tell(t, nil)
		r.Content = json.RawMessage(content)
		m, err := event.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{}).Handle(&m); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), r.Key) {
			t.Errorf("%s: %v, want %q and the key", content, err, want)
		}
	}
	m, _ := event.Encode(&event.Progress{Source: "s", Kind: "cursor", RecordedAt: time.Now()})
	if _, err := New(Config{}).Handle(&m); err == nil || !strings.Contains(err.Error(), "not a raw record") {
		t.Errorf("another type: %v", err)
	}
}

func TestRenamesOfLabels(t *testing.T) {
	for name, c := range map[string]struct {
		final  []string
		events string // +added -removed
		want   map[string]string
	}{
		"case":         {[]string{"Bug", "Doc"}, "+bug +doc", map[string]string{"Bug": "bug", "Doc": "doc"}},
		"the only one": {[]string{"b"}, "+a", map[string]string{"b": "a"}},
		"two of each":  {[]string{"c", "d"}, "+a +b", map[string]string{}},
		"too early":    {nil, "-b +a", map[string]string{}},
		"later gone":   {nil, "+a -b", map[string]string{"b": "a"}},
		"none":         {[]string{"a"}, "+a", map[string]string{}},
	} {
		m := newMembers(c.final)
		for f := range strings.FieldsSeq(c.events) {
			m.change(f[1:], f[0] == '+')
		}
		if d := cmp.Diff(c.want, m.renames()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if got := m.initial(m.renames()); name == "two of each" && !slices.Equal(got, []string{"c", "d"}) {
			t.Errorf("%s: initial %v", name, got)
		}
	}
}

// TestPartial: a record from lists tells the same changes, and no change that would be kept beside the whole one's.
func TestPartial(t *testing.T) {
	o := map[string]any{
		"id": 7, "number": 12, "title": "b", "body": "text", "state": "open", "user": map[string]any{"id": 1}, "created_at": "2026-01-01T00:00:00Z",
		"updated_at": "2026-01-02T00:00:00Z", "milestone": map[string]any{"title": "1.0", "due_on": "2026-02-01T00:00:00Z"},
	}
	timeline := []map[string]any{{"id": 1, "event": "renamed", "created_at": "2026-01-02T00:00:00Z", "rename": map[string]any{"from": "a", "to": "b"}}}
	of := func(partial bool) (changes []string, first, last *event.Item) {
		r := rawOf(t, event.KindIssue, "acme/api", 7, 12, map[string]any{"issue": o, "timeline": timeline, "partial": partial})
		out, err := New(Config{}).github(r, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out {
			if v, ok := p.(*event.Revision); ok {
				changes = append(changes, strings.SplitN(v.Change, "/", 2)[0])
				if first == nil {
					first = &v.Item
				}
				last = &v.Item
			}
		}
		return changes, first, last
	}
	whole, _, want := of(false)
	changes, first, last := of(true)
	if !slices.Equal(whole, []string{"created", "event", "observed"}) || !slices.Equal(changes, []string{"created", "event"}) {
		t.Errorf("changes %v, of the partial record %v", whole, changes)
	}
	if d := cmp.Diff(want, last); d != "" || first.Body == nil || *first.Body != "text" || first.DueAt == nil || first.Title != "a" {
		t.Errorf("the last revisions differ: %s; the first is %+v", d, first)
	}
}
