package eventlog

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

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

// engines runs a test on the embedded broker, and on a real Kafka, plain and with TLS and SCRAM, where the
// environment that deploy/kafka/run.sh sets names one. The topics of the log are new in each.
func engines(t *testing.T, test func(*testing.T, *Log)) {
	run := func(name string, o Options) {
		t.Run(name, func(t *testing.T) {
			l, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if name != "embedded" {
				deleteTopics(t, l)
			}
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
	if o, ok := secureKafka(t); ok {
		run("kafka-tls", o)
	}
}

func secureKafka(t *testing.T) (Options, bool) {
	t.Helper()
	addr := os.Getenv("WORKMIX_TEST_KAFKA_TLS")
	if addr == "" {
		return Options{}, false
	}
	pem, err := os.ReadFile(os.Getenv("WORKMIX_TEST_KAFKA_CA"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("WORKMIX_TEST_KAFKA_CA holds no certificate")
	}
	return Options{
		Brokers: []string{addr}, TLS: &tls.Config{RootCAs: pool},
		Mechanism: "scram-sha-512", User: "workmix", Password: os.Getenv("WORKMIX_TEST_KAFKA_PASSWORD"),
	}, true
}

func deleteTopics(t *testing.T, l *Log) {
	t.Helper()
	res, err := l.client.DeleteTopics(t.Context(), &kafka.DeleteTopicsRequest{Topics: event.Topics()})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.UnknownTopicOrPartition) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// newGroup is a name that no run has used.
func newGroup() string { return fmt.Sprintf("test-%d", time.Now().UnixNano()) }

func readAll(t *testing.T, l *Log, topic string) []event.Message {
	t.Helper()
	var all []event.Message
	if err := l.ReadAll(t.Context(), topic, func(m event.Message) error { all = append(all, m); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
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
		group := newGroup()
		const n = 2500 // more than one batch
		var messages []event.Message
		for i := range n {
			messages = append(messages, event.Message{
				Topic: event.TopicItems, Key: fmt.Appendf(nil, "item-%d", i%7), Value: fmt.Appendf(nil, "%s %d", group, i),
				Headers: []event.Header{{Key: "ce_id", Value: []byte("x")}},
			})
		}
		write(t, l, messages...)
		c := l.Consume(group, event.TopicItems)
		got := read(t, c, n)
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
		if lag, err := l.Lag(t.Context(), group, event.TopicItems); err != nil || int(lag[event.TopicItems]) != n {
			t.Errorf("lag before the commit %v, %v, want %d", lag, err, n)
		}
		c.Close()

		again := l.Consume(group, event.TopicItems) // nothing was committed: all comes again
		got = read(t, again, n)
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
	noise := make([]byte, event.MaxRecordBytes+1) // does not compress: the batch is as large as it can be
	rand.NewChaCha8([32]byte{1}).Read(noise)
	engines(t, func(t *testing.T, l *Log) {
		big := event.Message{Topic: event.TopicRaw, Key: []byte("big"), Value: noise[:event.MaxRecordBytes]}
		write(t, l, big)
		var many []event.Message
		for i := range 12 { // more than one batch takes, of one key and so of one partition
			many = append(many, event.Message{Topic: event.TopicRaw, Key: []byte("big"), Value: noise[i : 3<<20]})
		}
		write(t, l, append(many, big)...)

		w := l.Writer()
		defer w.Close()
		tooLarge := event.Message{Topic: event.TopicRaw, Key: []byte("item 7"), Value: noise}
		err := w.Write(t.Context(), many[0], tooLarge)
		if !errors.Is(err, event.ErrTooLarge) || !strings.Contains(err.Error(), "item 7") {
			t.Errorf("a byte over the limit: %v", err)
		}
		wide := event.Message{Topic: event.TopicRaw, Key: noise[:2<<20], Value: noise[:event.MaxRecordBytes]}
		if err := w.Write(t.Context(), wide); !errors.Is(err, event.ErrTooLarge) {
			t.Errorf("a key over the limit: %v", err)
		}

		want := append([]event.Message{big}, append(many, big)...)
		check := func(how string, got []event.Message) {
			if len(got) != len(want) {
				t.Fatalf("%s: %d records, want %d", how, len(got), len(want))
			}
			for i := range got {
				if !bytes.Equal(got[i].Value, want[i].Value) {
					t.Errorf("%s: record %d came back otherwise", how, i)
				}
			}
		}
		c := l.Consume(newGroup(), event.TopicRaw)
		defer c.Close()
		check("a group", read(t, c, len(want)))
		check("ReadAll", readAll(t, l, event.TopicRaw))
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

func TestLogin(t *testing.T) {
	b, o := startBroker(t, t.TempDir())
	defer b.Close()
	refused := func(name string, o Options) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			l, err := Open(ctx, o)
			if err == nil {
				l.Close()
				t.Fatal("was let in")
			}
			if s := err.Error(); strings.Contains(s, "\n") || !strings.Contains(s, "tls and sasl in the configuration") {
				t.Errorf("not one clear sentence: %v", err)
			}
		})
	}
	wrong := o
	wrong.Password = "wrong"
	refused("embedded, wrong password", wrong)
	wrong.Mechanism = ""
	refused("embedded, no login", wrong)
	if _, err := Open(t.Context(), Options{Brokers: o.Brokers, Mechanism: "md5"}); err == nil || !strings.Contains(err.Error(), `"md5" is not known`) {
		t.Errorf("an unknown mechanism: %v", err)
	}
	if _, err := Open(t.Context(), Options{}); err == nil {
		t.Error("no broker at all was accepted")
	}
	secure, ok := secureKafka(t)
	if !ok {
		return
	}
	wrong = secure
	wrong.Password = "wrong"
	refused("kafka, wrong password", wrong)
	wrong = secure
	wrong.TLS = &tls.Config{}
	refused("kafka, unknown certificate", wrong)
	wrong.TLS = nil
	refused("kafka, no TLS", wrong)
}
