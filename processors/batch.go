package processors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/workmix/workmix/internal/event"
)

// BatchStage is a processor whose effect is on many records at once, in a database.
type BatchStage struct {
	Name string
	In   Reader
	Out  Writer // for dead letters
	// Effect makes a batch durable. It is called again with the same records after an error and after a crash, so
	// it must be idempotent. A [*Poison] names records that will never succeed: they become dead letters, and
	// Effect is called with the rest. Any other error is tried again until ctx ends.
	Effect func(ctx context.Context, batch []event.Message) error
	Limits Limits
	Log    *slog.Logger // nil: nothing is logged
	Stats  *Stats       // nil: nothing is counted
}

// Poison is the error of an Effect for records that will never succeed; the batch had no effect yet, or one that
// may be repeated.
type Poison struct {
	Reasons map[int]string // index in the batch: what is wrong with that record
}

// Error implements error.
func (p *Poison) Error() string {
	for _, i := range slices.Sorted(maps.Keys(p.Reasons)) {
		return fmt.Sprintf("%d records cannot be processed, the first: %s", len(p.Reasons), p.Reasons[i])
	}
	return "no record cannot be processed"
}

// RunBatches processes batches until ctx ends, and returns nil then.
func RunBatches(ctx context.Context, s BatchStage) error {
	if s.Name == "" || s.In == nil || s.Out == nil || s.Effect == nil {
		return errors.New("a batch stage needs a name, a reader, a writer and an effect")
	}
	c := newCore(s.Name, s.In, s.Out, s.Limits, s.Log, s.Stats)
	return c.loop(ctx, func(ctx context.Context, in *buffer, done *commits) error {
		for {
			batch := in.take(ctx)
			if batch == nil {
				return nil
			}
			if err := s.process(ctx, c, batch); err != nil {
				return err
			}
			done.done(batch)
		}
	})
}

// errPanic is a panic of an effect; which record caused it is not known.
type errPanic struct{ value any }

func (e *errPanic) Error() string { return fmt.Sprintf("panicked: %v", e.value) }

func (s *BatchStage) process(ctx context.Context, c *core, batch []event.Message) error {
	for len(batch) > 0 {
		var poison *Poison
		var panicked *errPanic
		err := c.retry(ctx, "store a batch", func() error {
			poison, panicked = nil, nil
			err := s.effect(ctx, batch)
			if errors.As(err, &panicked) || errors.As(err, &poison) && poison.in(batch) {
				return nil
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case poison != nil:
			var bad []made
			var good []event.Message
			for i := range batch {
				if reason, ok := poison.Reasons[i]; ok {
					bad = append(bad, made{from: &batch[i], err: errors.New(reason)})
				} else {
					good = append(good, batch[i])
				}
			}
			if err := c.writeAll(ctx, bad); err != nil {
				return err
			}
			batch = good
		case panicked != nil && len(batch) == 1:
			return c.writeAll(ctx, []made{{from: &batch[0], err: fmt.Errorf("%s %w", s.Name, panicked)}})
		case panicked != nil: // find the record by halves
			if err := s.process(ctx, c, batch[:len(batch)/2]); err != nil {
				return err
			}
			batch = batch[len(batch)/2:]
		default:
			return nil
		}
	}
	return nil
}

// in says whether the poison names a record of the batch; else it is an error like any other.
func (p *Poison) in(batch []event.Message) bool {
	for i := range p.Reasons {
		if i >= 0 && i < len(batch) {
			return true
		}
	}
	return false
}

func (s *BatchStage) effect(ctx context.Context, batch []event.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &errPanic{p}
		}
	}()
	return s.Effect(ctx, batch)
}
