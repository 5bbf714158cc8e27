package eventlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

const (
	roundRecords = 5000
	roundBytes   = 8 << 20 // of a round of many records; one record may be larger
	overhead     = 1 << 10 // of a batch's own header, generously
	closeWithin  = 5 * time.Second
)

// Writer writes events; records with one key go to one partition, in order. Its methods may be called at once: what
// is asked for while a round is on its way goes into the next one, one request a broker with one batch a partition.
// So a single record does not wait, and many callers share requests and what the broker does for each to be durable.
type Writer struct {
	brokers  []string
	client   *kafka.Client
	balancer kafka.Hash

	mu      sync.Mutex
	waiting []*call
	sending bool
	closed  bool
	idle    sync.WaitGroup

	ctx  context.Context // of the requests; callers come and go
	stop context.CancelFunc
}

// call is one caller's messages.
type call struct {
	left []event.Message // not sent yet
	open int             // sent and not acknowledged yet
	err  error           // the first; nothing of the call is sent from then on
	done chan struct{}   // closed when nothing is left and nothing open
}

// Writer returns a writer of its own connections. Close it.
func (l *Log) Writer() *Writer {
	w := &Writer{brokers: l.brokers, client: &kafka.Client{Addr: kafka.TCP(l.brokers...), Timeout: attemptWithin, Transport: l.newTransport()}}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w
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
	if len(messages) == 0 {
		return nil
	}
	c := &call{left: messages, done: make(chan struct{})}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errors.New("write to the log: the writer is closed")
	}
	w.waiting = append(w.waiting, c)
	if !w.sending {
		w.sending = true
		w.idle.Go(w.run)
	}
	w.mu.Unlock()
	select {
	case <-c.done:
	case <-ctx.Done():
		w.mu.Lock()
		if c.err == nil {
			c.err = ctx.Err()
		}
		w.mu.Unlock()
		return fmt.Errorf("write to the log: %w", ctx.Err())
	}
	if c.err != nil {
		return fmt.Errorf("write to the log: %w", explain(ctx, w.brokers, c.err))
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

// run sends rounds until nobody waits. One round is on its way at a time: so a batch that fails has no successor that
// went in before it, and a key's records stay in order when the caller writes them again.
func (w *Writer) run() {
	for {
		r := w.next()
		if r == nil {
			return
		}
		w.send(r)
	}
}

// next takes what waits, up to a round, or returns nil and says that nobody sends now.
func (w *Writer) next() (records []record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum, full := 0, false
	for len(w.waiting) > 0 && !full {
		c := w.waiting[0]
		for c.err == nil && len(c.left) > 0 {
			n := size(&c.left[0])
			if full = len(records) == roundRecords || len(records) > 0 && sum+n > roundBytes; full {
				break
			}
			sum += n
			records = append(records, record{&c.left[0], c})
			c.left = c.left[1:]
			c.open++
		}
		if c.err != nil {
			c.left = nil
		}
		if len(c.left) == 0 {
			w.waiting = w.waiting[1:]
			c.settle()
		}
	}
	if len(records) == 0 {
		w.sending, w.waiting = false, nil
		return nil
	}
	return records
}

// settle tells the caller once all is done. The writer's lock is held.
func (c *call) settle() {
	if c.open == 0 && len(c.left) == 0 {
		close(c.done)
	}
}

// finish counts records as acknowledged, or as given up.
func (w *Writer) finish(records []record, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range records {
		if r.call.open--; err != nil && r.call.err == nil {
			r.call.err = err
		}
		r.call.settle() // if something is left, the next round drops or sends it
	}
}

// live divides records into those to be sent and those whose caller has failed or left.
func (w *Writer) live(records []record) (live, gone []record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, r := range records {
		switch {
		case r.call.err != nil:
			if gone == nil {
				live = append(live, records[:i]...)
			}
			gone = append(gone, r)
		case gone != nil:
			live = append(live, r)
		}
	}
	if gone == nil {
		return records, nil
	}
	return live, gone
}

// size is what a message takes in a batch, at most.
func size(m *event.Message) int {
	n := len(m.Key) + len(m.Value) + 64
	for _, h := range m.Headers {
		n += len(h.Key) + len(h.Value) + 16
	}
	return n
}

// Close refuses further messages, waits for those on their way, for some seconds at most, and drops the connections.
func (w *Writer) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	late := time.AfterFunc(closeWithin, w.stop)
	w.idle.Wait()
	late.Stop()
	w.stop()
	if t, ok := w.client.Transport.(*kafka.Transport); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// tooLarge says that the cluster takes less than the log needs.
func tooLarge(err error) error {
	if errors.Is(err, kafka.MessageSizeTooLarge) {
		return fmt.Errorf("%w: the cluster takes less than max.message.bytes=%d (%w)", event.ErrTooLarge, maxBytes, err)
	}
	return err
}
