package sink

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

// Values that an event may hold, among them awkward ones.
var (
	anyText  = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a'b\\c", "tab\tnewline\n\x00", "<b>&</b>", "ünï\u2028", `"`, "\\u0000", "NULL", "\ufffd"}))
	someText = rapid.OneOf(rapid.StringN(1, 20, 60), rapid.SampledFrom([]string{"x", "a'b\\c", "日本"}))
	aTime    = rapid.Custom(func(r *rapid.T) time.Time {
		return time.UnixMilli(rapid.Int64Range(1, 9_214_646_399_999).Draw(r, "ms")).UTC()
	})
	someTime = rapid.Ptr(aTime, true)
	texts    = rapid.SliceOfNDistinct(someText, 0, 4, rapid.ID[string])
	aUint32  = rapid.OneOf(rapid.IntRange(0, 1<<32-1), rapid.IntRange(0, 9))
	aUnit    = rapid.Float64Range(0, 1)
	anInt64  = rapid.Int64Range(0, 1<<62)
	aSize    = rapid.Ptr(rapid.Custom(func(r *rapid.T) event.Size {
		return event.Size{Additions: aUint32.Draw(r, "a"), Deletions: aUint32.Draw(r, "d"), Files: aUint32.Draw(r, "f"), Commits: aUint32.Draw(r, "c")}
	}), true)
	someCounts = rapid.Ptr(rapid.Custom(func(r *rapid.T) event.Counts {
		return event.Counts{Subtasks: aUint32.Draw(r, "s"), Links: aUint32.Draw(r, "l"), Comments: aUint32.Draw(r, "c")}
	}), true)
	aJSON = rapid.SampledFrom([]string{`{"a":[1,2.50,{"b":null}],"c":"\u00e9<>"}`, `[]`, `"x"`, `0`, `{}`})
)

func anItem(r *rapid.T) event.Item {
	text := func(n string) string { return anyText.Draw(r, n) }
	return event.Item{
		Kind: rapid.SampledFrom([]event.Kind{event.KindIssue, event.KindIncident, event.KindPullRequest}).Draw(r, "kind"), Type: text("type"),
		Title: text("title"), Body: rapid.Ptr(anyText, true).Draw(r, "body"),
		State:  rapid.SampledFrom([]event.State{event.StateOpen, event.StateInProgress, event.StateDone, event.StateDropped}).Draw(r, "state"),
		Status: text("status"), Priority: text("priority"), Labels: texts.Draw(r, "labels"), Components: texts.Draw(r, "components"),
		Milestone: text("milestone"), Sprint: text("sprint"), Points: rapid.Ptr(rapid.Float64Range(-1e9, 1e9), true).Draw(r, "points"),
		DueAt: someTime.Draw(r, "due"), Author: text("author"), AuthorBot: rapid.Bool().Draw(r, "bot"), Assignees: texts.Draw(r, "assignees"),
		ParentKey: text("parent"), Draft: rapid.Bool().Draw(r, "draft"), Resolution: text("resolution"), Size: aSize.Draw(r, "size"),
		CreatedAt: aTime.Draw(r, "created"), StartedAt: someTime.Draw(r, "started"), MergedAt: someTime.Draw(r, "merged"), ClosedAt: someTime.Draw(r, "closed"),
	}
}

// anEvent draws a valid event of any type.
func anEvent(r *rapid.T) event.Payload {
	id, text := func(n string) string { return someText.Draw(r, n) }, func(n string) string { return anyText.Draw(r, n) }
	at := func(n string) time.Time { return aTime.Draw(r, n) }
	pos := func() int64 { return anInt64.Draw(r, "position") }
	switch rapid.IntRange(0, 9).Draw(r, "type") {
	case 0:
		return &event.Raw{
			Source: id("source"), Tracker: rapid.SampledFrom([]string{"github", "jira"}).Draw(r, "tracker"), Project: id("project"), ItemID: id("item"),
			Key: id("key"), Kind: event.KindIssue, RecordedAt: at("rec"), Digest: id("digest"), Removed: text("removed"), Content: json.RawMessage(aJSON.Draw(r, "content")),
		}
	case 1:
		return &event.Revision{
			ItemID: id("item"), Source: id("source"), Project: id("project"), Key: id("key"), URL: text("url"), Change: id("change"), Observation: id("obs"),
			Seq: aUint32.Draw(r, "seq"), More: rapid.Bool().Draw(r, "more"), ValidFrom: at("valid"), RecordedAt: at("rec"), Position: pos(), Actor: text("actor"),
			Changed: texts.Draw(r, "changed"), Correction: rapid.Bool().Draw(r, "correction"), Inferred: texts.Draw(r, "inferred"), Item: anItem(r),
			Counts: someCounts.Draw(r, "counts"),
		}
	case 2:
		return &event.Activity{
			ActivityID: id("activity"), ItemID: id("item"), Source: id("source"), Project: text("project"), Observation: text("obs"), Person: id("person"),
			IsBot: rapid.Bool().Draw(r, "bot"), Action: id("action"), At: at("at"), RecordedAt: at("rec"), Position: pos(),
		}
	case 3:
		return &event.Link{
			LinkID: id("link"), ItemID: id("item"), Source: id("source"), Project: text("project"), Observation: text("obs"), ToKey: id("to"), ToItem: text("toitem"),
			Relation: event.RelationCloses, ValidFrom: at("valid"), ValidTo: someTime.Draw(r, "to"), RecordedAt: at("rec"), Position: pos(),
		}
	case 4:
		return &event.Tombstone{
			ItemID: id("item"), Source: id("source"), Project: text("project"), Key: text("key"), Observation: text("obs"), Cause: id("cause"),
			ValidFrom: at("valid"), RecordedAt: at("rec"), Position: pos(),
		}
	case 5:
		c := &event.Classification{
			ItemID: id("item"), Change: id("change"), Observation: id("obs"), Seq: aUint32.Draw(r, "seq"), ValidFrom: at("valid"), RecordedAt: at("rec"), Position: pos(),
			More: rapid.Bool().Draw(r, "more"), Ruleset: id("ruleset"), Forced: aUnit.Draw(r, "forced"), Long: aUnit.Draw(r, "long"), Drive: "forced", Horizon: "undetermined", Quadrant: id("quadrant"),
			Category: text("category"), CategorySource: text("catsource"), Property: text("property"), ForcedReason: text("reason"), Confidence: aUnit.Draw(r, "confidence"),
			ClassSource: text("classsource"),
		}
		for range rapid.IntRange(0, 3).Draw(r, "evidence") {
			c.Evidence = append(c.Evidence, event.Evidence{Rule: text("rule"), Because: text("because"), Matched: text("matched"), Forced: aUnit.Draw(r, "f"), Long: -aUnit.Draw(r, "l")})
		}
		return c
	case 6:
		return &event.Decision{
			Kind: id("kind"), ID: id("id"), Body: json.RawMessage(aJSON.Draw(r, "body")), Retracted: rapid.Bool().Draw(r, "retracted"), Author: id("author"),
			Reason: text("reason"), ValidFrom: at("valid"), RecordedAt: at("rec"),
		}
	case 7:
		return &event.DeadLetter{
			Topic: id("topic"), Partition: rapid.IntRange(-1, 100).Draw(r, "partition"), Offset: rapid.Int64Range(-1, 1<<62).Draw(r, "offset"), Key: text("key"),
			Stage: id("stage"), Reason: id("reason"), Source: text("source"), Project: text("project"), ItemID: text("item"), SizeBytes: aUint32.Draw(r, "size"),
			SHA256: id("sha"), Head: rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(r, "head"), RecordedAt: rapid.OneOf(aTime, rapid.Just(event.Unknown())).Draw(r, "rec"),
		}
	case 8:
		return &event.Delivery{
			Source: id("source"), Tracker: rapid.SampledFrom([]string{"github", "jira"}).Draw(r, "tracker"), DeliveryID: id("delivery"), Event: id("event"),
			Action: text("action"), Project: id("project"), ItemID: text("item"), Key: id("key"), Kind: event.KindPullRequest, RecordedAt: at("rec"),
			Body: json.RawMessage(aJSON.Draw(r, "body")),
		}
	}
	return &event.Progress{
		Source: id("source"), Project: text("project"), Kind: id("kind"), Name: text("name"), Value: json.RawMessage(aJSON.Draw(r, "value")), RecordedAt: at("rec"),
	}
}

// someEvents returns n different events, a function of the seed.
func someEvents(t testing.TB, seed, n int) []event.Message {
	t.Helper()
	gen := rapid.Custom(anEvent)
	seen := map[string]bool{}
	var out []event.Message
	for i := 0; len(out) < n; i++ {
		p := gen.Example(seed*1_000_000 + i)
		// The key says which of the events are tellings of one thing: here none.
		key := fmt.Sprintf("item-%d-%d", seed, i)
		switch p := p.(type) {
		case *event.Raw:
			p.ItemID = key
		case *event.Delivery:
			p.DeliveryID = key
		case *event.Revision:
			p.ItemID = key
		case *event.Activity:
			p.ItemID = key
		case *event.Link:
			p.ItemID = key
		case *event.Tombstone:
			p.ItemID = key
		case *event.Classification:
			p.ItemID = key
		case *event.Decision:
			p.ID = key
		case *event.DeadLetter:
			p.Key = key
		case *event.Progress:
			p.Name = key
		}
		m, err := event.Encode(p)
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if id := m.Header("ce_id"); !seen[id] {
			seen[id] = true
			out = append(out, m)
		}
	}
	return out
}

// flat is an event as its table's row should tell it: the JSON's fields, item and size in place of them, times and
// lists as text.
func flat(t testing.TB, m *event.Message) map[string]any {
	t.Helper()
	p, err := event.Decode(m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var in map[string]any
	if err := json.Unmarshal(b, &in); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	var put func(map[string]any)
	put = func(in map[string]any) {
		for k, v := range in {
			if inner, ok := v.(map[string]any); ok && (k == "item" || k == "size" || k == "counts") {
				put(inner)
				continue
			}
			out[k] = v
		}
	}
	put(in)
	switch p := p.(type) {
	case *event.Raw:
		out["raw_id"], out["size_bytes"] = m.Header("ce_id"), float64(len(p.Content))
		delete(out, "content")
	case *event.Delivery:
		out["size_bytes"] = float64(len(p.Body))
		delete(out, "body")
	case *event.Decision:
		out["body"], out["author"] = string(p.Body), event.AuthorAlias(p.Author)
	case *event.Progress:
		out["value"] = string(p.Value)
	case *event.Classification:
		e, _ := json.Marshal(p.Evidence)
		if out["evidence"] = string(e); p.Evidence == nil {
			out["evidence"] = "[]"
		}
	case *event.DeadLetter:
		if delete(out, "head"); p.RecordedAt.Equal(event.Unknown()) {
			delete(out, "recorded_at")
		}
	}
	return out
}

// same compares an event, flat, with a row, and returns what differs. What JSON leaves out is zero or NULL.
func same(want, row map[string]any) []string {
	var out []string
	for k, got := range row {
		w, ok := want[k]
		var equal bool
		switch got := got.(type) {
		case nil:
			equal = !ok
		case time.Time:
			s, _ := w.(string)
			at, err := time.Parse(time.RFC3339Nano, s)
			equal = err == nil && at.Equal(got)
		case bool:
			b, _ := w.(bool)
			equal = b == got
		case string:
			s, _ := w.(string)
			equal = s == got
		case []string:
			list, _ := w.([]any)
			equal = slices.EqualFunc(list, got, func(a any, b string) bool { return a == b })
		default:
			n, _ := w.(float64)
			equal = fmt.Sprint(n) == fmt.Sprint(asFloat(got))
		}
		if !equal {
			out = append(out, fmt.Sprintf("%s is %#v, want %#v", k, got, w))
		}
	}
	for k := range want {
		if _, ok := row[k]; !ok {
			out = append(out, "no column "+k)
		}
	}
	return out
}

func asFloat(v any) float64 {
	switch v := v.(type) {
	case uint32:
		return float64(v)
	case uint64:
		return float64(v)
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}
