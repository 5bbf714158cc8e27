package processors

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stats counts what a stage does. Its zero value is ready; it may be read at any time.
type Stats struct {
	in, out, dead, retries atomic.Int64

	mu        sync.Mutex
	lastError string
	failing   int // operations that failed and are tried again
	progress  time.Time
}

// Snapshot is what a stage did since it was started.
type Snapshot struct {
	In           int64     // records committed
	Out          int64     // records written, without dead letters
	DeadLetters  int64     // those of repeated records count again
	Retries      int64     // failed attempts to read, write, store or commit
	Failing      bool      // the last attempt failed, the next is being waited for
	LastError    string    // of the last failed attempt; it stays after a recovery
	LastProgress time.Time // of the last commit; zero before the first
}

// Snapshot returns the counters.
func (s *Stats) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{s.in.Load(), s.out.Load(), s.dead.Load(), s.retries.Load(), s.failing > 0, s.lastError, s.progress}
}

func (s *Stats) processed(n int) {
	s.in.Add(int64(n))
	s.mu.Lock()
	s.progress = time.Now()
	s.mu.Unlock()
}

// failed counts a failed attempt; the first of an operation makes the stage a failing one until it recovers.
func (s *Stats) failed(err error, first bool) {
	s.retries.Add(1)
	s.mu.Lock()
	if first {
		s.failing++
	}
	s.lastError = err.Error()
	s.mu.Unlock()
}

func (s *Stats) recovered() {
	s.mu.Lock()
	s.failing--
	s.mu.Unlock()
}
