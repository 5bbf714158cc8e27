package processors_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/processors"
)

// table is an effect that refuses some items and fails now and then.
type table struct {
	mu    sync.Mutex
	rows  map[string]bool
	calls int
}

func (s *table) insert(_ context.Context, batch []event.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.calls <= 2 {
		return errors.New("the database is not there")
	}
	reasons := map[int]string{}
	for i := range batch {
		if strings.HasSuffix(string(batch[i].Key), "/3") {
			reasons[i] = "three is refused"
		}
	}
	if len(reasons) > 0 {
		return &processors.Poison{Reasons: reasons}
	}
	for i := range batch {
		if strings.HasSuffix(string(batch[i].Key), "/5") {
			panic("five")
		}
		s.rows[string(batch[i].Key)] = true
	}
	return nil
}

func TestRunBatches(t *testing.T) { engines(t, testRunBatches) }

func testRunBatches(t *testing.T, l *eventlog.Log) {
	group := newGroup()
	var in []event.Message
	for i := range 10 {
		in = append(in, encode(t, raw(i)))
	}
	write(t, l, in...)
	var stats processors.Stats
	var logged bytes.Buffer
	tab := &table{rows: map[string]bool{}}
	c, w := l.Consume(group, event.TopicRaw), l.Writer()
	defer c.Close()
	defer w.Close()
	stop := start(t, func(ctx context.Context) error {
		return processors.RunBatches(ctx, processors.BatchStage{
			Name: "sink", In: c, Out: w, Effect: tab.insert, Stats: &stats, Log: slog.New(slog.NewTextHandler(&logged, nil)),
		})
	})
	waitIdle(t, l, group, event.TopicRaw)
	stop()
	if len(tab.rows) != 8 || tab.rows["code/issue/3"] || tab.rows["code/issue/5"] {
		t.Errorf("rows %v", tab.rows)
	}
	if s := stats.Snapshot(); s.In != 10 || s.DeadLetters != 2 || s.Retries != 2 || s.Failing || s.LastError != "the database is not there" {
		t.Errorf("counters %+v", s)
	}
	if n := strings.Count(logged.String(), "cannot store a batch"); n != 1 || !strings.Contains(logged.String(), "can store a batch again") {
		t.Errorf("an outage should be one line and its end another:\n%s", &logged)
	}
	for _, m := range all(t, l, event.TopicDeadLetter) {
		p, err := event.Decode(&m)
		if err != nil {
			t.Fatal(err)
		}
		d := p.(*event.DeadLetter)
		if want := map[string]string{"code/issue/3": "three is refused", "code/issue/5": "sink panicked: five"}[d.Key]; d.Reason != want {
			t.Errorf("%s: %q, want %q", d.Key, d.Reason, want)
		}
	}
}
