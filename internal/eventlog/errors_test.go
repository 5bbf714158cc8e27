package eventlog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// TestSilentBroker ends the broker under everything that asks it: each says which broker does not answer.
func TestSilentBroker(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a broker that is not there")
	}
	b, o := startBroker(t, t.TempDir())
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.EnsureTopics(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	w := l.Writer()
	defer w.Close()
	one := event.Message{Topic: event.TopicRaw, Key: []byte("k"), Value: []byte("v")}
	write(t, l, one)
	c := l.Consume(newGroup(), event.TopicRaw)
	defer func() { c.Close() }()
	got := read(t, c, 1)
	addr := b.Addr()
	b.Close()
	for what, do := range map[string]func() error{
		"write":  func() error { return w.Write(t.Context(), one) },
		"lag":    func() error { _, err := l.Lag(t.Context(), c.group, event.TopicRaw); return err },
		"commit": func() error { return c.Commit(t.Context(), got) },
		"reset":  func() error { return l.ResetGroup(t.Context(), c.group) },
		"topics": func() error { return l.EnsureTopics(t.Context(), 1) },
		"fetch": func() error {
			for end := time.Now().Add(time.Minute); time.Now().Before(end); {
				if _, err := c.FetchBatch(t.Context(), 1, 1, time.Millisecond); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		err := do()
		if err == nil {
			t.Errorf("%s: no error", what)
			continue
		}
		if s := err.Error(); !errors.Is(err, ErrSilent) || !strings.Contains(s, "Kafka at "+addr+" does not answer (") || strings.Contains(s, "EOF") || strings.Contains(s, "\n") {
			t.Errorf("%s: not a sentence that says what is down: %q", what, s)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Lag(ctx, c.group, event.TopicRaw); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "does not answer") {
		t.Errorf("a caller that has gone: %v", err)
	}
}
