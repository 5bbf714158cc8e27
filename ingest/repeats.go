package ingest

import (
	"bytes"
	"encoding/binary"
)

// repeats remembers objects of JSON that came lately. An answer of a tracker holds the same few users, labels and repositories
// many times, byte for byte: to compare them takes a tenth of the time of reading them once more. An object ends where
// its brace closes, so text that begins with an object which was checked has that object there, and it needs no check.
//
// It holds at most 4 MB; the zero value is ready.
type repeats struct {
	slots [256]repeat
}

// repeat is an object, under the name that it was a member of, and its canonical form where that was made.
type repeat struct {
	raw, parent, canonical []byte
	once                   uint64 // a hash of the object that was seen here last and is not kept
}

const (
	// Smaller ones are read as fast as they are looked for; of larger ones few would fill the table.
	smallestRepeat, largestRepeat = 200, 8 << 10
	// An object that was checked may come again deeper in another. Up to here it is not too deep there either.
	deepestRepeat = deepest - largestRepeat
)

// at returns the place of the object at i that is a member of the name parent; nil: it has none. The hash
// is one of the object's beginning.
func (r *repeats) at(b []byte, i, depth int, parent []byte) (s *repeat, hash uint64) {
	if i+smallestRepeat > len(b) || depth > deepestRepeat {
		return nil, 0
	}
	// What tells users, labels and such apart stands early: a name, an id or a URL with one of both.
	h := uint64(len(parent)) // the same user is an actor and a user
	for _, o := range [...]int{8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 112, 120, 128, 184, 192} {
		h = (h ^ binary.LittleEndian.Uint64(b[i+o:])) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return &r.slots[h>>56], h
}

// again says whether the text at i begins with the object kept here.
func (s *repeat) again(b []byte, i int, parent []byte) bool {
	return len(s.raw) > 0 && bytes.HasPrefix(b[i:], s.raw) && bytes.Equal(s.parent, parent)
}

// keep puts an object in the place of the one before, if it came twice: most come never again.
func (s *repeat) keep(hash uint64, raw, parent, canonical []byte) {
	if s.once != hash {
		s.once = hash
		return
	}
	if len(raw) < smallestRepeat || len(raw) > largestRepeat || len(canonical) > largestRepeat {
		return
	}
	s.raw, s.parent, s.canonical = append(s.raw[:0], raw...), append(s.parent[:0], parent...), append(s.canonical[:0], canonical...)
}
