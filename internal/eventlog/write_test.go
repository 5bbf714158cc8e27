package eventlog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

// TestWritersShareRounds: many callers at once lose nothing, and each keeps its order, over one writer.
func TestWritersShareRounds(t *testing.T) {
	engines(t, func(t *testing.T, l *Log) {
		const callers, each = 40, 25
		w := l.Writer()
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for i := range each {
					err := w.Write(t.Context(),
						event.Message{Topic: event.TopicDecisions, Key: fmt.Append(nil, c), Value: fmt.Append(nil, i)},
						event.Message{Topic: event.TopicItems, Key: fmt.Append(nil, c, "x"), Value: fmt.Append(nil, i)})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(t.Context(), event.Message{Topic: event.TopicItems, Value: []byte("v")}); err == nil {
			t.Error("a closed writer writes")
		}
		for _, topic := range []string{event.TopicDecisions, event.TopicItems} {
			next := map[string]int{}
			for _, m := range readAll(t, l, topic) {
				if want := fmt.Sprint(next[string(m.Key)]); string(m.Value) != want {
					t.Fatalf("%s, key %s: %s came instead of %s", topic, m.Key, m.Value, want)
				}
				next[string(m.Key)]++
			}
			if len(next) != callers {
				t.Errorf("%s: %d keys, want %d", topic, len(next), callers)
			}
			for k, n := range next {
				if n != each {
					t.Errorf("%s: key %s has %d of %d", topic, k, n, each)
				}
			}
		}
	})
}

// TestOneTooLargeAmongOthers: a record that the cluster refuses fails its own caller; those that went with it arrive.
func TestOneTooLargeAmongOthers(t *testing.T) {
	b, o := startBroker(t, t.TempDir())
	defer b.Close()
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.EnsureTopics(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	_, err = l.client.IncrementalAlterConfigs(t.Context(), &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: event.TopicItems,
		Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "max.message.bytes", Value: "3000", ConfigOperation: kafka.ConfigOperationSet}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	message := func(key string, bytes int) event.Message {
		v := make([]byte, bytes)
		_, _ = rand.Read(v) // cannot be compressed
		return event.Message{Topic: event.TopicItems, Key: []byte(key), Value: v}
	}
	w := l.Writer()
	defer w.Close()
	// One round takes all the calls: they wait while this one is built by hand.
	calls := []*call{{done: make(chan struct{})}, {done: make(chan struct{})}}
	for i := range 10 {
		calls[0].left = append(calls[0].left, message(fmt.Sprint("small ", i), 1000))
	}
	calls[1].left = []event.Message{message("large", 5000)}
	w.waiting, w.sending = calls, true
	w.idle.Go(w.run)
	<-calls[0].done
	<-calls[1].done
	if calls[0].err != nil {
		t.Errorf("the caller of small records: %v", calls[0].err)
	}
	if err := calls[1].err; !errors.Is(err, event.ErrTooLarge) {
		t.Errorf("the caller of the large record: %v", err)
	}
	if got := readAll(t, l, event.TopicItems); len(got) != 10 {
		t.Errorf("%d records arrived, want 10", len(got))
	}
}

func TestWriteEndsWithItsCaller(t *testing.T) {
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
	m := event.Message{Topic: event.TopicItems, Key: []byte("k"), Value: []byte("v")}
	if err := w.Write(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Write(ctx, m) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left got %v", err)
	}
	if err := w.Write(t.Context(), m); err == nil {
		t.Error("a write without a broker succeeded")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
