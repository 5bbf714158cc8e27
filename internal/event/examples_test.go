package event

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write an example of a type that has none yet")

func ptr[T any](v T) *T { return &v }

// examples has one payload of every type with every field filled; testdata keeps what they looked like when
// the type was made, for ever.
func examples() []Payload {
	t0 := time.Date(2026, 3, 4, 5, 6, 7, 890e6, time.UTC)
	t1 := t0.Add(time.Hour)
	return []Payload{
		&Raw{"code", "github", "acme/api", "code/issue/7", "acme/api#12", KindIssue, t1, "d1", "", json.RawMessage(`{"issue":{"number":12}}`)},
		&Delivery{
			"code", "github", "72d3162e-cc78-11e3-81ab-4c9367dc0958", "issues", "edited", "acme/api", "code/issue/7", "acme/api#12", KindIssue, t1,
			json.RawMessage(`{"action":"edited"}`),
		},
		&Revision{
			ItemID: "code/issue/7", Source: "code", Project: "acme/api", Key: "acme/api#12", URL: "https://example.org/12",
			Change: "event/5", Observation: "raw-1", Seq: 2, ValidFrom: t0, RecordedAt: t1, Position: 9, Actor: "pa",
			Changed: []string{"labels"}, Correction: true, Inferred: []string{"body"}, Nearest: &Nearest{Body: ptr("text"), Size: &Size{1, 2, 3, 4}},
			Item: Item{
				Kind: KindPullRequest, Type: "Bug", Title: "Crash", Body: ptr("text"), State: StateDone, Status: "closed", Priority: "High",
				Labels: []string{"bug"}, Components: []string{"db"}, Milestone: "1.0", Sprint: "S1", Points: ptr(3.0), DueAt: &t1, Author: "pa",
				AuthorBot: true, Assignees: []string{"pb"}, ParentKey: "acme/api#1", Draft: true, Resolution: "Fixed", Size: &Size{1, 2, 3, 4},
				CreatedAt: t0, StartedAt: &t0, MergedAt: &t1, ClosedAt: &t1,
			},
		},
		&Activity{"act-1", "code/issue/7", "code", "acme/api", "raw-1", "pa", true, "commented", t0, t1, 9},
		&Link{"lnk-1", "code/issue/7", "code", "acme/api", "raw-1", "OPS-1", "tracker/issue/1", RelationCloses, t0, &t1, t1, 9},
		&Tombstone{"code/issue/7", "code", "acme/api", "acme/api#12", "raw-2", "deleted", t0, t1, 10},
		&Classification{
			"code/issue/7", "event/5", "raw-1", 2, t0, t1, 9, false, "r1", 0.9, 0.1, "forced", "short", "forced_short", "platform_quality",
			"property", "reliability", "outage", "", 0.8, "rules",
			[]Evidence{{"outage", "an outage", "down", 2, -1}},
		},
		&Decision{"team", "compute", json.RawMessage(`{"name":"Compute"}`), false, "ana", "first", t0, t1},
		&DeadLetter{TopicRaw, 1, 2, "code/issue/7", "normalize", "not JSON", "code", "acme/api", "code/issue/7", 4, "ff", []byte("nope"), t1},
		&Directory{"code", "github", "team", "acme/compute", t1, "d2", json.RawMessage(`{"team":{"slug":"compute"}}`)},
		&Progress{"code", "acme/api", "cursor", "issues", json.RawMessage(`"2026-01-01T00:00:00Z"`), t1},
	}
}

// TestExamplesReplay reads every example that was ever recorded: old events replay for ever.
func TestExamplesReplay(t *testing.T) {
	for _, want := range examples() {
		m, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		typ := want.Envelope().Type
		file := filepath.Join("testdata", "v1", strings.TrimSuffix(strings.TrimPrefix(typ, "workmix."), ".v1")+".json")
		if _, err := os.Stat(file); os.IsNotExist(err) && *update {
			if err := os.WriteFile(file, append(m.Value, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		old, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v (a new type: run go test -update)", err)
		}
		got, err := Decode(&Message{Headers: m.Headers, Value: old})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s reads otherwise than it was written (-written +read):\n%s", file, d)
		}
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	for _, p := range examples() {
		a, err := Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := Encode(p)
		if d := cmp.Diff(a, b); d != "" {
			t.Errorf("%T: %s", p, d)
		}
		if a.Header("ce_id") == "" || a.Header("ce_time") == "" || len(a.Key) == 0 {
			t.Errorf("%T: incomplete envelope %v", p, a.Headers)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for _, p := range examples() {
		blank := New(p.Envelope().Type)
		if err := blank.Validate(); err == nil || !strings.Contains(err.Error(), "field ") {
			t.Errorf("%T: a blank one gives %v, want an error that names a field", p, err)
		}
	}
	r := examples()[0].(*Raw)
	r.RecordedAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "recorded_at") {
		t.Errorf("year 9999: %v", err)
	}
}

func TestEncodeRefusesTooLarge(t *testing.T) {
	r := examples()[0].(*Raw)
	r.Content = json.RawMessage(`"` + strings.Repeat("x", MaxRecordBytes) + `"`)
	if _, err := Encode(r); err == nil || !strings.Contains(err.Error(), "16 MiB") {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode: whatever stands in the log, Decode returns a valid payload or an error, and what it accepts it
// can write again.
func FuzzDecode(f *testing.F) {
	for _, p := range examples() {
		m, _ := Encode(p)
		f.Add(p.Envelope().Type, m.Value)
	}
	f.Add("workmix.nothing.v1", []byte(`{}`))
	f.Fuzz(func(t *testing.T, typ string, value []byte) {
		m := Message{Value: value, Headers: []Header{{"ce_specversion", []byte("1.0")}, {"ce_type", []byte(typ)}}}
		p, err := Decode(&m)
		if err != nil {
			return
		}
		again, err := Encode(p)
		if err != nil {
			t.Fatalf("decoded but not encodable: %v", err)
		}
		if _, err := Decode(&again); err != nil {
			t.Fatalf("encoded but not decodable: %v", err)
		}
	})
}

func TestIDs(t *testing.T) {
	if a, b := hash(32, "ab", "c"), hash(32, "a", "bc"); a == b {
		t.Error("parts run into each other")
	}
	if Pseudonym("code", "") != "ghost" || Pseudonym("code", "1") == Pseudonym("tracker", "1") {
		t.Error("pseudonyms")
	}
}
