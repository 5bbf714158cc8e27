package ingest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

// TestStateOfAnyOrder feeds the records of a topic in any order, some twice: the state is that of their own order.
func TestStateOfAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []*event.Progress
		base := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for n := range rapid.IntRange(1, 30).Draw(t, "records") {
			p := &event.Progress{
				Source: "s", Project: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "project"),
				Kind:       rapid.SampledFrom([]string{kindCursor, kindDigest, kindFailure, kindSuccess}).Draw(t, "kind"),
				RecordedAt: base.Add(time.Duration(n) * time.Second),
			}
			switch p.Kind {
			case kindDigest:
				p.Name = rapid.SampledFrom([]string{"i1", "i2"}).Draw(t, "item")
				p.Value, _ = json.Marshal(known{Digest: fmt.Sprint(n), Ref: p.Name[1:], Key: p.Project + p.Name})
			case kindFailure:
				if p.Name = "k"; n%3 > 0 {
					p.Value, _ = json.Marshal(Failure{Reason: fmt.Sprint(n)})
				}
			default:
				p.Value, _ = json.Marshal(n)
			}
			records = append(records, p)
		}
		tell := func(records []*event.Progress) []any {
			s := NewState()
			for _, p := range records {
				s.Apply(p)
			}
			var out []any
			for _, project := range []string{"a", "b"} {
				v, at := s.value("s", project, kindCursor, "")
				out = append(out, string(v), at, s.LastSuccess("s"), s.Failures("s", project))
				for _, ref := range []string{"1", "2"} {
					_, k, here := s.byRef("s", project, ref)
					if !here {
						k = known{}
					}
					i, ok := s.item("s", "i"+ref)
					out = append(out, k.Digest, here, i, ok)
				}
			}
			return out
		}
		want := tell(records)
		shuffled := append(slices.Clone(rapid.Permutation(records).Draw(t, "order")), rapid.SampledFrom(records).Draw(t, "twice"))
		if got := tell(shuffled); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	})
}

// TestStampIsLater lets the clock go back.
func TestStampIsLater(t *testing.T) {
	s := NewState()
	p := &event.Progress{Source: "s", Kind: kindCursor, RecordedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	s.Apply(p)
	if at := s.stamp(keyOf(p), p.RecordedAt.Add(-time.Hour)); !at.After(p.RecordedAt) {
		t.Errorf("stamped %v, not after %v", at, p.RecordedAt)
	}
	if at := s.stamp(keyOf(p), p.RecordedAt.Add(time.Hour+time.Microsecond)); !at.Equal(p.RecordedAt.Add(time.Hour)) {
		t.Errorf("stamped %v", at)
	}
}

// TestForgotten reads a record without a value, and one that cannot be read.
func TestForgotten(t *testing.T) {
	for _, value := range []json.RawMessage{nil, json.RawMessage(`"not an object"`)} {
		s := NewState()
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		v, _ := json.Marshal(known{Digest: "d", Ref: "7"})
		s.Apply(&event.Progress{Source: "s", Project: "p", Kind: kindDigest, Name: "i", Value: v, RecordedAt: at})
		if _, _, ok := s.byRef("s", "p", "7"); !ok {
			t.Fatal("not known at first")
		}
		s.Apply(&event.Progress{Source: "s", Project: "p", Kind: kindDigest, Name: "i", Value: value, RecordedAt: at.Add(1)})
		if _, ok := s.item("s", "i"); ok {
			t.Errorf("after %s it is still known", value)
		}
		if _, _, ok := s.byRef("s", "p", "7"); ok {
			t.Errorf("after %s it is still known by its reference", value)
		}
	}
}
