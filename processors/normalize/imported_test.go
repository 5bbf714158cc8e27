package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

func importRaw(t testing.TB, kind event.Kind, rows ...event.Row) *event.Message {
	t.Helper()
	content, err := json.Marshal(event.Rows{Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	m, err := event.Encode(&event.Raw{
		Source: "pager", Tracker: event.TrackerImport, Project: "shop", ItemID: "pager/issue/A-1", Key: "A-1", Kind: kind, Digest: "d",
		RecordedAt: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Content: content,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// hour is an instant of the day of the rows.
func hour(n int) *time.Time {
	return ptr(time.Date(2026, 3, 1, n, 0, 0, 0, time.UTC))
}

// TestImportedHistory: what each row tells, and what follows from its times.
func TestImportedHistory(t *testing.T) {
	base := event.Row{Key: "A-1", Title: "Down", CreatedAt: *hour(1), State: event.StateOpen}
	with := func(change func(*event.Row)) event.Row {
		r := base
		change(&r)
		return r
	}
	for _, c := range []struct {
		name string
		rows []event.Row
		want string
	}{
		{"one row without times", []event.Row{base}, "created 01 open/open"},
		{"one row that was opened, begun and closed", []event.Row{with(func(r *event.Row) {
			r.State, r.StartedAt, r.ClosedAt = event.StateDone, hour(2), hour(3)
		})}, "created 01 open/open; started/02 02 in_progress/in_progress; row/03 03 done/done closed 03"},
		{"its own words for the state, told later", []event.Row{with(func(r *event.Row) {
			r.State, r.StartedAt, r.ClosedAt, r.UpdatedAt, r.Status = event.StateDropped, hour(2), hour(3), hour(9), "gone"
		})}, "created 01 open/?; started/02 02 in_progress/?; closed/03 03 dropped/? closed 03; row/09 09 dropped/gone closed 03"},
		{
			"in progress, nobody says since when",
			[]event.Row{with(func(r *event.Row) { r.State, r.UpdatedAt = event.StateInProgress, hour(4) })},
			"created 01 open/open; row/04 04 in_progress/in_progress",
		},
		{
			"closed, nobody says when",
			[]event.Row{base, with(func(r *event.Row) { r.State, r.UpdatedAt = event.StateDone, hour(4) })},
			"created 01 open/open; row/04 04 done/done closed 04",
		},
		{"reopened and closed again", []event.Row{
			with(func(r *event.Row) { r.State, r.ClosedAt = event.StateDone, hour(2) }),
			with(func(r *event.Row) { r.UpdatedAt = hour(3) }),
			with(func(r *event.Row) { r.State, r.ClosedAt, r.UpdatedAt = event.StateDone, hour(4), hour(5) }),
		}, "created 01 open/open; row/02 02 done/done closed 02; row/03 03 open/open; closed/04 04 done/done closed 04"},
		{"the same told again later", []event.Row{base, with(func(r *event.Row) { r.UpdatedAt = hour(3) })}, "created 01 open/open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := New(Config{}).Handle(importRaw(t, event.KindIssue, c.rows...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range out {
				r, ok := p.(*event.Revision)
				if !ok {
					continue
				}
				status := r.Item.Status
				if slices.Contains(r.Inferred, "status") {
					status = "?"
				}
				name, instant, _ := strings.Cut(r.Change, "/")
				if instant != "" {
					name += "/" + instant[11:13]
				}
				text := fmt.Sprintf("%s %s %s/%s", name, r.ValidFrom.Format("15"), r.Item.State, status)
				if r.Item.ClosedAt != nil {
					text += " closed " + r.Item.ClosedAt.Format("15")
				}
				got = append(got, text)
			}
			if d := cmp.Diff(c.want, strings.Join(got, "; ")); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestImportedKinds: a kind that is given counts, else the configuration decides; people are pseudonyms, keys are links.
func TestImportedKinds(t *testing.T) {
	n := New(Config{IncidentLabels: []string{"sev1"}, IncidentTypes: []string{"Incident"}})
	row := event.Row{
		Key: "A-1", Title: "Down", CreatedAt: *hour(1), State: event.StateOpen, Author: "ana", Assignees: []string{"bo", "ana"}, Body: "Like OPS-12, fixes acme/api#3.", ParentKey: "EPIC-1",
	}
	for _, c := range []struct {
		kind   event.Kind
		typ    string
		labels []string
		want   event.Kind
	}{
		{"", "", nil, event.KindIssue},
		{"", "incident", nil, event.KindIncident},
		{"", "", []string{"SEV1"}, event.KindIncident},
		{event.KindIssue, "Incident", nil, event.KindIssue},
		{event.KindIncident, "", nil, event.KindIncident},
	} {
		row.Kind, row.Type, row.Labels = c.kind, c.typ, c.labels
		out, err := n.Handle(importRaw(t, event.KindIssue, row))
		if err != nil {
			t.Fatal(err)
		}
		if got := out[0].(*event.Revision).Item.Kind; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	out, err := n.Handle(importRaw(t, event.KindIssue, row))
	if err != nil {
		t.Fatal(err)
	}
	r := out[0].(*event.Revision)
	if r.Item.Author != event.Pseudonym("pager", "ana") || !slices.Equal(r.Item.Assignees, set(event.Pseudonym("pager", "ana"), event.Pseudonym("pager", "bo"))) {
		t.Errorf("people: %+v", r.Item)
	}
	if a := out[1].(*event.Activity); a.Action != "opened" || a.Person != r.Item.Author {
		t.Errorf("activity: %+v", a)
	}
	var links []string
	for _, p := range out[2:] {
		l := p.(*event.Link)
		links = append(links, string(l.Relation)+" "+l.ToKey)
	}
	if d := cmp.Diff([]string{"mentions OPS-12", "mentions acme/api#3", "parent EPIC-1"}, links); d != "" {
		t.Error(d)
	}
	if r.Counts == nil || r.Counts.Links != 3 {
		t.Errorf("counts: %+v", r.Counts)
	}
}

// TestImportedRemoved: a tombstone needs no content, an item that returned has both.
func TestImportedRemoved(t *testing.T) {
	raw := &event.Raw{Source: "pager", Tracker: event.TrackerImport, Project: "p", ItemID: "pager/issue/A-1", Key: "A-1", Kind: event.KindIssue, Digest: "d", RecordedAt: *hour(1), Removed: "deleted"}
	out, err := New(Config{}).raw(raw, 1)
	if err != nil || len(out) != 1 || out[0].(*event.Tombstone).Cause != "deleted" {
		t.Fatalf("%v %v", out, err)
	}
	raw.Removed, raw.Content = "returned", []byte(`{"rows":[{"key":"A-1","title":"x","state":"open","created_at":"2026-03-01T00:00:00Z"}]}`)
	if out, err = New(Config{}).raw(raw, 1); err != nil || len(out) != 3 {
		t.Fatalf("%v %v", out, err)
	}
	for _, content := range []string{`{"rows":[]}`, `{}`, `[]`, `{"rows":[1]}`} {
		raw.Content = []byte(content)
		if out, err := New(Config{}).raw(raw, 1); err == nil {
			t.Errorf("%s became %v", content, out)
		}
	}
}

// TestImportedChains: whatever rows there are, their events are sound and the same each time, the last revision is the
// last row, each row's state holds at its time, and the chain is in order.
func TestImportedChains(t *testing.T) {
	states := []event.State{event.StateOpen, event.StateInProgress, event.StateDone, event.StateDropped}
	rapid.Check(t, func(t *rapid.T) {
		instant := rapid.Custom(func(t *rapid.T) *time.Time { return hour(rapid.IntRange(1, 23).Draw(t, "hour")) })
		maybe := func(name string) *time.Time {
			if !rapid.Bool().Draw(t, name) {
				return nil
			}
			return instant.Draw(t, name+" at")
		}
		byTime := map[int64]event.Row{}
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			r := event.Row{
				Key: "A-1", Title: rapid.StringMatching(`[ab]`).Draw(t, "title"), Body: rapid.StringMatching(`(OPS-[12])?`).Draw(t, "body"), CreatedAt: *hour(1),
				State: rapid.SampledFrom(states).Draw(t, "state"), Status: rapid.StringMatching(`[xy]?`).Draw(t, "status"), UpdatedAt: instant.Draw(t, "updated"), StartedAt: maybe("started"),
				Labels: set(rapid.StringMatching(`[cd]?`).Draw(t, "label")), Author: "ana",
			}
			if isClosed(r.State) {
				r.ClosedAt = maybe("closed")
			}
			byTime[r.ValidFrom().UnixMilli()] = r
		}
		var rows []event.Row
		for _, r := range byTime {
			rows = append(rows, r)
		}
		slices.SortFunc(rows, func(a, b event.Row) int { return a.ValidFrom().Compare(b.ValidFrom()) })
		content, err := json.Marshal(event.Rows{Rows: rows})
		if err != nil {
			t.Fatal(err)
		}
		raw := &event.Raw{Source: "pager", Tracker: event.TrackerImport, Project: "p", ItemID: "pager/issue/A-1", Key: "A-1", Kind: event.KindIssue, Digest: "d", RecordedAt: *hour(23), Content: content}
		out, err := New(Config{}).raw(raw, 7)
		if err != nil {
			t.Fatal(err)
		}
		again, err := New(Config{}).raw(raw, 7)
		if d := cmp.Diff(out, again); err != nil || d != "" {
			t.Fatalf("not the same twice: %v %s", err, d)
		}
		var revs []*event.Revision
		for _, p := range out {
			if _, err := event.Encode(p); err != nil {
				t.Fatal(err)
			}
			if r, ok := p.(*event.Revision); ok {
				revs = append(revs, r)
			}
		}
		for i, r := range revs {
			if r.Seq != i || r.More != (i < len(revs)-1) || i > 0 && r.ValidFrom.Before(revs[i-1].ValidFrom) {
				t.Fatalf("revision %d of %d is %+v", i, len(revs), r)
			}
			if isClosed(r.Item.State) != (r.Item.ClosedAt != nil) || r.Item.State == event.StateInProgress && r.Item.StartedAt == nil {
				t.Fatalf("a %s item is closed at %v and begun at %v", r.Item.State, r.Item.ClosedAt, r.Item.StartedAt)
			}
		}
		for _, row := range rows {
			var held *event.Item
			for _, r := range revs {
				if !r.ValidFrom.After(row.ValidFrom()) {
					held = &r.Item
				}
			}
			if held.State != row.State || held.Title != row.Title || row.Status != "" && held.Status != row.Status || !slices.Equal(held.Labels, row.Labels) {
				t.Fatalf("at %v the rows say %+v, the revisions %+v", row.ValidFrom(), row, held)
			}
		}
	})
}
