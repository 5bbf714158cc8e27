package eventlog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

func TestJoinsAgainWhenNothingComes(t *testing.T) {
	if testing.Short() {
		t.Skip("joins groups")
	}
	engines(t, func(t *testing.T, l *Log) {
		const n = 5
		for i := range n {
			write(t, l, event.Message{Topic: event.TopicDecisions, Key: fmt.Append(nil, i), Value: []byte("v")})
		}
		c := l.Consume(newGroup(), event.TopicDecisions)
		defer func() { c.Close() }()
		long := time.Now().Add(-2 * wedged)
		if err := c.quiet(t.Context(), c.r); err != nil || c.waiting != n {
			t.Fatalf("%d wait, %v", c.waiting, err)
		}
		c.stuck, c.waiting = long, n+1 // the group came further
		if err := c.quiet(t.Context(), c.r); err != nil || c.waiting != n || c.stuck.Equal(long) {
			t.Fatalf("%d wait, %v", c.waiting, err)
		}
		before := c.r
		c.stuck = long
		if err := c.quiet(t.Context(), c.r); err == nil || !strings.Contains(err.Error(), "5 records wait") || c.r == before {
			t.Fatalf("a wedged group: %v", err)
		}
		got := read(t, c, n)
		if err := c.Commit(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		before, c.stuck, c.waiting = c.r, long, 0
		if err := c.quiet(t.Context(), c.r); err != nil || c.r != before {
			t.Errorf("joined again although nothing waits: %v", err)
		}
	})
}
