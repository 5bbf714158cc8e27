package ingesttest

import (
	"sync"
	"time"
)

// Clock is a clock that a test moves. The zero value stands at the year 1: use [At].
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a clock that stands at a time.
func At(t time.Time) *Clock { return &Clock{now: t} }

// Now is the time on the clock, a little later each time it is asked.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// Pass moves the clock on.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
