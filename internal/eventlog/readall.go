package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/workmix/workmix/internal/event"
)

// attempts is how often ReadAll asks for the same records, a second apart, before it gives up.
const attempts = 10

// ReadAll calls do with every record that a topic holds at this moment, partition after partition, in the order of
// offsets. It belongs to no group and commits nothing. An error of do ends it and is returned as it is.
func (l *Log) ReadAll(ctx context.Context, topic string, do func(event.Message) error) error {
	ranges, err := l.Offsets(ctx, topic)
	if err != nil {
		return err
	}
	for _, partition := range slices.Sorted(maps.Keys(ranges)) {
		r := ranges[partition]
		for failed := 0; r.First < r.Next; {
			next, err := l.readSome(ctx, topic, partition, r, do)
			var stop *stopped
			if errors.As(err, &stop) {
				return stop.err
			}
			if err == nil && next == r.First {
				err = errors.New("the cluster returns nothing")
			}
			if next > r.First {
				failed = 0
			}
			if r.First = next; err == nil {
				continue
			}
			if failed++; failed == attempts || ctx.Err() != nil {
				return fmt.Errorf("read %s/%d at offset %d of %d: %w", topic, partition, r.First, r.Next, l.explain(ctx, err))
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	return nil
}

// ReadAt returns the record of a topic at an offset.
func (l *Log) ReadAt(ctx context.Context, topic string, partition int, offset int64) (event.Message, error) {
	var out event.Message
	ranges, err := l.Offsets(ctx, topic)
	if err != nil {
		return out, err
	}
	if r := ranges[partition]; offset < r.First || offset >= r.Next {
		return out, fmt.Errorf("%s/%d holds offsets from %d to below %d, not %d", topic, partition, r.First, r.Next, offset)
	}
	if _, err = l.readSome(ctx, topic, partition, Range{First: offset, Next: offset + 1}, func(m event.Message) error {
		out = m
		return nil
	}); err != nil {
		return out, fmt.Errorf("read %s/%d at offset %d: %w", topic, partition, offset, l.explain(ctx, err))
	}
	if out.Topic == "" {
		return out, fmt.Errorf("%s/%d holds no record at offset %d", topic, partition, offset)
	}
	return out, nil
}

// stopped is an error of the caller's function, not of the log.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

// readSome reads one response's worth from r.First on and returns where the next begins.
func (l *Log) readSome(ctx context.Context, topic string, partition int, r Range, do func(event.Message) error) (int64, error) {
	next := r.First
	res, err := l.client.Fetch(ctx, &kafka.FetchRequest{
		Topic: topic, Partition: partition, Offset: next, MinBytes: 1, MaxBytes: 20 << 20, MaxWait: time.Second,
	})
	if err == nil {
		err = res.Error
	}
	if err != nil {
		return next, err
	}
	for next < r.Next {
		rec, err := res.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return next, err
		}
		m, err := fromRecord(topic, partition, rec)
		if err != nil {
			return next, err
		}
		if m.Offset < next || m.Offset >= r.Next { // a response begins and ends with whole batches
			continue
		}
		if err := do(m); err != nil {
			return next, &stopped{err}
		}
		next = m.Offset + 1
	}
	return next, nil
}

func fromRecord(topic string, partition int, r *kafka.Record) (event.Message, error) {
	m := event.Message{Topic: topic, Partition: partition, Offset: r.Offset, Time: r.Time}
	var err error
	if m.Key, err = protocol.ReadAll(r.Key); err != nil {
		return m, err
	}
	if m.Value, err = protocol.ReadAll(r.Value); err != nil {
		return m, err
	}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return m, nil
}
