package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// FuzzRows finds the same rows and members by the marks of a check as without them, and of a text whose objects came before
// makes the same canonical form as encoding/json does.
func FuzzRows(f *testing.F) {
	for _, s := range []string{
		`[]`, `[1,"a"]`, ` [ {"a":1 , "issue" : {"number":7}, "b":[]} , {"issue":1} , {} , {"issue":2,"a":3} , {"a":1,"issue":2} , [{"x":1}] ] `,
		`[{"issue":1,"a":2,"issue":3}]`, `{"a":[{"b":1}]}`, `[{"a":1},]`, `[{"a":{"b":}}]`, `[{"user":{"seen":1,"a":2}},{"actor":{"seen":1,"a":2}}]`, `[{"head":{"repo":{}}},{"a":{"repo":{}}}]`,
	} {
		f.Add([]byte(s))
	}
	for _, s := range []string{`{"repo":1,"a":2}`, `[{"issue":1,"a":2}]`, `[{"issue":1}]`} {
		f.Add([]byte(s))
	}
	var c checker
	pad := `"pad":"` + strings.Repeat("x", smallestRepeat) + `"`
	warm := newCanon(volatile)
	f.Fuzz(func(t *testing.T, b []byte) {
		if marks, ok := c.list(b); ok {
			sameRows(t, Text{Bytes: b, marks: marks})
		}
		// Objects must be of some length to be kept, and come three times to be found.
		b = bytes.ReplaceAll(b, []byte(`{"`), []byte(`{`+pad+`,"`))
		if json.Valid(b) {
			b = fmt.Appendf(nil, `[{"a":%s,"repo":%[1]s},{"head":%[1]s,"a":%[1]s},%[1]s,%[1]s]`, b)
		}
		for range 2 {
			marks, ok := c.list(b)
			if ok != json.Valid(b) {
				t.Fatalf("%s: valid %v", b, ok)
			}
			if ok {
				sameRows(t, Text{Bytes: b, marks: marks})
			}
		}
		var tree any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		isJSON := json.Valid(b) && d.Decode(&tree) == nil
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(pruned(tree, "", nil)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := warm.whole(b); (err == nil) != isJSON || isJSON && string(warm.out)+"\n" != want.String() {
				t.Fatalf("%s becomes %s, %v; want %s", b, warm.out, err, want.Bytes())
			}
		}
	})
}

func sameRows(t *testing.T, text Text) {
	t.Helper()
	got, err := text.Rows()
	if err != nil {
		if text.marks != nil {
			t.Fatal(err)
		}
		return // no list
	}
	want, err := Text{Bytes: text.Bytes}.Rows()
	if err != nil || len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d: %v", text.Bytes, len(got), len(want), err)
	}
	members := func(r Row) (out []string) {
		if e := r.Members(func(name, value []byte) error { out = append(out, string(name), string(value)); return nil }); e != nil {
			return nil
		}
		return out
	}
	for i := range got {
		if !bytes.Equal(got[i].Raw, want[i].Raw) || !slices.Equal(members(got[i]), members(want[i])) {
			t.Fatalf("%s: row %d is %q, want %q", text.Bytes, i, members(got[i]), members(want[i]))
		}
		before, behind, value, err := got[i].Without("issue")
		rest, _, wanted, werr := want[i].Without("issue")
		var a, b any
		if (err == nil) != (werr == nil) || !bytes.Equal(value, wanted) {
			t.Fatalf("%s: issue is %s, want %s", got[i].Raw, value, wanted)
		}
		if err == nil && (json.Unmarshal(slices.Concat(before, behind), &a) != nil || json.Unmarshal(rest, &b) != nil || fmt.Sprint(a) != fmt.Sprint(b)) {
			t.Fatalf("%s without issue is %s%s, want %s", got[i].Raw, before, behind, rest)
		}
	}
}

// TestRepeatsAreFound makes sure that what is tested above is not just reading everything anew.
func TestRepeatsAreFound(t *testing.T) {
	user := fmt.Sprintf(`{"login":"ana","url":"https://%s"}`, strings.Repeat("x", 300))
	list := fmt.Appendf(nil, `[{"user":%s},{"user":%[1]s},{"user":%[1]s}]`, user)
	var c checker
	marks, ok := c.list(list)
	if s, _ := c.repeats.at([]byte(user), 0, 2, nil); !ok || len(marks) != 6 || !s.again([]byte(user), 0, nil) {
		t.Errorf("%v, %d marks, kept %q", ok, len(marks), s.raw)
	}
	d := newCanon(volatile)
	if err := d.whole(list); err != nil {
		t.Fatal(err)
	}
	parent := []byte("user")
	if s, _ := d.written.at([]byte(user), 0, 2, parent); !s.again([]byte(user), 0, parent) || string(s.canonical) != user || s.again([]byte(user), 0, []byte("actor")) {
		t.Errorf("kept %q under %q", s.raw, s.parent)
	}
	long := []byte("[" + strings.Repeat(`{"a":1},`, mostMarks) + "0]")
	if marks, ok := c.list(long); !ok || marks != nil {
		t.Errorf("%v, %d marks of a list that is too long for them", ok, len(marks))
	}
	if rows, err := (Text{Bytes: long}).Rows(); err != nil || len(rows) != mostMarks+1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
