package sink

import (
	"maps"
	"sync"
	"time"
)

// Stats is what the sink did since it was made.
type Stats struct {
	Rows      map[string]int64 // rows stored in each table; those of repeated records count again
	Refused   int64            // rows that the warehouse refused for their values
	Failures  int64            // batches that had to be given again
	LastFlush time.Time        // when a batch was last stored; zero before the first
}

type counters struct {
	mu                sync.Mutex
	rows              map[string]int64
	refused, failures int64
	last              time.Time
}

// Stats may be called at any time.
func (s *Sink) Stats() Stats {
	c := &s.stats
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{maps.Clone(c.rows), c.refused, c.failures, c.last}
}

func (c *counters) stored(to []target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range to {
		if t.len() > 0 {
			c.rows[t.name()] += int64(t.len())
		}
	}
	c.last = time.Now()
}

func (c *counters) failed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures++
}

func (c *counters) refuse(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused += int64(n)
}
