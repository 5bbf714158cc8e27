package processors_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/processors"
)

// engines runs a test on the embedded broker, and on a real Kafka where WORKMIX_TEST_KAFKA names one.
func engines(t *testing.T, test func(*testing.T, *eventlog.Log)) {
	run := func(name string, o eventlog.Options) {
		t.Run(name, func(t *testing.T) {
			l, err := eventlog.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := l.EnsureTopics(t.Context(), 3); err != nil {
				t.Fatal(err)
			}
			test(t, l)
		})
	}
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	run("embedded", eventlog.Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if addr := os.Getenv("WORKMIX_TEST_KAFKA"); addr != "" {
		client := kafka.Client{Addr: kafka.TCP(addr)} // the topics are new in each test
		if _, err := client.DeleteTopics(t.Context(), &kafka.DeleteTopicsRequest{Topics: event.Topics()}); err != nil {
			t.Fatal(err)
		}
		run("kafka", eventlog.Options{Brokers: []string{addr}})
	}
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

// newGroup is a name that no run has used.
func newGroup() string { return fmt.Sprintf("test-%d", time.Now().UnixNano()) }

// all reads a topic whole.
func all(t *testing.T, l *eventlog.Log, topic string) []event.Message {
	t.Helper()
	var got []event.Message
	if err := l.ReadAll(t.Context(), topic, func(m event.Message) error { got = append(got, m); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRun(t *testing.T) { engines(t, testRun) }

func testRun(t *testing.T, l *eventlog.Log) {
	group := newGroup()
	var in []event.Message
	for i := range 20 {
		in = append(in, encode(t, raw(i)))
	}
	broken := encode(t, raw(100))
	broken.Value = broken.Value[:len(broken.Value)-9]
	noise := event.Message{Topic: event.TopicRaw, Key: []byte{0xff}, Value: []byte("\xfe\xff nonsense")}
	write(t, l, append(in, broken, noise)...)

	var stats processors.Stats
	c, w := l.Consume(group, event.TopicRaw), l.Writer()
	defer c.Close()
	defer w.Close()
	stop := start(t, func(ctx context.Context) error {
		return processors.Run(ctx, processors.Stage{Name: "normalize", In: c, Out: w, Handle: activity, Workers: 4, Stats: &stats})
	})
	waitIdle(t, l, group, event.TopicRaw)
	stop()

	if s := stats.Snapshot(); s.In != 22 || s.Out != 18 || s.DeadLetters != 4 || s.LastProgress.IsZero() {
		t.Errorf("counters %+v", s)
	}
	items := map[string]bool{}
	for _, m := range all(t, l, event.TopicItems) {
		items[string(m.Key)] = true
	}
	if len(items) != 18 || items["code/issue/13"] || items["code/issue/14"] {
		t.Errorf("%d items came out", len(items))
	}
	reasons := map[string]*event.DeadLetter{}
	for _, m := range all(t, l, event.TopicDeadLetter) {
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
func TestStopBetweenWriteAndCommit(t *testing.T) { engines(t, testStop) }

func testStop(t *testing.T, l *eventlog.Log) {
	group := newGroup()
	for i := range 5 {
		write(t, l, encode(t, raw(i)))
	}
	run := func(ctx context.Context, out processors.Writer) {
		c := l.Consume(group, event.TopicRaw)
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
	if lag, err := l.Lag(t.Context(), group, event.TopicRaw); err != nil || lag[event.TopicRaw] != 5 {
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
	waitIdle(t, l, group, event.TopicRaw)
	cancel()
	stop()
	unique := map[string]bool{}
	got := all(t, l, event.TopicItems)
	for _, m := range got {
		unique[m.Header("ce_id")] = true
	}
	if len(got) < 7 {
		t.Errorf("%d records: the interruptions repeated nothing, so they did not happen", len(got))
	}
	if len(unique) != 5 {
		t.Errorf("%d different records, want 5", len(unique))
	}
}
