package normalize

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/goccy/go-json"

	"github.com/workmix/workmix/internal/event"
)

// decode reads a message like [event.Decode], several times as fast for a sound raw record: those are by far the
// largest messages of the log, and the standard library walks through each byte three times. A message that is
// sound in every respect is read by the fast decoder, which alone would let broken JSON pass; anything else is
// left to event.Decode to judge.
func decode(m *event.Message) (event.Payload, error) {
	if m.Header("ce_specversion") == "1.0" && m.Header("ce_type") == event.TypeRaw && len(m.Value) <= event.MaxRecordBytes &&
		utf8.Valid(m.Value) && validJSON(m.Value) {
		var r event.Raw
		if json.Unmarshal(m.Value, &r) == nil && r.Validate() == nil {
			return &r, nil
		}
	}
	return event.Decode(m)
}

// maxDepth is how deep arrays and objects may lie in each other.
const maxDepth = 1000

// validJSON says whether b is one value of JSON and nothing else. It refuses what encoding/json refuses, and
// nesting deeper than maxDepth.
func validJSON(b []byte) bool {
	i, ok := skipValue(b, skipSpace(b, 0), 0)
	return ok && skipSpace(b, i) == len(b)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the place after the value at i, and whether it is one.
func skipValue(b []byte, i, depth int) (int, bool) {
	if i >= len(b) || depth > maxDepth {
		return i, false
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i+1)
	case c == '{' || c == '[':
		return skipMembers(b, i, depth)
	case c == 't':
		return i + 4, hasWord(b, i, "true")
	case c == 'f':
		return i + 5, hasWord(b, i, "false")
	case c == 'n':
		return i + 4, hasWord(b, i, "null")
	case c == '-' || digit(c):
		return skipNumber(b, i)
	}
	return i, false
}

func hasWord(b []byte, i int, word string) bool {
	return len(b)-i >= len(word) && string(b[i:i+len(word)]) == word
}

// skipMembers skips an object or an array.
func skipMembers(b []byte, i, depth int) (int, bool) {
	object, closing := b[i] == '{', byte(']')
	if object {
		closing = '}'
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == closing {
		return i + 1, true
	}
	for ok := false; ; {
		if object {
			if i >= len(b) || b[i] != '"' {
				return i, false
			}
			if i, ok = skipString(b, i+1); !ok {
				return i, false
			}
			if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
				return i, false
			}
			i = skipSpace(b, i+1)
		}
		if i, ok = skipValue(b, i, depth+1); !ok {
			return i, false
		}
		if i = skipSpace(b, i); i >= len(b) {
			return i, false
		}
		switch b[i] {
		case ',':
			i = skipSpace(b, i+1)
		case closing:
			return i + 1, true
		default:
			return i, false
		}
	}
}

// skipString skips a string from after its opening quote, eight bytes at a time while none of them is special.
func skipString(b []byte, i int) (int, bool) {
	for {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			special := lacks(x, 0x20) | lacks(x^(ones*'"'), 1) | lacks(x^(ones*'\\'), 1)
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		if i >= len(b) {
			return i, false
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, true
		case c < 0x20:
			return i, false
		case c != '\\':
			i++
		case i+1 < len(b) && b[i+1] == 'u':
			if i+6 > len(b) || !hexDigit(b[i+2]) || !hexDigit(b[i+3]) || !hexDigit(b[i+4]) || !hexDigit(b[i+5]) {
				return i, false
			}
			i += 6
		case i+1 < len(b) && escape(b[i+1]):
			i += 2
		default:
			return i, false
		}
	}
}

const ones = 0x0101010101010101

// lacks marks the high bit of the lowest byte of x that is smaller than n (at most 128), and maybe bits above it.
func lacks(x, n uint64) uint64 { return (x - ones*n) &^ x & (ones * 0x80) }

func escape(c byte) bool {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	}
	return false
}

func hexDigit(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// skipNumber skips a number that begins with a digit or a minus.
func skipNumber(b []byte, i int) (int, bool) {
	if b[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(b) && digit(b[i]) {
			i++
		}
		return i > from
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if !digits() {
		return i, false
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			return i, false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return i, false
		}
	}
	return i, true
}
