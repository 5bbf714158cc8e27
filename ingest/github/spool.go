package github

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
)

// spool keeps the rows of lists in a temporary file, since those of a large repository are larger than memory.
type spool struct {
	mu   sync.RWMutex
	f    *os.File
	end  int64
	tail []byte // what stands before end and is not in the file yet
}

// spoolTail is how much is written to the file at once: a row has a few KB, and a write costs more than that.
const spoolTail = 1 << 20

// span is where a row stands in the spool.
type span struct {
	off int64
	len int32
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "workmix-lists-*")
	if err != nil {
		return nil, fmt.Errorf("room for the lists of a repository: %w: name a folder that can be written in TMPDIR", err)
	}
	return &spool{f: f}, nil
}

// put keeps a row that consists of parts.
func (s *spool) put(parts ...[]byte) (span, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := span{off: s.end}
	for _, p := range parts {
		s.tail = append(s.tail, p...)
		at.len += int32(len(p)) //nolint:gosec // a row is part of an answer, which is at most 64 MiB
	}
	s.end += int64(at.len)
	if len(s.tail) < spoolTail {
		return at, nil
	}
	if _, err := s.f.WriteAt(s.tail, s.end-int64(len(s.tail))); err != nil {
		return span{}, fmt.Errorf("room for the lists of a repository: %w: name a folder with more space in TMPDIR", err)
	}
	s.tail = s.tail[:0]
	return at, nil
}

func (s *spool) get(at span) (json.RawMessage, error) { return s.appendTo(nil, at) }

// appendTo appends a row to b.
func (s *spool) appendTo(b []byte, at span) ([]byte, error) {
	from := len(b)
	b = slices.Grow(b, int(at.len))[:from+int(at.len)]
	s.mu.RLock()
	defer s.mu.RUnlock()
	if in := at.off - (s.end - int64(len(s.tail))); in >= 0 { // a row is not written in two parts
		copy(b[from:], s.tail[in:])
		return b, nil
	}
	if _, err := s.f.ReadAt(b[from:], at.off); err != nil {
		return nil, fmt.Errorf("the lists of a repository that were kept in %s: %w", s.f.Name(), err)
	}
	return b, nil
}

func (s *spool) close() error {
	err := s.f.Close()
	if e := os.Remove(s.f.Name()); err == nil {
		err = e
	}
	return err
}
