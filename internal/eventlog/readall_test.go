package eventlog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

func TestReadAll(t *testing.T) {
	engines(t, func(t *testing.T, l *Log) {
		if got := readAll(t, l, event.TopicDecisions); len(got) != 0 {
			t.Errorf("an empty topic has %d records", len(got))
		}
		const n = 2500
		var messages []event.Message
		for i := range n {
			messages = append(messages, event.Message{
				Topic: event.TopicDecisions, Key: fmt.Appendf(nil, "%d", i%50), Value: fmt.Appendf(nil, "%d", i),
				Headers: []event.Header{{Key: "ce_id", Value: fmt.Appendf(nil, "id-%d", i)}},
			})
		}
		write(t, l, messages...)
		seen := map[string]int64{}
		last := map[int]int64{0: -1, 1: -1, 2: -1}
		first := true
		err := l.ReadAll(t.Context(), event.TopicDecisions, func(m event.Message) error {
			if first { // what comes after the start is not of this reading
				write(t, l, event.Message{Topic: event.TopicDecisions, Key: m.Key, Value: []byte("late")})
				first = false
			}
			if m.Offset != last[m.Partition]+1 {
				t.Errorf("partition %d: offset %d after %d", m.Partition, m.Offset, last[m.Partition])
			}
			last[m.Partition] = m.Offset
			if m.Header("ce_id") != "id-"+string(m.Value) {
				t.Errorf("record %s has headers %v", m.Value, m.Headers)
			}
			seen[string(m.Value)]++
			return nil
		})
		if err != nil || len(seen) != n || seen["late"] != 0 {
			t.Errorf("%d of %d records, %v", len(seen), n, err)
		}
		stop := errors.New("enough")
		calls := 0
		if err := l.ReadAll(t.Context(), event.TopicDecisions, func(event.Message) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
		if err := l.ReadAll(t.Context(), "workmix.nothing", func(event.Message) error { return nil }); err == nil {
			t.Error("a topic that is not there was read")
		}
	})
}

func TestResetGroup(t *testing.T) {
	engines(t, func(t *testing.T, l *Log) {
		group := newGroup()
		if err := l.ResetGroup(t.Context(), group); err != nil {
			t.Errorf("a group that never was: %v", err)
		}
		write(t, l, event.Message{Topic: event.TopicItems, Key: []byte("a"), Value: []byte("1")}, event.Message{Topic: event.TopicItems, Key: []byte("b"), Value: []byte("2")})
		c := l.Consume(group, event.TopicItems)
		if err := c.Commit(t.Context(), read(t, c, 2)); err != nil {
			t.Fatal(err)
		}
		if err := l.ResetGroup(t.Context(), group); err == nil || !strings.Contains(err.Error(), "stop them first") {
			t.Errorf("a group with a member: %v", err)
		}
		c.Close()
		if err := l.ResetGroup(t.Context(), group); err != nil {
			t.Fatal(err)
		}
		c = l.Consume(group, event.TopicItems)
		defer c.Close()
		if got := read(t, c, 2); len(got) != 2 {
			t.Errorf("%d records after the reset, want 2", len(got))
		}
	})
}

// TestEnsureTopicsCorrects: a topic that somebody made by hand would lose records after a week and refuse large ones.
func TestEnsureTopicsCorrects(t *testing.T) {
	engines(t, func(t *testing.T, l *Log) {
		deleteTopics(t, l)
		res, err := l.client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
			Topic: event.TopicRaw, NumPartitions: 2, ReplicationFactor: -1,
			ConfigEntries: []kafka.ConfigEntry{{ConfigName: "max.message.bytes", ConfigValue: "1000000"}},
		}}})
		if err != nil || res.Errors[event.TopicRaw] != nil {
			t.Fatal(err, res.Errors)
		}
		if err := l.EnsureTopics(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		value := make([]byte, 2<<20)
		rand.NewChaCha8([32]byte{2}).Read(value)
		write(t, l, event.Message{Topic: event.TopicRaw, Key: []byte("k"), Value: value})
		n, err := l.Partitions(t.Context(), event.TopicRaw)
		for end := time.Now().Add(5 * time.Second); n != 2 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			n, err = l.Partitions(t.Context(), event.TopicRaw) // the client may still remember the deleted topic
		}
		if err != nil || n != 2 {
			t.Errorf("%d partitions, %v", n, err)
		}
		is, err := l.client.DescribeConfigs(t.Context(), &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: event.TopicRaw, ConfigNames: []string{"retention.ms", "max.message.bytes"},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range is.Resources[0].ConfigEntries {
			if want := settings(event.TopicRaw)[e.ConfigName]; e.ConfigValue != want {
				t.Errorf("%s is %s, want %s", e.ConfigName, e.ConfigValue, want)
			}
		}
	})
}
