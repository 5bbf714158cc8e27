package normalize

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/event"
)

// sound checks what holds for the output of any record.
func sound(t testing.TB, key string, r result) {
	t.Helper()
	ids := map[string]bool{}
	for i, v := range r.revisions {
		if v.Seq != i || i > 0 && v.ValidFrom.Before(r.revisions[i-1].ValidFrom) {
			t.Errorf("%s: revision %d: seq %d, valid from %v after %v", key, i, v.Seq, v.ValidFrom, r.revisions[i-1].ValidFrom)
		}
		if ids[v.Change] {
			t.Errorf("%s: two revisions are called %s", key, v.Change)
		}
		ids[v.Change] = true
		if i > 0 && len(v.Changed) == 0 && v.Change[:4] != "obse" {
			t.Errorf("%s: %s changes nothing", key, v.Change)
		}
		if i > 0 {
			if d := diff(&r.revisions[i-1].Item, &v.Item); !slices.Equal(d, v.Changed) {
				t.Errorf("%s: %s says it changed %v, it changed %v", key, v.Change, v.Changed, d)
			}
		}
		if unknown := v.Item.Body == nil; unknown != slices.Contains(v.Inferred, "body") || unknown != (v.Nearest != nil) {
			t.Errorf("%s: %s: body known %v, inferred %v, nearest %v", key, v.Change, !unknown, v.Inferred, v.Nearest)
		}
		if (v.Item.State == event.StateDone || v.Item.State == event.StateDropped) != (v.Item.ClosedAt != nil) {
			t.Errorf("%s: %s: state %s, closed at %v", key, v.Change, v.Item.State, v.Item.ClosedAt)
		}
	}
	for _, a := range r.activities {
		if ids[a.ActivityID] {
			t.Errorf("%s: activity %s twice", key, a.ActivityID)
		}
		ids[a.ActivityID] = true
		if a.At.Equal(a.RecordedAt) {
			t.Errorf("%s: activity %s at the time of the fetch", key, a.Action)
		}
	}
	for _, l := range r.links {
		if ids[l.LinkID] {
			t.Errorf("%s: link %s %s twice", key, l.Relation, l.ToKey)
		}
		ids[l.LinkID] = true
	}
}

// TestRecordedItemsEndAtTheObject: for every recorded item the last revision is the tracker's object.
func TestRecordedItemsEndAtTheObject(t *testing.T) {
	n := New(Config{})
	actions, relations, corrections := map[string]int{}, map[string]int{}, map[string]int{}
	items := recordedItems(t)
	revisions := 0
	for _, it := range items {
		r := handle(t, n, it.raw)
		sound(t, it.raw.Key, r)
		revisions += len(r.revisions)
		last := r.last().Item
		if last.Status != it.object.State || last.Title != it.object.Title || !slices.Equal(last.Labels, labelNames(it.object.Labels)) {
			t.Errorf("%s ends as %s %q %q, the object is %s %q %q", it.raw.Key, last.Status, last.Title, last.Labels, it.object.State, it.object.Title, labelNames(it.object.Labels))
		}
		if closed := last.State == event.StateDone || last.State == event.StateDropped; closed != (it.object.State == "closed") {
			t.Errorf("%s ends %s, the object is %s", it.raw.Key, last.State, it.object.State)
		}
		for _, v := range r.revisions {
			if v.Correction {
				corrections[fmt.Sprint(v.Changed)]++
				t.Logf("%s %s at %v (updated %v) %v %q", v.Key, v.Change, v.ValidFrom, it.object.UpdatedAt, v.Changed, v.Item.Labels)
			}
		}
		for _, a := range r.activities {
			actions[a.Action]++
		}
		for _, l := range r.links {
			relations[string(l.Relation)]++
		}
	}
	if len(items) != 878 {
		t.Errorf("%d items, want 878", len(items))
	}
	t.Logf("%d items, %d revisions\nactivities %v\nlinks %v\ncorrections %v", len(items), revisions, actions, relations, corrections)
}

// TestRecordedVersions compares our state as of each capture with the object captured then.
func TestRecordedVersions(t *testing.T) {
	n := New(Config{})
	byNumber := map[int64]result{}
	for _, it := range recordedItems(t) {
		byNumber[it.object.Number] = handle(t, n, it.raw)
	}
	total := 0
	wrong := map[string][]string{}
	recordedLines(t, "github/bitcoin-core-gui/versions.jsonl.gz", func(line []byte) {
		var v struct {
			CapturedAt time.Time `json:"captured_at"`
			Number     int64
			Object     ghObject
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		r, ok := byNumber[v.Number]
		if !ok {
			wrong["not in items"] = append(wrong["not in items"], fmt.Sprint(v.Number))
			return
		}
		total++
		for how, at := range map[string]time.Time{"captured": v.CapturedAt, "updated": v.Object.UpdatedAt} {
			rev := r.at(at)
			if rev == nil {
				wrong[how+" none"] = append(wrong[how+" none"], fmt.Sprint(v.Number))
				continue
			}
			note := func(field, got, want string) {
				if got != want {
					wrong[how+" "+field] = append(wrong[how+" "+field], fmt.Sprintf("#%d at %s (updated %s): ours %s since %s, captured %s", v.Number, v.CapturedAt.Format(time.DateTime), v.Object.UpdatedAt.Format(time.DateTime), got, rev.ValidFrom.Format(time.DateTime), want))
				}
			}
			note("state", rev.Item.Status, v.Object.State)
			note("title", rev.Item.Title, v.Object.Title)
			note("labels", fmt.Sprintf("%q", rev.Item.Labels), fmt.Sprintf("%q", labelNames(v.Object.Labels)))
		}
	})
	for _, k := range slices.Sorted(maps.Keys(wrong)) {
		t.Logf("%s: %d of %d", k, len(wrong[k]), total)
		for _, s := range wrong[k][:min(len(wrong[k]), 40)] {
			t.Log("  ", s)
		}
	}
	_ = cmp.Diff
}
