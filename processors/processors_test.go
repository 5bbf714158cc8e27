package processors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/processors"
)

// newLog is a real log on a broker of its own.
func newLog(t *testing.T) *eventlog.Log {
	t.Helper()
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	l, err := eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	if err := l.EnsureTopics(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	return l
}

var when = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func raw(i int) *event.Raw {
	return &event.Raw{
		Source: "code", Tracker: "github", Project: "acme/api", ItemID: fmt.Sprintf("code/issue/%d", i), Key: fmt.Sprintf("acme/api#%d", i),
		Kind: event.KindIssue, RecordedAt: when, Digest: "d", Content: []byte(`{}`),
	}
}

// activity is a stage's work: one activity a raw record.
func activity(m *event.Message) ([]event.Payload, error) {
	p, err := event.Decode(m)
	if err != nil {
		return nil, err
	}
	r, ok := p.(*event.Raw)
	if !ok {
		return nil, errors.New("not a raw record")
	}
	if strings.HasSuffix(r.ItemID, "/13") {
		panic("thirteen")
	}
	a := &event.Activity{
		ActivityID: event.ActivityID(r.ItemID, "opened"), ItemID: r.ItemID, Source: r.Source, Project: r.Project, Observation: event.RawID(r),
		Person: "pa", Action: "opened", At: r.RecordedAt, RecordedAt: r.RecordedAt, Position: m.Offset,
	}
	if strings.HasSuffix(r.ItemID, "/14") {
		a.Action = strings.Repeat("x", event.MaxRecordBytes)
	}
	return []event.Payload{a}, nil
}

func write(t *testing.T, l *eventlog.Log, messages ...event.Message) {
	t.Helper()
	w := l.Writer()
	defer w.Close()
	if err := w.Write(t.Context(), messages...); err != nil {
		t.Fatal(err)
	}
}

func encode(t *testing.T, p event.Payload) event.Message {
	t.Helper()
	m, err := event.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// start runs a loop until the test calls stop, which returns its error.
func start(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the loop returned %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the loop did not end")
		}
	}
}

func waitIdle(t *testing.T, l *eventlog.Log, group, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	err := processors.WaitIdle(ctx, 50*time.Millisecond, func(ctx context.Context) (int64, error) {
		lag, err := l.Lag(ctx, group, topic)
		return lag[topic], err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// all reads n records of a topic as a new group.
func all(t *testing.T, l *eventlog.Log, topic string, n int) []event.Message {
	t.Helper()
	c := l.Consume(fmt.Sprintf("all-%d", time.Now().UnixNano()), topic)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got []event.Message
	for len(got) < n {
		batch, err := c.FetchBatch(ctx, 1000, 64<<20, 10*time.Millisecond)
		if err != nil {
			t.Fatalf("%s: %d of %d records: %v", topic, len(got), n, err)
		}
		got = append(got, batch...)
	}
	return got
}

func TestRun(t *testing.T) {
	l := newLog(t)
	var in []event.Message
	for i := range 20 {
		in = append(in, encode(t, raw(i)))
	}
	broken := encode(t, raw(100))
	broken.Value = broken.Value[:len(broken.Value)-9]
	noise := event.Message{Topic: event.TopicRaw, Key: []byte{0xff}, Value: []byte("\xfe\xff nonsense")}
	write(t, l, append(in, broken, noise)...)

	var stats processors.Stats
	c, w := l.Consume("workmix-normalize", event.TopicRaw), l.Writer()
	defer c.Close()
	defer w.Close()
	stop := start(t, func(ctx context.Context) error {
		return processors.Run(ctx, processors.Stage{Name: "normalize", In: c, Out: w, Handle: activity, Workers: 4, Stats: &stats})
	})
	waitIdle(t, l, "workmix-normalize", event.TopicRaw)
	stop()

	if s := stats.Snapshot(); s.In != 22 || s.Out != 18 || s.DeadLetters != 4 || s.LastProgress.IsZero() {
		t.Errorf("counters %+v", s)
	}
	items := map[string]bool{}
	for _, m := range all(t, l, event.TopicItems, 18) {
		items[string(m.Key)] = true
	}
	if len(items) != 18 || items["code/issue/13"] || items["code/issue/14"] {
		t.Errorf("%d items came out", len(items))
	}
	reasons := map[string]*event.DeadLetter{}
	for _, m := range all(t, l, event.TopicDeadLetter, 4) {
		p, err := event.Decode(&m)
		if err != nil {
			t.Fatal(err)
		}
		d := p.(*event.DeadLetter)
		reasons[d.Key] = d
		if d.Stage != "normalize" || d.Topic != event.TopicRaw || d.SizeBytes == 0 {
			t.Errorf("dead letter %+v", d)
		}
	}
	for key, want := range map[string]string{
		"code/issue/13": "normalize panicked: thirteen", "code/issue/14": "larger than 16 MiB", "code/issue/100": "unexpected end of JSON", "\uFFFD": "ce_specversion",
	} {
		if d := reasons[key]; d == nil || !strings.Contains(d.Reason, want) {
			t.Errorf("%q: got %+v, want a reason with %q", key, d, want)
		}
	}
	if d := reasons["code/issue/100"]; d.Source != "code" || d.Project != "acme/api" || d.ItemID != "code/issue/100" || !d.RecordedAt.Equal(when) {
		t.Errorf("broken JSON: %+v", d)
	}
	if d := reasons["\uFFFD"]; !d.RecordedAt.Equal(event.Unknown()) {
		t.Errorf("a record without a time has %v", d.RecordedAt)
	}
}

// failing writes, and then says that it did not, or ends the context as a kill would.
type failing struct {
	processors.Writer
	after func() error
}

func (f *failing) Write(ctx context.Context, m ...event.Message) error {
	if err := f.Writer.Write(ctx, m...); err != nil {
		return err
	}
	return f.after()
}

// TestStopBetweenWriteAndCommit: whatever moment the stage ends at, nothing is lost, and what comes twice has the same id.
func TestStopBetweenWriteAndCommit(t *testing.T) {
	l := newLog(t)
	for i := range 5 {
		write(t, l, encode(t, raw(i)))
	}
	run := func(ctx context.Context, out processors.Writer) {
		c := l.Consume("g", event.TopicRaw)
		defer c.Close()
		if err := processors.Run(ctx, processors.Stage{Name: "normalize", In: c, Out: out, Handle: activity}); err != nil {
			t.Error(err)
		}
	}
	w := l.Writer()
	defer w.Close()
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		run(ctx, &failing{w, func() error { cancel(); return ctx.Err() }})
	}
	if lag, err := l.Lag(t.Context(), "g", event.TopicRaw); err != nil || lag[event.TopicRaw] != 5 {
		t.Fatalf("lag %v, %v: something was committed without its effect", lag, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var n atomic.Int32
	stop := start(t, func(context.Context) error {
		run(ctx, &failing{w, func() error { // also the answer may be lost
			if n.Add(1) == 1 {
				return errors.New("no answer")
			}
			return nil
		}})
		return nil
	})
	waitIdle(t, l, "g", event.TopicRaw)
	cancel()
	stop()
	unique := map[string]bool{}
	for _, m := range all(t, l, event.TopicItems, 5) {
		unique[m.Header("ce_id")] = true
	}
	r, err := l.Offsets(t.Context(), event.TopicItems)
	var total int64
	for _, p := range r {
		total += p.Next - p.First
	}
	if err != nil || total < 7 {
		t.Errorf("%d records, %v: the interruptions repeated nothing, so they did not happen", total, err)
	}
	for _, m := range all(t, l, event.TopicItems, int(total)) {
		unique[m.Header("ce_id")] = true
	}
	if len(unique) != 5 {
		t.Errorf("%d different records, want 5", len(unique))
	}
}
