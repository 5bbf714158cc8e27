package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
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
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("canonical form: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("canonical form: something follows the JSON value")
	}
	c := canon{out: bytes.NewBuffer(make([]byte, 0, len(content))), only: v.Only, drop: make(map[string]bool, len(v.Drop))}
	for _, d := range v.Drop {
		c.drop[d] = true
	}
	c.enc = json.NewEncoder(c.out)
	c.enc.SetEscapeHTML(false)
	if err := c.write(tree, "", nil); err != nil {
		return nil, err
	}
	return c.out.Bytes(), nil
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

type canon struct {
	out  *bytes.Buffer
	enc  *json.Encoder
	drop map[string]bool
	only map[string][]string
}

func (c *canon) write(v any, parent string, only []string) error {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for n, m := range v {
			if m != nil && !c.drop[n] && (parent == "" || !c.drop[parent+"."+n]) && (only == nil || slices.Contains(only, n)) {
				names = append(names, n)
			}
		}
		slices.Sort(names)
		c.out.WriteByte('{')
		for i, n := range names {
			if i > 0 {
				c.out.WriteByte(',')
			}
			if err := c.scalar(n); err != nil {
				return err
			}
			c.out.WriteByte(':')
			keep, ok := c.only[parent+"."+n]
			if !ok {
				keep = c.only[n]
			}
			if err := c.write(v[n], n, keep); err != nil {
				return err
			}
		}
		c.out.WriteByte('}')
	case []any:
		c.out.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				c.out.WriteByte(',')
			}
			if err := c.write(e, parent, only); err != nil {
				return err
			}
		}
		c.out.WriteByte(']')
	default:
		return c.scalar(v)
	}
	return nil
}

func (c *canon) scalar(v any) error {
	if err := c.enc.Encode(v); err != nil {
		return fmt.Errorf("canonical form: %w", err)
	}
	c.out.Truncate(c.out.Len() - 1) // the encoder's newline
	return nil
}
