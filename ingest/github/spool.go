package github

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// spool keeps the rows of lists in a temporary file, since those of a large repository are larger than memory.
type spool struct {
	mu  sync.Mutex
	f   *os.File
	end int64
}

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

func (s *spool) put(row []byte) (span, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.f.WriteAt(row, s.end); err != nil {
		return span{}, fmt.Errorf("room for the lists of a repository: %w: name a folder with more space in TMPDIR", err)
	}
	at := span{s.end, int32(len(row))} //nolint:gosec // a row is part of an answer, which is at most 64 MiB
	s.end += int64(len(row))
	return at, nil
}

func (s *spool) get(at span) (json.RawMessage, error) {
	b := make([]byte, at.len)
	if _, err := s.f.ReadAt(b, at.off); err != nil {
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
