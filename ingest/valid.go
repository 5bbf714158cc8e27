package ingest

import (
	"encoding/binary"
	"unicode/utf8"
)

// valid says whether a text is one JSON value, as [encoding/json.Valid] does, in a third of the time: every answer of a
// tracker is checked, since some break off or are no JSON at all.
func valid(b []byte) bool {
	i, ok := checked(b, space(b, 0), 0)
	return ok && space(b, i) == len(b)
}

const deepest = 10_000 // as encoding/json

// checked returns where the value at i ends.
func checked(b []byte, i, depth int) (end int, ok bool) {
	if i >= len(b) || depth > deepest {
		return i, false
	}
	switch c := b[i]; c {
	case '{', '[':
		return checkedParts(b, i, depth+1, c+2, c == '{') // the closing one stands two further in ASCII
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

func checkedParts(b []byte, i, depth int, closing byte, named bool) (int, bool) {
	if i = space(b, i+1); i < len(b) && b[i] == closing {
		return i + 1, true
	}
	for {
		var ok bool
		if named {
			if i, ok = checkedString(b, i); !ok {
				return i, false
			}
			if i = space(b, i); i == len(b) || b[i] != ':' {
				return i, false
			}
			i = space(b, i+1)
		}
		if i, ok = checked(b, i, depth); !ok {
			return i, false
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
