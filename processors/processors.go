// Package processors is the consumer loop: it reads records of the topics that a stage names, writes what the stage
// makes of them, and commits only then. Reading ahead, handling, writing and committing go on at once, each in the
// records' order. Records that cannot be processed become dead letters; errors of the broker
// or the database are tried again until the context ends.
package processors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
)

// Reader is one member of a consumer group. Its two methods may be called at once.
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

// Limits bounds what a stage holds in memory at once: one fetch that was read ahead, one being handled, and twice as
// many bytes of outputs, of which half are being written.
type Limits struct {
	Records int           // records in one fetch; 0: 1000
	Bytes   int           // bytes of values in one fetch, and of outputs before they are written; 0: 8 MiB
	Wait    time.Duration // how long a fetch waits for more once it has a record; 0: 1 ms
}

func (l Limits) orDefault() Limits {
	if l.Records <= 0 {
		l.Records = 1000
	}
	if l.Bytes <= 0 {
		l.Bytes = 8 << 20
	}
	if l.Wait <= 0 {
		l.Wait = time.Millisecond
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
	return c.loop(ctx, func(ctx context.Context, in *buffer, done *commits) error {
		return s.work(ctx, c, in, done)
	})
}

// part is what a stage made of consecutive records.
type part struct {
	made []made
	// The batch whose last part this is; nil before.
	batch []event.Message
}

// work handles one batch while the outputs of the one before are being written.
func (s *Stage) work(ctx context.Context, c *core, in *buffer, done *commits) error {
	parts := make(chan part)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(parts)
		for {
			batch := in.take(ctx)
			if batch == nil {
				return nil
			}
			for rest := batch; len(rest) > 0; {
				p := part{made: s.handleSome(rest, c.limits.Bytes)}
				if rest = rest[len(p.made):]; len(rest) == 0 {
					p.batch = batch
				}
				select {
				case <-ctx.Done():
					return nil
				case parts <- p:
				}
			}
		}
	})
	g.Go(func() error {
		for p := range parts {
			if err := c.writeAll(ctx, p.made); err != nil {
				return err
			}
			if p.batch != nil {
				done.done(p.batch)
			}
		}
		return nil
	})
	return g.Wait()
}

// handleSome handles the first records of a batch, until they are all or the outputs are as large as they may be
// before they are written. It returns the results in the records' order.
func (s *Stage) handleSome(batch []event.Message, bytes int) []made {
	out := make([]made, len(batch))
	var next, size atomic.Int64
	worker := func() {
		for size.Load() < int64(bytes) {
			i := int(next.Add(1)) - 1
			if i >= len(batch) {
				return
			}
			out[i] = s.handle(&batch[i])
			for j := range out[i].out {
				size.Add(int64(len(out[i].out[j].Value)))
			}
		}
	}
	if workers := min(s.Workers, len(batch)); workers > 1 {
		var all sync.WaitGroup
		for range workers {
			all.Go(worker)
		}
		all.Wait()
	} else {
		worker()
	}
	return out[:min(int(next.Load()), len(batch))]
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
