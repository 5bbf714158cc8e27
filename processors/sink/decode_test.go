package sink

import (
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

// bothRead decodes a message with encoding/json and with the sink's reader, and says how they differ.
func bothRead(m *event.Message) string {
	want, wantErr := event.Decode(m)
	got, gotErr := read(m)
	switch {
	case wantErr == nil && storable(want) != nil:
		return ""
	case (wantErr == nil) != (gotErr == nil):
		return "encoding/json says " + errText(wantErr) + ", the sink's reader " + errText(gotErr)
	case wantErr != nil:
		return ""
	}
	return cmp.Diff(want, got)
}

func errText(err error) string {
	if err == nil {
		return "nothing"
	}
	return err.Error()
}

// TestDecodeLikeEncodingJSON: the fast reader of JSON takes and refuses what encoding/json does.
func TestDecodeLikeEncodingJSON(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, ` `, "\n", "\x00", "\x01", `null`, `true`, `-`, `0`, `1e400`, `1.5`, `-1`, `99999999999999999999`,
		`\ud800`, `\u12`, `\u0041`, `"x":1,`, `"item_id":"dup",`, `"ITEM_ID":"case",`, "\xff", `é`, `/**/`, `NaN`, `[[[[`, `""`,
	})
	rapid.Check(t, func(r *rapid.T) {
		m, err := event.Encode(anEvent(r))
		if err != nil {
			r.Fatal(err)
		}
		if diff := bothRead(&m); diff != "" {
			r.Fatalf("%s\n%s", m.Value, diff)
		}
		for range rapid.IntRange(1, 3).Draw(r, "changes") {
			at := rapid.IntRange(0, len(m.Value)).Draw(r, "at")
			until := rapid.IntRange(at, min(len(m.Value), at+3)).Draw(r, "until")
			m.Value = []byte(string(m.Value[:at]) + pieces.Draw(r, "piece") + string(m.Value[until:]))
		}
		if diff := bothRead(&m); diff != "" {
			r.Fatalf("%q\n%s", m.Value, diff)
		}
	})
}

func headersOf(typ string) []event.Header {
	return []event.Header{{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte(typ)}}
}

// valid is a revision with a place for one more member.
const valid = `{"item_id":"i","source":"s","project":"p","key":"k","change":"c","observation":"o","valid_from":"2026-01-01T00:00:00Z",` +
	`"recorded_at":"2026-01-01T00:00:00Z","item":{"kind":"issue","state":"open","created_at":"2026-01-01T00:00:00Z"`

func TestDecodeAwkward(t *testing.T) {
	for _, tail := range []string{
		`}}`, `}} `, `}}x`, `}}{}`, `}`, `,}}`, `},"seq":1.0}`, `},"seq":1e2}`, `},"seq":"1"}`, `},"seq":9223372036854775808}`, `},"seq":null}`, `},"seq":01}`, `},"seq":-}`,
		`},"seq":+1}`, `},"unknown":{"deep":[1,2,{"x":[]}]}}`, `},"unknown":[1,]}`, `},"unknown":tru}`, `},"unknown":"\x"}`, `},"unknown":"` + "\n" + `"}`,
		`,"title":"\ud800"}}`, `,"title":"\ud83d\ude00"}}`, `,"title":"a\u0000b"}}`, `,"title":null}}`, `,"title":1}}`, `,"TITLE":"case"}}`, `,"Title":"a","title":"b"}}`,
		`,"labels":["a",null]}}`, `,"labels":null}}`, `,"labels":{}}}`, `,"labels":"a"}}`, `,"points":1e400}}`, `,"points":1E+2}}`, `,"points":.5}}`, `,"points":-0}}`, `,"points":1.}}`,
		`,"body":null}}`, `,"body":""}}`, `,"size":null}}`, `,"size":{}}}`, `,"size":[]}}`, `,"due_at":null}}`, `,"due_at":""}}`, `,"due_at":"2026-13-01T00:00:00Z"}}`,
		`,"due_at":"2026-01-01T00:00:00+02:00"}}`, `,"due_at":5}}`, `,"draft":"true"}}`, `,"draft":null}}`, `},"unknown":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		`},"unknown":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`, `},"unknown":1e}`, `},"unknown":-01}`, `},"unknown":0x1}`, `},"unknown":nul}`, `},"unknown":"\u00zz"}`,
		"},\"unknown\":\"\t\"}", "},\"un\tknown\":1}", `},"unknown":{"a" 1}}`, `},"unknown":{1:1}}`, `},unknown:1}`, `},"seq":1 2}`,
	} {
		m := event.Message{Value: []byte(valid + tail), Headers: headersOf(event.TypeRevision)}
		if diff := bothRead(&m); diff != "" {
			t.Errorf("…%s\n%s", tail[:min(len(tail), 60)], diff)
		}
	}
	for _, typ := range []string{event.TypeRaw, event.TypeDecision, event.TypeProgress, event.TypeDeadLetter} {
		for _, v := range []string{`null`, `{}`, `[]`, ``, ` `, `{"content":nul}`, `{"content":{"a":1,}}`, `{"content":"\x"}`, `{"head":"!"}`, `{"head":"AA=="}`, `{"head":"AA"}`, `{"value":01}`} {
			p := event.New(typ)
			var want, got any = event.New(typ), p
			wantErr, gotErr := stdjson.Unmarshal([]byte(v), want), unmarshal([]byte(v), got)
			if (wantErr == nil) != (gotErr == nil) || wantErr == nil && !reflect.DeepEqual(want, got) {
				t.Errorf("%s %s: encoding/json %v, %v; the sink's reader %v, %v", typ, v, want, wantErr, got, gotErr)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for i := range 20 {
		m, err := event.Encode(rapid.Custom(anEvent).Example(i))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m.Header("ce_type"), m.Value)
	}
	f.Fuzz(func(t *testing.T, typ string, value []byte) {
		m := event.Message{Value: value, Headers: headersOf(typ)}
		if diff := bothRead(&m); diff != "" {
			t.Errorf("%q\n%s", value, diff)
		}
	})
}
