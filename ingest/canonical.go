package ingest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	if !valid(content) {
		var any json.RawMessage
		err := json.Unmarshal(content, &any)
		return nil, fmt.Errorf("canonical form: %w", cmp.Or(err, errors.New("no JSON")))
	}
	c := newCanon(v, len(content))
	if err := c.write(content[space(content, 0):], nil, nil); err != nil {
		return nil, fmt.Errorf("canonical form: %w", err)
	}
	return c.out, nil
}

// Digest is the SHA-256, in hex, of the canonical form.
func Digest(content []byte, v Volatile) (string, error) {
	b, err := Canonical(content, v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// canon writes the canonical form of valid JSON, from the bytes: a tree of values would cost ten times as much.
type canon struct {
	out     []byte
	drop    map[string][]string            // by name: under which parents it is left out; "": under all
	only    map[string]map[string][]string // by name, then parent, "" for all: its members that count
	members []member                       // of the objects that are being written, the inner ones last
}

type member struct{ name, value []byte }

func newCanon(v Volatile, size int) *canon {
	c := &canon{out: make([]byte, 0, size), drop: map[string][]string{}, only: map[string]map[string][]string{}}
	split := func(s string) (parent, name string) {
		parent, name, ok := strings.Cut(s, ".")
		if !ok {
			return "", s
		}
		return parent, name
	}
	for _, d := range v.Drop {
		parent, name := split(d)
		c.drop[name] = append(c.drop[name], parent)
	}
	for k, members := range v.Only {
		parent, name := split(k)
		if c.only[name] == nil {
			c.only[name] = map[string][]string{}
		}
		c.only[name][parent] = members
	}
	return c
}

func (c *canon) write(v, parent []byte, only []string) error {
	switch v[0] {
	case '{':
		return c.object(v, parent, only)
	case '[':
		c.out = append(c.out, '[')
		n := 0
		err := parts(v, '[', ']', func(_, _, from, to int) error {
			if n++; n > 1 {
				c.out = append(c.out, ',')
			}
			return c.write(v[from:to], parent, only)
		})
		c.out = append(c.out, ']')
		return err
	case '"':
		return c.text(v)
	}
	c.out = append(c.out, v[:valueEnd(v, 0)]...)
	return nil
}

func (c *canon) object(v, parent []byte, only []string) error {
	begin := len(c.members)
	err := parts(v, '{', '}', func(_, name, from, to int) error {
		n, err := unquote(v[name:nameEnd(v, name)])
		if err == nil && c.counts(n, parent, only) {
			c.insert(begin, member{n, v[from:to]})
		}
		return err
	})
	if err != nil {
		return err
	}
	end := len(c.members)
	c.out = append(c.out, '{')
	first := true
	for i := begin; i < end; i++ {
		m := c.members[i]
		if m.value[0] == 'n' {
			continue
		}
		if !first {
			c.out = append(c.out, ',')
		}
		first = false
		if err := c.name(m.name); err != nil {
			return err
		}
		c.out = append(c.out, ':')
		var keep []string
		if of := c.only[string(m.name)]; of != nil {
			var ok bool
			if keep, ok = of[string(parent)]; !ok {
				keep = of[""]
			}
		}
		if err := c.write(m.value, m.name, keep); err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	c.members = c.members[:begin]
	return nil
}

// insert puts a member into its place by name among those from begin on; of two of one name the last counts.
func (c *canon) insert(begin int, m member) {
	i := len(c.members)
	c.members = append(c.members, m)
	for ; i > begin; i-- {
		n := bytes.Compare(c.members[i-1].name, m.name)
		if n == 0 {
			c.members[i-1].value = m.value
			c.members = append(c.members[:i], c.members[i+1:]...)
			return
		}
		if n < 0 {
			break
		}
		c.members[i] = c.members[i-1]
	}
	c.members[i] = m
}

// counts says whether a member is a part of the content.
func (c *canon) counts(name, parent []byte, only []string) bool {
	for _, under := range c.drop[string(name)] {
		if under == "" || under == string(parent) {
			return false
		}
	}
	return only == nil || slices.Contains(only, string(name))
}

func (c *canon) name(n []byte) error {
	if plain(n) {
		c.out = append(append(append(c.out, '"'), n...), '"')
		return nil
	}
	return c.encode(string(n))
}

// text writes a string as Go would, which is as it stands unless something in it is or needs to be escaped.
func (c *canon) text(quoted []byte) error {
	end := nameEnd(quoted, 0)
	if plain(quoted[1 : end-1]) {
		c.out = append(c.out, quoted[:end]...)
		return nil
	}
	s, err := unquote(quoted[:end])
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

// plain says whether a string's text is the same within JSON and without, in every way of writing it.
func plain(s []byte) bool {
	ascii := true
	for _, b := range s {
		if b < ' ' || b == '\\' || b == '"' {
			return false
		}
		if b >= utf8.RuneSelf {
			ascii = false
		}
	}
	// Go escapes the separators of lines and paragraphs, U+2028 and U+2029.
	return ascii || utf8.Valid(s) && !bytes.Contains(s, []byte("\u2028")) && !bytes.Contains(s, []byte("\u2029"))
}

func unquote(quoted []byte) ([]byte, error) {
	if len(quoted) < 2 {
		return nil, errNoJSON
	}
	if inner := quoted[1 : len(quoted)-1]; plain(inner) {
		return inner, nil
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return []byte(s), err
}
