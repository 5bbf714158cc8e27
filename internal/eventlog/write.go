package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

const (
	batchRecords = 1000
	callBytes    = 8 << 20 // of a batch of many records; one record may be larger
	overhead     = 1 << 10 // of a batch's own header, generously
)

// Writer writes events; records with one key go to one partition, in order.
type Writer struct {
	w       *kafka.Writer
	brokers []string
}

// Writer returns a writer of its own connections. Close it.
func (l *Log) Writer() *Writer {
	return &Writer{brokers: l.brokers, w: &kafka.Writer{
		Addr: kafka.TCP(l.brokers...), Transport: l.newTransport(),
		Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
		BatchBytes: maxBytes, BatchSize: batchRecords, BatchTimeout: 5 * time.Millisecond,
		MaxAttempts: 5, WriteBackoffMin: 100 * time.Millisecond, WriteBackoffMax: 2 * time.Second,
	}}
}

// Write returns nil once every message is acknowledged by all replicas in sync. After an error some may have been
// written: write them all again, in the same order; ids make a repeat harmless. A value over
// [event.MaxRecordBytes] is [event.ErrTooLarge], and nothing is written then.
func (w *Writer) Write(ctx context.Context, messages ...event.Message) error {
	for i := range messages {
		if m := &messages[i]; len(m.Value) > event.MaxRecordBytes || size(m) > maxBytes-overhead {
			return fmt.Errorf("topic %s, key %.200q: %d bytes: %w", m.Topic, m.Key, len(m.Value), event.ErrTooLarge)
		}
	}
	for len(messages) > 0 {
		n, sum := 0, 0
		for n < len(messages) && n < batchRecords && (n == 0 || sum+size(&messages[n]) <= callBytes) {
			sum += size(&messages[n])
			n++
		}
		if err := w.write(ctx, messages[:n]); err != nil {
			return fmt.Errorf("write %d records to the log: %w", n, explain(ctx, w.brokers, err))
		}
		messages = messages[n:]
	}
	return nil
}

// WriteEvents encodes and writes events; an error of the encoding comes before anything is written.
func (w *Writer) WriteEvents(ctx context.Context, payloads ...event.Payload) error {
	messages := make([]event.Message, len(payloads))
	for i, p := range payloads {
		m, err := event.Encode(p)
		if err != nil {
			return err
		}
		messages[i] = m
	}
	return w.Write(ctx, messages...)
}

// write sends what is at most one batch a partition. So a batch that fails has no successor that went in before
// it, and a key's records stay in order when the caller writes them again.
func (w *Writer) write(ctx context.Context, messages []event.Message) error {
	out := make([]kafka.Message, len(messages))
	for i := range out {
		m := &messages[i]
		out[i] = kafka.Message{Topic: m.Topic, Key: m.Key, Value: m.Value}
		for _, h := range m.Headers {
			out[i].Headers = append(out[i].Headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
	}
	err := w.w.WriteMessages(ctx, out...)
	var each kafka.WriteErrors
	if errors.As(err, &each) { // one sentence of a thousand
		for i, e := range each {
			if e != nil {
				err = fmt.Errorf("topic %s: %d of %d failed, the first with: %w", messages[i].Topic, each.Count(), len(messages), e)
				break
			}
		}
	}
	if errors.Is(err, kafka.MessageSizeTooLarge) {
		return fmt.Errorf("%w: the cluster takes less than max.message.bytes=%d (%w)", event.ErrTooLarge, maxBytes, err)
	}
	return err
}

// size is what a message takes in a batch, at most.
func size(m *event.Message) int {
	n := len(m.Key) + len(m.Value) + 64
	for _, h := range m.Headers {
		n += len(h.Key) + len(h.Value) + 16
	}
	return n
}

// Close flushes and drops the connections.
func (w *Writer) Close() error { return w.w.Close() }
