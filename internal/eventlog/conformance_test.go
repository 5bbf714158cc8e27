package eventlog

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
)

func startBroker(t *testing.T, dir string) (*broker.Broker, Options) {
	t.Helper()
	b, err := broker.Start(broker.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return b, Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()}
}

// engines runs a test on the embedded broker, and on a real Kafka where WORKMIX_TEST_KAFKA names one.
func engines(t *testing.T, test func(*testing.T, *Log)) {
	run := func(name string, o Options) {
		t.Run(name, func(t *testing.T) {
			l, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for range 2 { // the second finds them there
				if err := l.EnsureTopics(t.Context(), 3); err != nil {
					t.Fatal(err)
				}
			}
			test(t, l)
		})
	}
	b, o := startBroker(t, t.TempDir())
	defer b.Close()
	run("embedded", o)
	if addr := os.Getenv("WORKMIX_TEST_KAFKA"); addr != "" {
		run("kafka", Options{Brokers: []string{addr}})
	}
}

func write(t *testing.T, l *Log, messages ...event.Message) {
	t.Helper()
	w := l.Writer()
	defer w.Close()
	if err := w.Write(t.Context(), messages...); err != nil {
		t.Fatal(err)
	}
}

// read collects n messages of a topic as a group, without committing any.
func read(t *testing.T, c *Consumer, n int) []event.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var all []event.Message
	for len(all) < n {
		batch, err := c.FetchBatch(ctx, n-len(all), 64<<20, 20*time.Millisecond)
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(all), n, err)
		}
		all = append(all, batch...)
	}
	return all
}

func TestOrderLagAndCommit(t *testing.T) {
	engines(t, func(t *testing.T, l *Log) {
		group := fmt.Sprintf("test-%d", time.Now().UnixNano())
		before, err := l.Lag(t.Context(), group, event.TopicItems)
		if err != nil {
			t.Fatal(err)
		}
		old, n := int(before[event.TopicItems]), 300
		var messages []event.Message
		for i := range n {
			messages = append(messages, event.Message{
				Topic: event.TopicItems, Key: fmt.Appendf(nil, "item-%d", i%7), Value: fmt.Appendf(nil, "%s %d", group, i),
				Headers: []event.Header{{Key: "ce_id", Value: []byte("x")}},
			})
		}
		write(t, l, messages...)
		c := l.Consume(group, event.TopicItems)
		got := read(t, c, old+n)
		last := map[string]int{}
		for _, m := range got {
			var g string
			var i int
			if _, err := fmt.Sscanf(string(m.Value), "%s %d", &g, &i); err != nil || g != group {
				continue
			}
			if before, ok := last[string(m.Key)]; ok && before >= i {
				t.Errorf("key %s: %d after %d", m.Key, i, before)
			}
			last[string(m.Key)] = i
			if m.Header("ce_id") != "x" {
				t.Errorf("headers lost: %v", m.Headers)
			}
		}
		if len(last) != 7 {
			t.Errorf("%d keys came back, want 7", len(last))
		}
		if lag, err := l.Lag(t.Context(), group, event.TopicItems); err != nil || int(lag[event.TopicItems]) != old+n {
			t.Errorf("lag before the commit %v, %v, want %d", lag, err, old+n)
		}
		c.Close()

		again := l.Consume(group, event.TopicItems) // nothing was committed: all comes again
		got = read(t, again, old+n)
		if err := again.Commit(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		again.Close()
		if lag, err := l.Lag(t.Context(), group, event.TopicItems); err != nil || lag[event.TopicItems] != 0 {
			t.Errorf("lag after the commit %v, %v", lag, err)
		}
	})
}

func TestLargestRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("16 MiB records")
	}
	engines(t, func(t *testing.T, l *Log) {
		value := make([]byte, event.MaxRecordBytes)
		r := rand.NewChaCha8([32]byte{1}) // does not compress: the batch is as large as it can be
		r.Read(value)
		write(t, l, event.Message{Topic: event.TopicRaw, Key: []byte("big"), Value: value})
		c := l.Consume(fmt.Sprintf("big-%d", time.Now().UnixNano()), event.TopicRaw)
		defer c.Close()
		for {
			if m := read(t, c, 1)[0]; bytes.Equal(m.Value, value) {
				return
			}
		}
	})
}

func TestAcknowledgedRecordsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	b, o := startBroker(t, dir)
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.EnsureTopics(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		write(t, l, event.Message{Topic: event.TopicRaw, Key: fmt.Appendf(nil, "%d", i), Value: []byte("v")})
	}
	l.Close()
	b.Close()

	b, o = startBroker(t, dir)
	defer b.Close()
	if l, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ranges, err := l.Offsets(t.Context(), event.TopicRaw)
	var n int64
	for _, r := range ranges {
		n += r.Next - r.First
	}
	if err != nil || n != 20 || len(ranges) != 3 {
		t.Errorf("%d records in %d partitions after the restart, %v", n, len(ranges), err)
	}
}

func TestWrongPassword(t *testing.T) {
	b, o := startBroker(t, t.TempDir())
	defer b.Close()
	o.Password = "wrong"
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := Open(ctx, o); err == nil {
		t.Error("a wrong password was let in")
	} else if s := err.Error(); bytes.ContainsRune([]byte(s), '\n') || !bytes.Contains([]byte(s), []byte("sasl in the configuration")) {
		t.Errorf("not one clear sentence: %v", err)
	}
}
