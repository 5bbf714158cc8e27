package ingest

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// checker says whether texts are JSON, as [encoding/json.Valid] does, in a fraction of the time: every answer of a tracker is
// checked, since some break off or are no JSON at all. The zero value is ready.
type checker struct {
	repeats repeats
	noted   int // how deep it notes where parts stand
	marks   []mark
}

// list is valid, and notes where the rows of a list and their members stand; nil: that was not noted.
func (c *checker) list(b []byte) (marks []mark, ok bool) {
	c.marks = c.marks[:0]
	if i := space(b, 0); i < len(b) && b[i] == '[' {
		c.noted = rowsAndMembers
	}
	ok = c.valid(b)
	c.noted = 0
	if !ok || len(c.marks) == 0 {
		return nil, ok
	}
	return slices.Clone(c.marks), true
}

const rowsAndMembers = 2

// note keeps a mark, of a row behind those of its members.
func (c *checker) note(name, nameEnd, from, to int) {
	if len(c.marks) == mostMarks {
		c.noted, c.marks = 0, c.marks[:0]
		return
	}
	c.marks = append(c.marks, mark{uint32(from), uint32(to), uint32(name), uint32(nameEnd)}) //nolint:gosec // see mark
}

func (c *checker) valid(b []byte) bool {
	i, ok := c.checked(b, space(b, 0), 0)
	return ok && space(b, i) == len(b)
}

const deepest = 10_000 // as encoding/json

// checked returns where the value at i ends.
func (c *checker) checked(b []byte, i, depth int) (end int, ok bool) {
	if i >= len(b) || depth > deepest {
		return i, false
	}
	switch b[i] {
	case '{':
		s, hash := c.repeats.at(b, i, depth, nil)
		if s == nil || depth < c.noted {
			return c.parts(b, i, depth+1, '}', true)
		}
		if s.again(b, i, nil) {
			return i + len(s.raw), true
		}
		if end, ok = c.parts(b, i, depth+1, '}', true); ok {
			s.keep(hash, b[i:end], nil, nil)
		}
		return end, ok
	case '[':
		return c.parts(b, i, depth+1, ']', false)
	case '"':
		return checkedString(b, i)
	case 't':
		return literal(b, i, "true")
	case 'f':
		return literal(b, i, "false")
	case 'n':
		return literal(b, i, "null")
	}
	return checkedNumber(b, i)
}

func (c *checker) parts(b []byte, i, depth int, closing byte, named bool) (int, bool) {
	if i = space(b, i+1); i < len(b) && b[i] == closing {
		return i + 1, true
	}
	for {
		var ok bool
		name, nameEnd := 0, 0
		if named {
			name = i + 1
			if i, ok = checkedString(b, i); !ok {
				return i, false
			}
			nameEnd = i - 1
			if i = space(b, i); i == len(b) || b[i] != ':' {
				return i, false
			}
			i = space(b, i+1)
		}
		from := i
		if i, ok = c.checked(b, i, depth); !ok {
			return i, false
		}
		if depth <= c.noted && (named || depth == 1) {
			c.note(name, nameEnd, from, i)
		}
		switch i = space(b, i); {
		case i == len(b):
			return i, false
		case b[i] == closing:
			return i + 1, true
		case b[i] != ',':
			return i, false
		}
		i = space(b, i+1)
	}
}

func checkedString(b []byte, i int) (int, bool) {
	end, _, ok := scanString(b, i)
	return end, ok
}

// form says how a string is written: its bits.
type form uint8

const (
	escaped form = 1 << iota // with escapes, all of them such as Go writes them too
	oddly                    // with other escapes
	wide                     // with characters beyond ASCII
)

// scanString returns where the string at i ends, behind its quote, and how it is written.
func scanString(b []byte, i int) (end int, f form, ok bool) {
	if i >= len(b) || b[i] != '"' {
		return i, f, false
	}
	for i++; i < len(b); {
		for i+8 <= len(b) { // eight bytes at a time, most of which are just text
			w := binary.LittleEndian.Uint64(b[i:])
			if stops(w) {
				break
			}
			if w&highBits != 0 {
				f |= wide
			}
			i += 8
		}
		if i == len(b) {
			break
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, f, true
		case c < ' ':
			return i, f, false
		case c >= utf8.RuneSelf:
			f |= wide
		case c == '\\':
			f |= escaped
			i++
			if i == len(b) {
				return i, f, false
			}
			switch b[i] {
			case '"', '\\', 'n', 'r', 't':
			case '/', 'b', 'f':
				f |= oddly
			case 'u':
				f |= oddly
				for range 4 {
					if i++; i == len(b) || !hexDigit(b[i]) {
						return i, f, false
					}
				}
			default:
				return i, f, false
			}
		}
		i++
	}
	return i, f, false
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// stops says whether one of eight bytes is a quote, a backslash or a control character.
func stops(w uint64) bool {
	zero := func(x uint64) uint64 { return (x - lowBits) &^ x }
	return ((w-' '*lowBits)&^w|zero(w^'"'*lowBits)|zero(w^'\\'*lowBits))&highBits != 0
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func literal(b []byte, i int, word string) (int, bool) {
	end := i + len(word)
	return end, end <= len(b) && string(b[i:end]) == word
}

func checkedNumber(b []byte, i int) (int, bool) {
	if b[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(b) && '0' <= b[i] && b[i] <= '9' {
			i++
		}
		return i > from
	}
	first := i
	if !digits() || b[first] == '0' && i > first+1 {
		return i, false
	}
	if i < len(b) && b[i] == '.' {
		if i++; !digits() {
			return i, false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return i, false
		}
	}
	return i, true
}
