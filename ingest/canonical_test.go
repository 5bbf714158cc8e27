package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var volatile = Volatile{Drop: []string{"seen", "head.repo"}, Only: map[string][]string{"source.issue": {"id"}}}

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{` { "b" : 1.0, "a":[ {"z":null,"y":"\u00e9<"} ] } `, `{"a":[{"y":"é<"}],"b":1.0}`},
		{`{"a":null,"b":[null,{"c":null}]}`, `{"b":[null,{}]}`},
		{`{"id":12345678901234567890,"x":1e3}`, `{"id":12345678901234567890,"x":1e3}`},
		{`{"seen":1,"a":{"seen":2,"b":[{"seen":3}]}}`, `{"a":{"b":[{}]}}`},
		{`{"head":{"repo":{"x":1},"ref":"r"},"repo":1}`, `{"head":{"ref":"r"},"repo":1}`},
		{`{"source":{"issue":{"id":1,"title":"t"}},"issue":{"id":2,"title":"t"}}`, `{"issue":{"id":2,"title":"t"},"source":{"issue":{"id":1}}}`},
	} {
		got, err := Canonical([]byte(c.in), volatile)
		if err != nil || string(got) != c.want {
			t.Errorf("%s becomes %s, %v; want %s", c.in, got, err, c.want)
		}
	}
	for _, bad := range []string{``, `{`, `{} {}`, `[1,]`} {
		if got, err := Canonical([]byte(bad), volatile); err == nil {
			t.Errorf("%q becomes %s", bad, got)
		}
	}
}

// TestDigestIsOfTheContent writes random trees in random ways: the digest is the same whatever the order, the
// space, the escapes and the volatile parts, and another when anything else differs.
func TestDigestIsOfTheContent(t *testing.T) {
	name := rapid.StringMatching(`[a-d]|é|"|<|repo|head|issue|source`)
	var tree func(depth int) *rapid.Generator[any]
	tree = func(depth int) *rapid.Generator[any] {
		scalar := rapid.OneOf(rapid.Map(rapid.String(), func(s string) any { return strings.ToValidUTF8(s, "") }),
			rapid.Map(rapid.Int(), func(n int) any { return json.Number(fmt.Sprint(n)) }), rapid.Just[any](nil), rapid.Just[any](true))
		if depth == 0 {
			return scalar
		}
		return rapid.OneOf(scalar, rapid.Map(rapid.MapOfN(name, tree(depth-1), 0, 4), func(m map[string]any) any { return m }),
			rapid.Map(rapid.SliceOfN(tree(depth-1), 0, 3), func(l []any) any { return l }))
	}
	rapid.Check(t, func(t *rapid.T) {
		v := map[string]any{"root": tree(3).Draw(t, "tree")}
		var written, want bytes.Buffer
		loosely(&written, v, true, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "way"), 1)))
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(pruned(v, "", nil)); err != nil {
			t.Fatal(err)
		}
		if got, err := Canonical(written.Bytes(), volatile); err != nil || string(got)+"\n" != want.String() {
			t.Fatalf("%s becomes %s, want %s", written.Bytes(), got, want.Bytes())
		}
		seed := rapid.Uint64().Draw(t, "seed")
		digest := func(v any, noise bool, seed uint64) string {
			var b bytes.Buffer
			loosely(&b, v, noise, rand.New(rand.NewPCG(seed, 1)))
			d, err := Digest(b.Bytes(), volatile)
			if err != nil {
				t.Fatalf("%s: %v", b.Bytes(), err)
			}
			return d
		}
		digested := digest(v, false, 0)
		if digest(v, true, seed) != digested {
			t.Fatal("another way of writing has another digest")
		}
		v["other"] = "x"
		if digest(v, true, seed) == digested {
			t.Fatal("another content has the same digest")
		}
	})
}

// pruned is a tree without what is volatile in it.
func pruned(v any, parent string, only []string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for n, m := range v {
			if m == nil || n == "seen" || parent+"."+n == "head.repo" || only != nil && !slices.Contains(only, n) {
				continue
			}
			out[n] = pruned(m, n, volatile.Only[parent+"."+n])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = pruned(e, parent, only)
		}
		return out
	}
	return v
}

// loosely writes JSON in one of many ways.
func loosely(b *bytes.Buffer, v any, noise bool, r *rand.Rand) {
	space := func() {
		if noise {
			b.WriteString([]string{"", " ", "\n\t"}[r.IntN(3)])
		}
	}
	space()
	switch v := v.(type) {
	case map[string]any:
		var members []string
		for n, e := range v {
			var one bytes.Buffer
			loosely(&one, n, noise, r)
			one.WriteByte(':')
			loosely(&one, e, noise, r)
			members = append(members, one.String())
		}
		if noise {
			members = append(members, fmt.Sprintf(`"seen":%d`, r.Int()))
			r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		}
		b.WriteString("{" + strings.Join(members, ",") + "}")
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			loosely(b, e, noise, r)
		}
		b.WriteByte(']')
	case string:
		if !noise || r.IntN(2) == 0 {
			j, _ := json.Marshal(v)
			b.Write(j)
			break
		}
		b.WriteByte('"')
		for _, c := range v {
			if c > 0xffff {
				b.WriteRune(c)
			} else {
				fmt.Fprintf(b, `\u%04x`, c)
			}
		}
		b.WriteByte('"')
	default:
		j, _ := json.Marshal(v)
		b.Write(j)
	}
	space()
}

func BenchmarkDigest(b *testing.B) {
	var item bytes.Buffer
	item.WriteString(`{"timeline":[`)
	for n := range 22 {
		if n > 0 {
			item.WriteByte(',')
		}
		fmt.Fprintf(&item, `{"id":%d,"event":"labeled","actor":{"login":"ana","id":11,"type":"User","avatar_url":"https://a.example/1?v=4","url":"https://api.example/users/ana"},"created_at":"2026-03-01T08:00:00Z","label":{"name":"l%d","color":"ffffff"}}`, n, n)
	}
	item.WriteString(`]}`)
	b.SetBytes(int64(item.Len()))
	for b.Loop() {
		if _, err := Digest(item.Bytes(), volatile); err != nil {
			b.Fatal(err)
		}
	}
}
