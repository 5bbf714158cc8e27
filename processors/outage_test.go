package processors_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/processors"
)

// TestBrokerGoesAndComes: while records are written and processed, the broker stops and starts twice. All
// arrive; of each item in the order in which they were written, repeats aside; and it needs no help.
func TestBrokerGoesAndComes(t *testing.T) {
	if testing.Short() {
		t.Skip("several seconds of outages")
	}
	dir := t.TempDir()
	b, err := broker.Start(broker.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	addr := b.Addr()
	l, err := eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{addr}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.EnsureTopics(t.Context(), 3); err != nil {
		t.Fatal(err)
	}

	const keys, rounds = 20, 40
	written := make(chan error, 1)
	var refused, round atomic.Int32
	go func() {
		w := l.Writer()
		defer w.Close()
		for n := range rounds {
			var batch []event.Message
			for k := range keys {
				r := raw(100 + k)
				r.Digest = fmt.Sprintf("%03d", n)
				m, err := event.Encode(r)
				if err != nil {
					written <- err
					return
				}
				batch = append(batch, m)
			}
			for w.Write(t.Context(), batch...) != nil {
				refused.Add(1)
				if t.Context().Err() != nil {
					return
				}
			}
			round.Add(1)
			time.Sleep(20 * time.Millisecond)
		}
		written <- nil
	}()

	var stats processors.Stats
	var logged bytes.Buffer
	c, w := l.Consume("workmix-normalize", event.TopicRaw), l.Writer()
	defer c.Close()
	defer w.Close()
	stop := start(t, func(ctx context.Context) error {
		return processors.Run(ctx, processors.Stage{
			Name: "normalize", In: c, Out: w, Stats: &stats, Log: slog.New(slog.NewTextHandler(&logged, nil)),
			Handle: func(m *event.Message) ([]event.Payload, error) {
				p, err := event.Decode(m)
				if err != nil {
					return nil, err
				}
				r := p.(*event.Raw)
				return []event.Payload{&event.Tombstone{
					ItemID: r.ItemID, Source: r.Source, Observation: event.RawID(r), Cause: r.Digest, ValidFrom: when, RecordedAt: when, Position: m.Offset,
				}}, nil
			},
		})
	})
	for i := range 2 {
		for round.Load() < int32(10*(i+1)) {
			time.Sleep(10 * time.Millisecond)
		}
		b.Close()
		time.Sleep(4 * time.Second)
		if b, err = broker.Start(broker.Options{Dir: dir, Listen: addr}); err != nil {
			t.Fatal(err)
		}
		if w := b.Warnings(); len(w) > 0 {
			t.Errorf("after an orderly stop: %v", w)
		}
	}
	defer func() { b.Close() }()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	waitIdle(t, l, "workmix-normalize", event.TopicRaw)
	stop()

	if refused.Load() == 0 {
		t.Error("no write failed: the outages did not happen")
	}
	for _, topic := range []string{event.TopicRaw, event.TopicItems} {
		next := map[string]int{}
		for _, m := range all(t, l, topic) {
			p, err := event.Decode(&m)
			if err != nil {
				t.Fatal(err)
			}
			var n int
			switch p := p.(type) {
			case *event.Raw:
				fmt.Sscan(strings.TrimLeft(p.Digest, "0")+" ", &n)
			case *event.Tombstone:
				fmt.Sscan(strings.TrimLeft(p.Cause, "0")+" ", &n)
			}
			if k := string(m.Key); n > next[k] {
				t.Fatalf("%s, %s: %d came before %d", topic, k, n, next[k])
			} else if n == next[k] {
				next[k]++
			}
		}
		for k, n := range next {
			if n != rounds {
				t.Errorf("%s: %s has %d of %d records", topic, k, n, rounds)
			}
		}
		if len(next) != keys {
			t.Errorf("%s: %d keys, want %d", topic, len(next), keys)
		}
	}
	if s := stats.Snapshot(); s.Failing || s.DeadLetters != 0 || s.LastError == "" {
		t.Errorf("counters %+v", s)
	}
	if n := strings.Count(logged.String(), "level=ERROR"); n == 0 || n > 8 || !strings.Contains(logged.String(), " again\"") {
		t.Errorf("%d errors logged over two outages:\n%s", n, &logged)
	}
}
