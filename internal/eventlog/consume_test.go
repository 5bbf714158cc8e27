package eventlog

import (
	"context"
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

// TestCommitStaysBehindOthers: a member that still works on records of a partition which another member was given
// meanwhile does not set back what that one has committed.
func TestCommitStaysBehindOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("joins groups")
	}
	engines(t, func(t *testing.T, l *Log) {
		const n = 30
		group := newGroup()
		some := func() {
			for i := range n {
				write(t, l, event.Message{Topic: event.TopicDecisions, Key: fmt.Append(nil, i), Value: []byte("v")})
			}
		}
		some()
		slow := l.Consume(group, event.TopicDecisions)
		defer func() { slow.Close() }()
		held := read(t, slow, n)
		fast := l.Consume(group, event.TopicDecisions)
		some()
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		lag := func() int64 {
			lags, err := l.Lag(ctx, group, event.TopicDecisions)
			if err != nil {
				t.Fatal(err)
			}
			return lags[event.TopicDecisions]
		}
		go func() { // the slow one goes on reading what is left to it, and commits nothing yet
			for ctx.Err() == nil {
				_, _ = slow.FetchBatch(ctx, n, 1<<20, time.Millisecond)
			}
		}()
		taken := map[int]bool{}
		for len(taken) == 0 || lag() > 0 {
			batch, err := fast.FetchBatch(ctx, n, 1<<20, 10*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if err := fast.Commit(ctx, batch); err != nil {
				t.Fatal(err)
			}
			for _, m := range batch {
				taken[m.Partition] = true
			}
			if len(taken) > 0 && len(batch) == 0 { // the rest is the slow one's
				break
			}
		}
		before := lag()
		if err := slow.Commit(ctx, held); err != nil {
			t.Fatal(err)
		}
		if after := lag(); after > before {
			t.Errorf("%d records waited, %d after the slow member's commit", before, after)
		}
		fast.Close()
	})
}
