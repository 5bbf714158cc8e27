package processors

import (
	"context"
	"sync"

	"github.com/workmix/workmix/internal/event"
)

// buffer holds what was read and not yet taken. Reading goes on while the stage works, and the stage takes all that
// has come meanwhile: few records at once when few come, many when it falls behind.
type buffer struct {
	limits Limits

	mu    sync.Mutex
	held  []event.Message
	bytes int
	more  chan struct{} // has a token when something was put
	less  chan struct{} // has a token when something was taken
}

func newBuffer(l Limits) *buffer {
	return &buffer{limits: l, more: make(chan struct{}, 1), less: make(chan struct{}, 1)}
}

// put adds a batch and waits while the buffer is full; what was put is held also when ctx ends.
func (b *buffer) put(ctx context.Context, batch []event.Message) {
	b.mu.Lock()
	b.held = append(b.held, batch...)
	for i := range batch {
		b.bytes += len(batch[i].Value)
	}
	b.mu.Unlock()
	signal(b.more)
	for b.full() {
		select {
		case <-ctx.Done():
			return
		case <-b.less:
		}
	}
}

func (b *buffer) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.held) >= b.limits.Records || b.bytes >= b.limits.Bytes
}

// take waits for a record and returns what is held, up to the limits, or nothing when ctx has ended.
func (b *buffer) take(ctx context.Context) []event.Message {
	for ctx.Err() == nil {
		if batch := b.takeNow(); batch != nil {
			return batch
		}
		select {
		case <-ctx.Done():
		case <-b.more:
		}
	}
	return nil
}

func (b *buffer) takeNow() []event.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) == 0 {
		return nil
	}
	n, bytes := 0, 0
	for n < len(b.held) && n < b.limits.Records && bytes < b.limits.Bytes {
		bytes += len(b.held[n].Value)
		n++
	}
	batch := b.held[:n:n]
	b.held, b.bytes = append([]event.Message(nil), b.held[n:]...), b.bytes-bytes
	signal(b.less)
	return batch
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
