package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

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

// TestRecordedVersions compares our state as of each capture with the object captured then. It prints where they
// differ, by class, and as of what the object calls its last update, which is often earlier than the change.
func TestRecordedVersions(t *testing.T) {
	n := New(Config{})
	byNumber := map[int64]result{}
	for _, it := range recordedItems(t) {
		byNumber[it.object.Number] = handle(t, n, it.raw)
	}
	total, wrong := 0, map[string]int{}
	recordedLines(t, "github/bitcoin-core-gui/versions.jsonl.gz", func(line []byte) {
		var v struct {
			CapturedAt time.Time `json:"captured_at"`
			Number     int64
			Object     ghObject
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		total++
		for axis, at := range map[string]time.Time{"captured_at": v.CapturedAt, "updated_at": v.Object.UpdatedAt} {
			rev := byNumber[v.Number].at(at)
			if rev == nil {
				t.Errorf("#%d has no revision at %v", v.Number, at)
				continue
			}
			note := func(field, got, want string) {
				if got != want {
					wrong[axis+" "+field]++
					t.Logf("%s: #%d at %s: %s %s since %s, captured %s", axis, v.Number, at.Format(time.DateTime), field, got, rev.ValidFrom.Format(time.DateTime), want)
				}
			}
			note("state", rev.Item.Status, v.Object.State)
			note("title", rev.Item.Title, v.Object.Title)
			note("labels", fmt.Sprintf("%q", rev.Item.Labels), fmt.Sprintf("%q", labelNames(v.Object.Labels)))
		}
	})
	t.Logf("%d captures, of which differ %v", total, wrong)
	if total != 3504 {
		t.Errorf("%d captures, want 3504", total)
	}
	for field, most := range map[string]float64{"state": 0.005, "title": 0.005, "labels": 0.01} {
		if share := float64(wrong["captured_at "+field]) / float64(total); share > most {
			t.Errorf("%s differs in %.2f%% of the captures, at most %.2f%% may", field, 100*share, 100*most)
		}
	}
}
