package ingest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Volatile names the parts of an item's content that change without the item changing, and so are left out of
// its digest. They stay in the record.
type Volatile struct {
	// Drop holds names of members to leave out: "name" anywhere, "parent.name" under that parent only. Arrays
	// between parent and name do not count.
	Drop []string
	// Only holds, by "parent.name" or "name", the members of an object that count.
	Only map[string][]string
}

// Canonical returns JSON in canonical form: members sorted by name, no insignificant space, strings escaped in
// one way, numbers as written, and without the volatile parts. A member that is null is left out: trackers write it
// in one answer and leave it out of another about the same thing.
func Canonical(content []byte, v Volatile) ([]byte, error) {
	c := newCanon(v)
	err := c.whole(content)
	return c.out, err
}

// Digest is the SHA-256, in hex, of the canonical form.
func Digest(content []byte, v Volatile) (string, error) {
	return newCanon(v).digest(content)
}

// digest is [Digest] for one who has many to make: the room for the canonical form is used again.
func (c *canon) digest(content []byte) (string, error) {
	if err := c.whole(content); err != nil {
		return "", err
	}
	sum := sha256.Sum256(c.out)
	return hex.EncodeToString(sum[:]), nil
}

// whole puts a text into out in its canonical form.
func (c *canon) whole(content []byte) error {
	c.out, c.members = slices.Grow(c.out[:0], len(content)), c.members[:0]
	end, ok := c.value(content, space(content, 0), 0, nil, nil)
	if !ok || space(content, end) != len(content) {
		var any json.RawMessage
		err := json.Unmarshal(content, &any)
		return fmt.Errorf("canonical form: %w", cmp.Or(err, errNoJSON))
	}
	return nil
}

// canon writes the canonical form of a text, and checks that it is JSON, in one pass over its bytes: a tree of values would
// cost ten times as much.
type canon struct {
	checker         // of what is left out
	written repeats // of what is not
	out     []byte
	rules   map[string]*rule // by name
	maybe   [256]uint64      // by a name's first byte: the lengths, modulo 64, of names that have a rule
	members []member         // of the objects that are being written, the inner ones last
	sorted  []byte           // where an object's members are put into their order
}

// rule says what is volatile of the members of one name.
type rule struct {
	drop []string            // the parents under which it is left out; "": under all
	only map[string][]string // by parent, "" for all: its own members that count
}

// member is a member as written: where it stands in out, with the comma before it; nowhere, if it is null.
type member struct {
	quoted   []byte // its name as it was written
	form     form
	name     []byte
	from, to int
}

func newCanon(v Volatile) *canon {
	c := &canon{rules: map[string]*rule{}}
	of := func(s string) (parent string, r *rule) {
		parent, name, ok := strings.Cut(s, ".")
		if !ok {
			parent, name = "", s
		}
		if c.rules[name] == nil {
			c.rules[name] = &rule{only: map[string][]string{}}
			c.maybe[name[0]] |= 1 << (len(name) & 63)
		}
		return parent, c.rules[name]
	}
	for _, d := range v.Drop {
		parent, r := of(d)
		r.drop = append(r.drop, parent)
	}
	for k, members := range v.Only {
		parent, r := of(k)
		r.only[parent] = members
	}
	return c
}

// value writes the value at i and returns where it ends. Arrays between an object and its parent do not count.
func (c *canon) value(b []byte, i, depth int, parent []byte, only []string) (end int, ok bool) {
	if i >= len(b) || depth > deepest {
		return i, false
	}
	switch b[i] {
	case '{':
		return c.objectOrRepeat(b, i, depth, parent, only)
	case '[':
		return c.array(b, i, depth+1, parent, only)
	case '"':
		end, f, ok := scanString(b, i)
		return end, ok && c.text(b[i:end], f) == nil
	}
	if end, ok = c.checked(b, i, depth); ok {
		c.out = append(c.out, b[i:end]...)
	}
	return end, ok
}

func (c *canon) array(b []byte, i, depth int, parent []byte, only []string) (end int, ok bool) {
	c.out = append(c.out, '[')
	if i = space(b, i+1); i < len(b) && b[i] == ']' {
		c.out = append(c.out, ']')
		return i + 1, true
	}
	for {
		if i, ok = c.value(b, i, depth, parent, only); !ok {
			return i, false
		}
		if i = space(b, i); i == len(b) || b[i] != ',' && b[i] != ']' {
			return i, false
		}
		c.out = append(c.out, b[i])
		if b[i] == ']' {
			return i + 1, true
		}
		i = space(b, i+1)
	}
}

// objectOrRepeat writes the object at i, if need be by reading it.
func (c *canon) objectOrRepeat(b []byte, i, depth int, parent []byte, only []string) (end int, ok bool) {
	var s *repeat
	var hash uint64
	if only == nil { // what is volatile of it depends on its parent's name alone
		s, hash = c.written.at(b, i, depth, parent)
	}
	if s == nil {
		return c.object(b, i, depth+1, parent, only)
	}
	if s.again(b, i, parent) {
		c.out = append(c.out, s.canonical...)
		return i + len(s.raw), true
	}
	start := len(c.out)
	if end, ok = c.object(b, i, depth+1, parent, only); ok {
		s.keep(hash, b[i:end], parent, c.out[start:])
	}
	return end, ok
}

func (c *canon) object(b []byte, i, depth int, parent []byte, only []string) (end int, ok bool) {
	start, first := len(c.out), len(c.members)
	if i = space(b, i+1); i < len(b) && b[i] == '}' {
		c.out = append(c.out, '{', '}')
		return i + 1, true
	}
	for {
		end, f, ok := scanString(b, i)
		if !ok {
			return i, false
		}
		m := member{quoted: b[i:end], form: f, name: b[i+1 : end-1]}
		if f != 0 {
			var err error
			if m.name, err = unquote(m.quoted); err != nil {
				return i, false
			}
		}
		if i, ok = c.member(b, end, depth, m, parent, only); !ok {
			return i, false
		}
		if i = space(b, i); i == len(b) || b[i] != ',' && b[i] != '}' {
			return i, false
		}
		if b[i] == '}' {
			break
		}
		i = space(b, i+1)
	}
	c.order(start, c.members[first:])
	c.members = c.members[:first]
	if len(c.out) == start {
		c.out = append(c.out, '{')
	}
	c.out[start] = '{' // for the comma before the first member
	c.out = append(c.out, '}')
	return i + 1, true
}

// member writes a member whose name ends at i, unless it is volatile or null, and returns where its value ends.
func (c *canon) member(b []byte, i, depth int, m member, parent []byte, only []string) (end int, ok bool) {
	if i = space(b, i); i == len(b) || b[i] != ':' {
		return i, false
	}
	i = space(b, i+1)
	r := c.rule(m.name)
	if r.leavesOut(parent) || only != nil && !slices.Contains(only, string(m.name)) {
		return c.checked(b, i, depth)
	}
	m.from = len(c.out)
	if i < len(b) && b[i] == 'n' {
		end, ok = c.checked(b, i, depth)
	} else {
		c.out = append(c.out, ',')
		if c.text(m.quoted, m.form) != nil {
			return i, false
		}
		c.out = append(c.out, ':')
		end, ok = c.value(b, i, depth, m.name, r.keeps(parent))
	}
	m.to = len(c.out)
	c.members = append(c.members, m)
	return end, ok
}

// rule returns what is volatile of the members of a name, or nil.
func (c *canon) rule(name []byte) *rule {
	if len(name) == 0 || c.maybe[name[0]]&(1<<(len(name)&63)) == 0 {
		return nil // most names: a look into the map would cost more than all else
	}
	return c.rules[string(name)]
}

func (r *rule) leavesOut(parent []byte) bool {
	if r == nil {
		return false
	}
	for _, under := range r.drop {
		if under == "" || under == string(parent) {
			return true
		}
	}
	return false
}

// keeps returns the members that count of a member under a parent; nil: all.
func (r *rule) keeps(parent []byte) []string {
	if r == nil {
		return nil
	}
	if keep, ok := r.only[string(parent)]; ok {
		return keep
	}
	return r.only[""]
}

// order sorts the members that stand from start on by name; of several of one name the last counts.
func (c *canon) order(start int, members []member) {
	if slices.IsSortedFunc(members, func(a, b member) int { return cmp.Or(bytes.Compare(a.name, b.name), -1) }) {
		return
	}
	for i := 1; i < len(members); i++ { // they are few, and stay in their order where names are equal
		for j := i; j > 0 && bytes.Compare(members[j-1].name, members[j].name) > 0; j-- {
			members[j-1], members[j] = members[j], members[j-1]
		}
	}
	c.sorted = c.sorted[:0]
	for i, m := range members {
		if i+1 == len(members) || !bytes.Equal(m.name, members[i+1].name) {
			c.sorted = append(c.sorted, c.out[m.from:m.to]...)
		}
	}
	c.out = append(c.out[:start], c.sorted...)
}

// text writes a string as Go would, which is as it stands unless something in it is or needs to be escaped.
func (c *canon) text(quoted []byte, f form) error {
	if f&oddly == 0 && (f&wide == 0 || plainWide(quoted)) {
		c.out = append(c.out, quoted...)
		return nil
	}
	s, err := unquote(quoted)
	if err != nil {
		return err
	}
	return c.encode(string(s))
}

func (c *canon) encode(s string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return err
	}
	c.out = append(c.out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	return nil
}

// plainWide says whether Go writes the characters of a text beyond ASCII as they stand: it escapes the separators of lines
// and paragraphs, U+2028 and U+2029, and replaces what is no UTF-8.
func plainWide(s []byte) bool {
	return utf8.Valid(s) && !bytes.Contains(s, []byte("\u2028")) && !bytes.Contains(s, []byte("\u2029"))
}

func unquote(quoted []byte) ([]byte, error) {
	var s string
	err := json.Unmarshal(quoted, &s)
	return []byte(s), err
}
