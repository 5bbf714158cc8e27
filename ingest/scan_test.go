package ingest

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzScan takes JSON apart as encoding/json does, and survives what is none.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`[]`, `[1,"a\\\"]",{"b":[{}]}, null ]`, ` {"a":1 , "issue" : {"number":7,"x":"}"},"b":"\\"}`, `{"issue":{}}`, `{"issue":1,"a":2,"issue":3}`, `{"a":2,"issue":3}`,
		`[`, `[1 2]`, `{"a"}`, `{"a":}`, `{"`, `["\`, `{`, `[{]`, `{:1}`, `[,]`, `{"a":1,}`,
	} {
		f.Add([]byte(s))
	}
	for _, s := range []string{`-0.5e+7`, `01`, `1.`, `1e`, `-`, `"\u00eg"`, `"\u00e9\/"`, "\"\t\"", `"\x"`, `tru`, `true false`, ``, ` null `, `[1.0,-2,3E-1]`} {
		f.Add([]byte(s))
	}
	var c checker // remembers what it saw
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := c.valid(b); got != json.Valid(b) {
			t.Fatalf("%q: valid %v, want %v", b, got, json.Valid(b))
		}
		elements, err := Elements(b)
		members := map[string]json.RawMessage{}
		merr := Members(b, func(name, value []byte) error { members[string(name)] = value; return nil })
		rest, value, werr := Without(b, "issue")
		if !json.Valid(b) || (bytes.IndexByte(b, '\\') >= 0 || !utf8.Valid(b)) && json.Unmarshal(b, &map[string]any{}) == nil {
			return // names are compared as they are written
		}
		var array []json.RawMessage
		if json.Unmarshal(b, &array) == nil && array != nil {
			if err != nil || len(elements) != len(array) {
				t.Fatalf("%s: %d elements, want %d: %v", b, len(elements), len(array), err)
			}
			for i := range array {
				if !bytes.Equal(array[i], elements[i]) {
					t.Fatalf("%s: element %d is %s, want %s", b, i, elements[i], array[i])
				}
			}
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(b, &object) == nil && object != nil {
			if merr != nil || werr != nil || len(members) != len(object) {
				t.Fatalf("%s: %d members, want %d: %v, %v", b, len(members), len(object), merr, werr)
			}
			for n, v := range object {
				if !bytes.Equal(members[n], v) {
					t.Fatalf("%s: member %s is %s, want %s", b, n, members[n], v)
				}
			}
			if !bytes.Equal(value, object["issue"]) {
				t.Fatalf("%s: issue is %s, want %s", b, value, object["issue"])
			}
			var left map[string]json.RawMessage
			if err := json.Unmarshal(rest, &left); err != nil {
				t.Fatalf("%s without issue is %s: %v", b, rest, err)
			}
			delete(object, "issue")
			if len(left) != len(object) {
				t.Fatalf("%s without issue is %s", b, rest)
			}
		}
	})
}
