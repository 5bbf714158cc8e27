package eventlog

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

// Writer writes events; records with one key go to one partition, in order.
type Writer struct{ w *kafka.Writer }

// Writer returns a writer of its own connections. Close it.
func (l *Log) Writer() *Writer {
	return &Writer{&kafka.Writer{
		Addr: kafka.TCP(l.brokers...), Transport: l.newTransport(),
		Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
		BatchBytes: maxBytes, BatchSize: 1000, BatchTimeout: 5 * time.Millisecond,
		MaxAttempts: 10, WriteBackoffMin: 100 * time.Millisecond, WriteBackoffMax: 2 * time.Second,
	}}
}

// Write returns nil once every message is acknowledged by all replicas. After an error some may have been
// written: write them all again, ids make a repeat harmless.
func (w *Writer) Write(ctx context.Context, messages ...event.Message) error {
	const most = 8 << 20 // a call's worth in memory; kafka-go cuts batches by itself
	for len(messages) > 0 {
		n, size := 0, 0
		for n < len(messages) && (n == 0 || size+len(messages[n].Value) <= most) {
			size += len(messages[n].Value)
			n++
		}
		out := make([]kafka.Message, n)
		for i := range out {
			m := &messages[i]
			out[i] = kafka.Message{Topic: m.Topic, Key: m.Key, Value: m.Value}
			for _, h := range m.Headers {
				out[i].Headers = append(out[i].Headers, kafka.Header{Key: h.Key, Value: h.Value})
			}
		}
		if err := w.w.WriteMessages(ctx, out...); err != nil {
			return fmt.Errorf("write %d records to the log: %w", n, err)
		}
		messages = messages[n:]
	}
	return nil
}

// Close flushes and drops the connections.
func (w *Writer) Close() error { return w.w.Close() }
