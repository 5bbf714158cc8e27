package event

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNewDeadLetter(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	header := []Header{{"ce_type", []byte(TypeRaw)}, {"ce_subject", []byte("code/issue/9")}, {"ce_time", []byte("2026-03-04T05:06:07Z")}}
	whole := `{"source":"code","tracker":"github","project":"acme/api","item_id":"code/issue/7","recorded_at":"2026-03-04T05:06:07Z","content":{"a":[1,2]}}`
	tests := []struct {
		name                  string
		m                     Message
		source, project, item string
		at                    time.Time
	}{
		{"whole", Message{Value: []byte(whole)}, "code", "acme/api", "code/issue/7", at},
		{"cut off", Message{Value: []byte(whole[:len(whole)-5])}, "code", "acme/api", "code/issue/7", at},
		{"cut off early", Message{Value: []byte(whole[:50]), Headers: header}, "code", "", "code/issue/9", at},
		{"only headers", Message{Value: []byte("\xff\xfe"), Headers: header}, "", "", "code/issue/9", at},
		{"wrong types", Message{Value: []byte(`{"source":1,"project":{},"item_id":null,"recorded_at":7}`)}, "", "", "", Unknown()},
		{"not an object", Message{Value: []byte(`["source"]`)}, "", "", "", Unknown()},
		{"empty", Message{}, "", "", "", Unknown()},
		{"a year that cannot be stored", Message{Value: []byte(`{"recorded_at":"9999-01-01T00:00:00Z"}`)}, "", "", "", Unknown()},
		{"the subject of a decision is no item", Message{Headers: []Header{{"ce_type", []byte(TypeDecision)}, {"ce_subject", []byte("team/a")}}}, "", "", "", Unknown()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.m.Topic, tt.m.Partition, tt.m.Offset = TopicRaw, 1, 7
			d := NewDeadLetter("normalize", &tt.m, "broken")
			if d.Source != tt.source || d.Project != tt.project || d.ItemID != tt.item || !d.RecordedAt.Equal(tt.at) {
				t.Errorf("got %q %q %q %v", d.Source, d.Project, d.ItemID, d.RecordedAt)
			}
			if d.Topic != TopicRaw || d.Partition != 1 || d.Offset != 7 || d.SizeBytes != len(tt.m.Value) || d.Reason != "broken" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestDeadLetterIDs(t *testing.T) {
	m := Message{Topic: TopicRaw, Partition: 1, Offset: 7, Key: []byte("k"), Value: []byte("nope")}
	id := func(stage string, m Message) string { return NewDeadLetter(stage, &m, "r").Envelope().ID }
	same := m
	same.Time = time.Now()
	if id("a", m) != id("a", same) {
		t.Error("the same record consumed again is another dead letter")
	}
	next, other := m, m
	next.Offset++
	other.Value = []byte("no")
	seen := map[string]bool{id("a", m): true, id("b", m): true, id("a", next): true, id("a", other): true}
	if len(seen) != 4 {
		t.Error("two dead letters have one id")
	}
}

// TestDeadLetterWithoutTime: an event without a time has the least that can be stored, in the envelope too.
func TestDeadLetterWithoutTime(t *testing.T) {
	d := &DeadLetter{Topic: TopicRaw, Key: "k", Stage: "ingest", Reason: "r", SHA256: "ff"}
	m, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header("ce_time"); got != "1970-01-01T00:00:00.000Z" {
		t.Errorf("ce_time %s", got)
	}
}

// TestAnyRecordMakesADeadLetter: whatever the bytes are, the dead letter goes into the log and comes back.
func TestAnyRecordMakesADeadLetter(t *testing.T) {
	big := bytes.Repeat([]byte("\xffx"), HeadBytes)
	d := NewDeadLetter("ingest", &Message{Topic: TopicRaw, Partition: -1, Offset: -1, Key: big, Value: big}, strings.Repeat("é", 4000))
	if len(d.Head) != HeadBytes || d.SizeBytes != len(big) || len(d.Key) > 1024 || len(d.Reason) > 4096 || !utf8.ValidString(d.Reason) {
		t.Errorf("head %d, size %d, key %d, reason %d", len(d.Head), d.SizeBytes, len(d.Key), len(d.Reason))
	}
	rapid.Check(t, func(t *rapid.T) {
		m := Message{
			Topic: TopicRaw, Offset: rapid.Int64Min(0).Draw(t, "offset"),
			Key: rapid.SliceOf(rapid.Byte()).Draw(t, "key"), Value: rapid.SliceOf(rapid.Byte()).Draw(t, "value"),
			Headers: []Header{{"ce_time", []byte(rapid.String().Draw(t, "time"))}},
		}
		d := NewDeadLetter("normalize", &m, rapid.String().Draw(t, "reason"))
		out, err := Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Head) == 0 {
			d.Head = nil
		}
		if diff := cmp.Diff(d, back); diff != "" {
			t.Fatal(diff)
		}
	})
}
