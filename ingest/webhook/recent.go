package webhook

import (
	"crypto/sha256"
	"sync"
)

// recent remembers the digests of the deliveries that were stored last, a bounded number. A repetition that it does
// not know is stored once more, and that is harmless.
type recent struct {
	mu   sync.Mutex
	have map[[sha256.Size]byte]bool
	ring [][sha256.Size]byte
	next int
}

func newRecent(n int) *recent {
	return &recent{have: make(map[[sha256.Size]byte]bool, n), ring: make([][sha256.Size]byte, n)}
}

func (r *recent) has(sum [sha256.Size]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.have[sum]
}

func (r *recent) add(sum [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.have[sum] {
		return
	}
	delete(r.have, r.ring[r.next])
	r.ring[r.next], r.have[sum] = sum, true
	r.next = (r.next + 1) % len(r.ring)
}

// digest names a delivery by what it says. Its id is not signed: who repeats a body under another id repeats it.
func digest(source, kind string, body []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write([]byte(source + "\x00" + kind + "\x00"))
	h.Write(body)
	h.Sum(sum[:0])
	return sum
}
