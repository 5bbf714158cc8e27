package normalize

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/recordedtest"
)

// delivered is a delivery of GitHub's about the issue 12 of acme/api.
func delivered(t testing.TB, id, kind string, body map[string]any) *event.Delivery {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return &event.Delivery{
		Source: "code", Tracker: "github", DeliveryID: id, Event: kind, Project: "acme/api", ItemID: "code/issue/7", Key: "acme/api#12", Kind: event.KindIssue,
		RecordedAt: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Body: b,
	}
}

func issueAt(title, body string, updated int) map[string]any {
	return map[string]any{
		"id": 7, "number": 12, "html_url": "https://example.org/acme/api/issues/12", "state": "open", "title": title, "body": body,
		"user": map[string]any{"id": 1, "login": "ana", "type": "User"}, "created_at": day(0), "updated_at": day(updated),
	}
}

// told handles a message, as the log carries it.
func told(t testing.TB, p event.Payload, position int64) []event.Payload {
	t.Helper()
	m, err := event.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	m.Offset = position
	out, err := New(Config{}).Handle(&m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out {
		if err := p.Validate(); err != nil {
			t.Fatalf("%T: %v", p, err)
		}
	}
	return out
}

func TestDeliveryTellsFormerValues(t *testing.T) {
	from := func(v any) map[string]any { return map[string]any{"from": v} }
	sender := map[string]any{"id": 9, "login": "bo", "type": "User"}
	for _, c := range []struct {
		name, event string
		body        map[string]any
		want        []string
	}{
		{
			"an edited body", "issues",
			map[string]any{"action": "edited", "issue": issueAt("T", "new", 5), "sender": sender, "changes": map[string]any{"body": from("old")}},
			[]string{`2026-01-05T23:59:59.999Z T old []`, `2026-01-06T00:00:00Z T new [body]`},
		},
		{
			"a body that was empty", "issues",
			map[string]any{"action": "edited", "issue": issueAt("T", "new", 5), "sender": sender, "changes": map[string]any{"body": from(nil)}},
			[]string{`2026-01-05T23:59:59.999Z T  []`, `2026-01-06T00:00:00Z T new [body]`},
		},
		{
			"title and body at once", "issues",
			map[string]any{"action": "edited", "issue": issueAt("T", "new", 5), "sender": sender, "changes": map[string]any{"title": from("S"), "body": from("old")}},
			[]string{`2026-01-05T23:59:59.999Z S old []`, `2026-01-06T00:00:00Z T new [body]`},
		},
		{
			"a title alone, which the timeline tells", "issues",
			map[string]any{"action": "edited", "issue": issueAt("T", "B", 5), "changes": map[string]any{"title": from("S")}},
			[]string{`2026-01-06T00:00:00Z T B []`},
		},
		{
			"an edit in the second of the creation", "issues",
			map[string]any{"action": "edited", "issue": issueAt("T", "new", 0), "changes": map[string]any{"body": from("old")}},
			[]string{`2026-01-01T00:00:00Z T old []`, `2026-01-01T00:00:00Z T new [body]`},
		},
		{
			"a label", "issues",
			map[string]any{"action": "labeled", "issue": issueAt("T", "B", 5)},
			[]string{`2026-01-06T00:00:00Z T B []`},
		},
		{
			"an edited comment, whose former body is not the issue's", "issue_comment",
			map[string]any{"action": "edited", "issue": issueAt("T", "B", 5), "changes": map[string]any{"body": from("old comment")}},
			[]string{`2026-01-06T00:00:00Z T B []`},
		},
		{"deleted", "issues", map[string]any{"action": "deleted", "issue": issueAt("T", "B", 5)}, []string{"gone deleted"}},
		{
			"transferred", "issues",
			map[string]any{"action": "transferred", "issue": issueAt("T", "B", 5), "changes": map[string]any{"new_issue": map[string]any{"number": 3, "html_url": "https://example.org/acme/web/issues/3"}}},
			[]string{"gone transferred", "continues acme/web#3"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range told(t, delivered(t, "d1", c.event, c.body), 4) {
				switch p := p.(type) {
				case *event.Revision:
					if !p.More || p.Observation != event.DeliveryID(delivered(t, "d1", c.event, nil)) || !strings.HasPrefix(p.Change, "observed/") {
						t.Errorf("more=%v observation=%s change=%s: a delivery's revision is no chain", p.More, p.Observation, p.Change)
					}
					got = append(got, fmt.Sprintf("%s %s %s %s", p.ValidFrom.Format(time.RFC3339Nano), p.Item.Title, *p.Item.Body, p.Changed))
				case *event.Tombstone:
					got = append(got, "gone "+p.Cause)
				case *event.Link:
					got = append(got, string(p.Relation)+" "+p.ToKey)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestDeliveryAndFetchTellOneMoment: what a delivery saw without an edit has the name under which the fetched item has
// it, so both are one change.
func TestDeliveryAndFetchTellOneMoment(t *testing.T) {
	o := issueAt("T", "B", 90)
	fetched := handle(t, New(Config{}), tell(t, nil))
	got := told(t, delivered(t, "d1", "issues", map[string]any{"action": "opened", "issue": o}), 1)
	if len(got) != 1 || got[0].(*event.Revision).Change != fetched.last().Change {
		t.Errorf("the delivery tells %v, the item's last revision is %s", got, fetched.last().Change)
	}
}

// TestFormerBodiesInAnyOrder edits a body at random, with other changes between, delivers the edits in any order and
// several times, and asks for the body at every instant: those rows are all that a view has.
func TestFormerBodiesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bodies := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "c"}), 2, 8).Draw(rt, "bodies") // each day one; texts come back
		var all []*event.Delivery
		for i := 1; i < len(bodies); i++ {
			body := map[string]any{"action": "labeled", "issue": issueAt("T", bodies[i], i)}
			if bodies[i] != bodies[i-1] {
				body["action"], body["changes"] = "edited", map[string]any{"body": map[string]any{"from": bodies[i-1]}}
			}
			all = append(all, delivered(t, fmt.Sprint("d", i), "issues", body))
		}
		again := rapid.SliceOfN(rapid.SampledFrom(all), 0, 5).Draw(rt, "delivered again")
		order := rapid.Permutation(slices.Concat(all, again)).Draw(rt, "order")
		rows := func(list []*event.Delivery) map[string]*event.Revision {
			out := map[string]*event.Revision{}
			for _, d := range list {
				for _, p := range told(t, d, 1) {
					out[p.Envelope().ID] = p.(*event.Revision)
				}
			}
			return out
		}
		got := rows(order)
		if d := cmp.Diff(rows(all), got); d != "" {
			rt.Fatalf("the order or a repetition changed the rows:\n%s", d)
		}
		// An edit's moments stand for certain; the body at an instant is that of the last moment up to it, else of the
		// next one.
		var moments []*event.Revision
		for _, r := range got {
			moments = append(moments, r)
		}
		slices.SortFunc(moments, func(a, b *event.Revision) int { return a.ValidFrom.Compare(b.ValidFrom) })
		for i, want := range bodies {
			at := time.Date(2026, 1, 1+i, 12, 0, 0, 0, time.UTC)
			body := *moments[0].Item.Body
			for _, m := range moments {
				if !m.ValidFrom.After(at) {
					body = *m.Item.Body
				}
			}
			if body != want {
				rt.Fatalf("on day %d the body was %q, the moments say %q", i, want, body)
			}
		}
	})
}

// TestDeliveryOfJiraNamesTheChangesAsTheChangelog: the same identities, the same state after them.
func TestDeliveryOfJiraNamesTheChangesAsTheChangelog(t *testing.T) {
	c := jiraCase{
		fields:    `"status":{"id":"3","name":"Doing","statusCategory":{"key":"indeterminate"}},"description":"new"`,
		histories: entry(55, 20, item("status", "1", "Open", "3", "Doing"), item("description", "", "old", "", "new")),
	}
	fetched := handle(t, New(Config{}), c.raw())
	at := modelCreated.Add(20 * time.Second).UnixMilli()
	body := fmt.Sprintf(`{"timestamp":%d,"webhookEvent":"jira:issue_updated","user":{"accountId":"u2"},
		"issue":{"id":"7","key":"OPS-7","fields":{"created":"2024-03-01T09:00:00.000+0000","updated":"2024-03-01T09:00:20.000+0000","summary":"S",
		"status":{"id":"3","name":"Doing","statusCategory":{"key":"indeterminate"}},"reporter":{"accountId":"u1"},"creator":{"accountId":"u1"},"description":"new"}},
		"changelog":{"id":"55","items":[%s,%s]}}`, at, item("status", "1", "Open", "3", "Doing"), item("description", "", "old", "", "new"))
	raw := c.raw()
	d := &event.Delivery{
		Source: raw.Source, Tracker: "jira", DeliveryID: "d1", Event: "jira:issue_updated", Project: raw.Project, ItemID: raw.ItemID, Key: raw.Key, Kind: raw.Kind,
		RecordedAt: raw.RecordedAt, Body: json.RawMessage(body),
	}
	got := told(t, d, 3)
	if len(got) != 2 {
		t.Fatalf("%d events, want the two changes", len(got))
	}
	for i, p := range got {
		r, want := p.(*event.Revision), fetched.revisions[i+1]
		if r.Change != want.Change || !r.ValidFrom.Equal(want.ValidFrom) || r.Actor != want.Actor || !r.More || r.Item.Status != want.Item.Status || *r.Item.Body != *want.Item.Body {
			t.Errorf("the delivery tells\n%+v, the issue\n%+v", r, want)
		}
	}
	d.Event, d.Body = "jira:issue_deleted", json.RawMessage(`{"webhookEvent":"jira:issue_deleted","issue":{"id":"7"}}`)
	if got := told(t, d, 3); len(got) != 1 || got[0].(*event.Tombstone).Cause != "deleted" {
		t.Errorf("of a deleted issue: %v", got)
	}
}

// TestCountersAreNotState: a counter that moves makes no revision and changes no name.
func TestCountersAreNotState(t *testing.T) {
	few := handle(t, New(Config{}), tell(t, map[string]any{"comments": 1}, "3 labeled bug"))
	many := handle(t, New(Config{}), tell(t, map[string]any{"comments": 40, "sub_issues_summary": map[string]any{"total": 4}, "body": "B"}, "3 labeled bug"))
	if len(few.revisions) != len(many.revisions) {
		t.Fatalf("%d revisions became %d", len(few.revisions), len(many.revisions))
	}
	for i, r := range many.revisions {
		if r.Change != few.revisions[i].Change {
			t.Errorf("the change %s became %s", few.revisions[i].Change, r.Change)
		}
		if *r.Counts != (event.Counts{Subtasks: 4, Comments: 40}) || few.revisions[i].Counts.Comments != 1 {
			t.Errorf("%s has the counters %+v and %+v", r.Change, *r.Counts, *few.revisions[i].Counts)
		}
	}
	c := jiraCase{fields: `"subtasks":[{},{}],"issuelinks":[{}],"comment":{"total":3,"comments":[]}`}
	for _, r := range handle(t, New(Config{}), c.raw()).revisions {
		if *r.Counts != (event.Counts{Subtasks: 2, Links: 1, Comments: 3}) {
			t.Errorf("Jira: %+v", *r.Counts)
		}
	}
}

// TestDeliveriesOfRecordedExamples: whatever GitHub's examples hold about an item makes sound events.
func TestDeliveriesOfRecordedExamples(t *testing.T) {
	dir := recordedtest.Path(t, "github", "webhooks")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kind := filepath.Base(filepath.Dir(f))
		d := delivered(t, filepath.Base(f), kind, nil)
		d.Body = b
		switch {
		case kind == "label":
			d.ItemID = ""
		case strings.HasPrefix(kind, "pull_request"):
			d.Kind = event.KindPullRequest
		}
		if got := told(t, d, 1); (len(got) == 0) != (kind == "label") {
			t.Errorf("%s/%s: %d events", kind, filepath.Base(f), len(got))
		}
	}
}

func FuzzDelivery(f *testing.F) {
	f.Add("issues", []byte(`{"action":"edited","issue":{"created_at":"2026-01-01T00:00:00Z","title":"T"},"changes":{"body":{"from":"x"}}}`), true)
	f.Add("jira:issue_updated", []byte(`{"timestamp":1,"issue":{"id":"7","fields":{"created":"2024-03-01T09:00:00.000+0000","status":{"name":"x"}}},"changelog":{"id":"5","items":[{"field":"status"}]}}`), false)
	n := New(Config{})
	f.Fuzz(func(t *testing.T, kind string, body []byte, github bool) {
		d := delivered(t, "d", "x", nil)
		d.Event, d.Body = kind, body
		if !github {
			d.Tracker = "jira"
		}
		out, err := n.delivery(d, 1)
		for _, p := range out {
			if r, ok := p.(*event.Revision); err == nil && ok && !r.More {
				t.Errorf("%s says that nothing follows", r.Change)
			}
		}
	})
}
