// Package ingesttest helps to test ingesters: a log in memory that keeps what it acknowledged, and a way to
// stop a sync at each of its requests and writes. It reads and writes no topic.
package ingesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// Log is an [ingest.Log] in memory.
type Log struct {
	mu       sync.Mutex
	messages []event.Message
	writes   int
	// Fail, if set, is asked about each write by its number, from 1: whether it keeps the messages and
	// whether it then says that it failed, as a broker does that dies before or after the acknowledgement.
	Fail func(write int) (keep, fail bool)

	killed bool
}

// Kill makes the log refuse all writes, as if the process that writes were gone; Revive ends that.
func (l *Log) Kill() { l.mu.Lock(); l.killed = true; l.mu.Unlock() }

// Revive lets a new process write.
func (l *Log) Revive() { l.mu.Lock(); l.killed = false; l.mu.Unlock() }

// Clone returns a log with the same messages.
func (l *Log) Clone() *Log {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &Log{messages: slices.Clone(l.messages)}
}

// ErrWrite is the error of a write that was made to fail.
var ErrWrite = errors.New("the log is not there")

// Write implements [ingest.Log].
func (l *Log) Write(ctx context.Context, messages ...event.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if l.killed {
		return ErrWrite
	}
	l.writes++
	keep, fail := true, false
	if l.Fail != nil {
		keep, fail = l.Fail(l.writes)
	}
	if keep {
		for i := range messages {
			if _, err := event.Decode(&messages[i]); err != nil {
				return fmt.Errorf("a message that nobody could read: %w", err)
			}
			l.messages = append(l.messages, messages[i])
		}
	}
	if fail {
		return ErrWrite
	}
	return nil
}

// Writes says how many writes there were.
func (l *Log) Writes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}

// of returns the payloads of a type, in the order of writing.
func of[T event.Payload](t testing.TB, l *Log) []T {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []T
	for i := range l.messages {
		p, err := event.Decode(&l.messages[i])
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := p.(T); ok {
			out = append(out, v)
		}
	}
	return out
}

// Raws returns the raw records.
func (l *Log) Raws(t testing.TB) []*event.Raw { t.Helper(); return of[*event.Raw](t, l) }

// Directory returns what was told of the organisation.
func (l *Log) Directory(t testing.TB) []*event.Directory {
	t.Helper()
	return of[*event.Directory](t, l)
}

// Deliveries returns the deliveries of webhooks.
func (l *Log) Deliveries(t testing.TB) []*event.Delivery {
	t.Helper()
	return of[*event.Delivery](t, l)
}

// Bytes returns keys, headers and values of everything that was written, one after another.
func (l *Log) Bytes() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for i := range l.messages {
		m := &l.messages[i]
		b.Write(m.Key)
		for _, h := range m.Headers {
			b.WriteString(h.Key)
			b.Write(h.Value)
		}
		b.Write(m.Value)
	}
	return b.String()
}

// Dead returns the dead letters.
func (l *Log) Dead(t testing.TB) []*event.DeadLetter { t.Helper(); return of[*event.DeadLetter](t, l) }

// Progress returns the records of what to remember.
func (l *Log) Progress(t testing.TB) []*event.Progress {
	t.Helper()
	return of[*event.Progress](t, l)
}

// State is what a new process would know.
func (l *Log) State(t testing.TB) *ingest.State {
	t.Helper()
	s := ingest.NewState()
	for _, p := range l.Progress(t) {
		s.Apply(p)
	}
	return s
}

// Last returns the last digest of each item.
func (l *Log) Last(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range l.Raws(t) {
		out[r.ItemID] = r.Digest
	}
	return out
}

// Removed returns, of each item whose last record says that it is gone or back, what it says, by the item's key.
func (l *Log) Removed(t testing.TB) map[string]string {
	t.Helper()
	last := map[string]*event.Raw{}
	for _, r := range l.Raws(t) {
		last[r.ItemID] = r
	}
	out := map[string]string{}
	for _, r := range last {
		if r.Removed != "" {
			out[r.Key] = r.Removed
		}
	}
	return out
}

// forgotten counts the last records of items that the log has and that no process remembers: they are told again.
func (l *Log) forgotten(t testing.TB) (n int) {
	t.Helper()
	remembered := map[string]string{}
	for _, p := range l.Progress(t) {
		var v struct {
			Digest string `json:"digest"`
		}
		if p.Kind == "digest" && json.Unmarshal(p.Value, &v) == nil {
			remembered[p.Name] = v.Digest
		}
	}
	for item, digest := range l.Last(t) {
		if remembered[item] != digest {
			n++
		}
	}
	return n
}
