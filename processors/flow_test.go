package processors_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors"
)

// tape is a partition in memory: it gives one record a fetch and remembers what was committed.
type tape struct {
	mu      sync.Mutex
	records []event.Message
	next    int
	commits []int64 // the offset of each
	broken  int     // so many commits fail
}

func (l *tape) FetchBatch(ctx context.Context, _, _ int, _ time.Duration) ([]event.Message, error) {
	l.mu.Lock()
	if l.next < len(l.records) {
		defer l.mu.Unlock()
		l.next++
		return l.records[l.next-1 : l.next], nil
	}
	l.mu.Unlock()
	<-ctx.Done()
	return nil, ctx.Err()
}

func (l *tape) Commit(_ context.Context, messages []event.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(messages) != 1 {
		return errors.New("one partition has one place")
	}
	if l.broken > 0 {
		l.broken--
		return errors.New("no answer")
	}
	l.commits = append(l.commits, messages[0].Offset)
	return nil
}

func (l *tape) fetched() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

func (l *tape) committed() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]int64(nil), l.commits...)
}

func newTape(t *testing.T, n int) *tape {
	t.Helper()
	l := &tape{}
	for i := range n {
		m := encode(t, raw(100+i))
		m.Offset = int64(i)
		l.records = append(l.records, m)
	}
	return l
}

// gate lets so many records through and holds up the write after them until it is opened.
type gate struct {
	mu      sync.Mutex
	through int
	after   int
	open    chan struct{}
}

func (g *gate) Write(ctx context.Context, messages ...event.Message) error {
	g.mu.Lock()
	held := g.through+len(messages) > g.after
	g.mu.Unlock()
	if held {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.open:
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.through += len(messages)
	return nil
}

func (g *gate) written() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.through
}

// TestFlow: reading goes on while a write hangs, up to the limit; nothing is committed before it is written; commits
// are collected, tried again, and the last one is made when the stage ends.
func TestFlow(t *testing.T) {
	const n, limit = 300, 50
	in, out := newTape(t, n), &gate{after: 20, open: make(chan struct{})}
	in.broken = 2
	var stats processors.Stats
	stop := start(t, func(ctx context.Context) error {
		return processors.Run(ctx, processors.Stage{
			Name: "normalize", In: in, Out: out, Handle: activity, Workers: 2, Limits: processors.Limits{Records: limit}, Stats: &stats,
		})
	})
	// One limit in the buffer, one handled and waiting, one being written, and the fetch that fills the buffer.
	eventually(t, "the stage reads ahead", func() bool { return in.fetched() > 20+limit/2 })
	time.Sleep(300 * time.Millisecond)
	if got := in.fetched(); got > 20+3*limit+1 {
		t.Errorf("%d records were read while the write of the 21st hangs", got)
	}
	for _, c := range in.committed() {
		if c >= int64(out.written()) {
			t.Errorf("offset %d is committed, %d records are written", c, out.written())
		}
	}
	close(out.open)
	eventually(t, "everything is written", func() bool { return out.written() == n })
	stop()
	commits := in.committed()
	if len(commits) == 0 || commits[len(commits)-1] != n-1 {
		t.Fatalf("commits %v, want the last at %d", commits, n-1)
	}
	for i := 1; i < len(commits); i++ {
		if commits[i] <= commits[i-1] {
			t.Errorf("commits %v go back", commits)
		}
	}
	if len(commits) > 20 {
		t.Errorf("%d commits for %d records", len(commits), n)
	}
	if s := stats.Snapshot(); s.In != n || s.Out != n || s.Failing {
		t.Errorf("counters %+v", s)
	}
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
