package eventlog

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// TestFollow: from the given offsets on every record comes, once and soon.
func TestFollow(t *testing.T) {
	engines(t, func(t *testing.T, l *Log) {
		message := func(i int) event.Message {
			return event.Message{Topic: event.TopicIngest, Key: fmt.Appendf(nil, "%d", i%20), Value: fmt.Appendf(nil, "%d", i)}
		}
		write(t, l, message(-1), message(-2))
		ranges, err := l.Offsets(t.Context(), event.TopicIngest)
		if err != nil {
			t.Fatal(err)
		}
		from := map[int]int64{}
		for p, r := range ranges {
			from[p] = r.Next
		}
		ctx, cancel := context.WithCancel(t.Context())
		came, done := make(chan string, 1000), make(chan error, 1)
		go func() {
			done <- l.Follow(ctx, event.TopicIngest, from, func(m event.Message) { came <- string(m.Value) })
		}()
		seen := map[string]int{}
		for round := range 3 {
			for i := range 30 {
				write(t, l, message(round*30+i))
			}
			for range 30 {
				select {
				case v := <-came:
					seen[v]++
				case <-time.After(10 * time.Second):
					t.Fatalf("round %d: %d records came", round, len(seen))
				}
			}
		}
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("it does not end")
		}
		if len(seen) != 90 || seen["-1"] != 0 || len(came) != 0 {
			t.Errorf("%d different records came, and %d more", len(seen), len(came))
		}
	})
}
