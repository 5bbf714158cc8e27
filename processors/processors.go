// Package processors is the consumer loop: it reads records of the topics that a stage names, writes what the stage
// makes of them, and commits only then. Records that cannot be processed become dead letters; errors of the broker
// or the database are tried again until the context ends.
package processors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Reader is one member of a consumer group.
type Reader interface {
	// FetchBatch waits for one record and returns it with those that follow within wait, up to maxRecords or
	// about maxBytes of values. It commits nothing. It may return no record and no error.
	FetchBatch(ctx context.Context, maxRecords, maxBytes int, wait time.Duration) ([]event.Message, error)
	// Commit says that everything up to these records took effect.
	Commit(ctx context.Context, messages []event.Message) error
}

// Writer writes to the log.
type Writer interface {
	// Write returns nil once every message is durable. After an error any of them may have been written.
	// An error that is [event.ErrTooLarge] will not go away by trying again.
	Write(ctx context.Context, messages ...event.Message) error
}

// Limits bounds what a stage holds in memory at once.
type Limits struct {
	Records int           // records in one fetch; 0: 500
	Bytes   int           // bytes of values in one fetch, and of outputs before they are written; 0: 8 MiB
	Wait    time.Duration // how long a fetch waits for more once it has a record; 0: 5 ms
}

func (l Limits) orDefault() Limits {
	if l.Records <= 0 {
		l.Records = 500
	}
	if l.Bytes <= 0 {
		l.Bytes = 8 << 20
	}
	if l.Wait <= 0 {
		l.Wait = 5 * time.Millisecond
	}
	return l
}

// Stage is a processor whose effect is records: a pure function of one record.
type Stage struct {
	Name string // in dead letters and in the program's log: "normalize"
	In   Reader
	Out  Writer
	// Handle returns what follows from a record. An error, or a panic, means that the record is poison: it becomes
	// a dead letter and none of its outputs is written. With Workers over 1, Handle is called concurrently.
	Handle  func(m *event.Message) ([]event.Payload, error)
	Workers int // how many records are handled at once; 0: 1
	Limits  Limits
	Log     *slog.Logger // nil: nothing is logged
	Stats   *Stats       // nil: nothing is counted
}

// made is what a stage made of one record.
type made struct {
	from *event.Message
	out  []event.Message
	err  error // the record is poison
	dead bool  // out is its dead letter
}

// Run processes records until ctx ends, and returns nil then. What was in hand at that moment is not committed
// unless its outputs are durable: it comes again.
func Run(ctx context.Context, s Stage) error {
	if s.Name == "" || s.In == nil || s.Out == nil || s.Handle == nil {
		return errors.New("a stage needs a name, a reader, a writer and a handler")
	}
	c := newCore(s.Name, s.In, s.Out, s.Limits, s.Log, s.Stats)
	return c.loop(ctx, func(ctx context.Context, batch []event.Message) error {
		return s.process(ctx, c, batch)
	})
}

// process handles a batch in order and writes what it makes, as soon as that is larger than the limit.
func (s *Stage) process(ctx context.Context, c *core, batch []event.Message) error {
	var pending []made
	size := 0
	step := max(1, s.Workers)
	for len(batch) > 0 {
		n := min(step, len(batch))
		for _, m := range s.handleAll(batch[:n]) {
			pending = append(pending, m)
			for i := range m.out {
				size += len(m.out[i].Value)
			}
		}
		if batch = batch[n:]; size >= c.limits.Bytes || len(batch) == 0 {
			if err := c.writeAll(ctx, pending); err != nil {
				return err
			}
			pending, size = pending[:0], 0
		}
	}
	return nil
}

// handle calls the handler and encodes what it returns.
func (s *Stage) handle(m *event.Message) (r made) {
	r.from = m
	defer func() {
		if p := recover(); p != nil {
			r.out, r.err = nil, fmt.Errorf("%s panicked: %v", s.Name, p)
		}
	}()
	payloads, err := s.Handle(m)
	if err != nil {
		r.err = err
		return r
	}
	for _, p := range payloads {
		o, err := event.Encode(p)
		if err != nil {
			r.out, r.err = nil, fmt.Errorf("an output cannot be written: %w", err)
			return r
		}
		r.out = append(r.out, o)
	}
	return r
}
