package web

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

const (
	fresh    = 10 * time.Second       // the trackers are polled every two minutes; nobody sees the difference
	late     = 2 * time.Minute        // how old an answer may get that took long
	long     = 200 * time.Millisecond // that is: it would keep a page waiting
	keptMost = 200                    // answers
)

// memory keeps the pages' answers for a few seconds, and asks once where several pages ask the same at once: many
// people with the overview open cost as much as one. An answer that took long is given for two minutes, and asked again
// meanwhile: over a million items a page is there at once, and says which of its answers are older.
type memory struct {
	mu   sync.Mutex
	kept map[string]*kept
}

// kept is an answer, or one that is on its way.
type kept struct {
	done  chan struct{}
	at    time.Time // when it was asked
	took  time.Duration
	again bool  // it is being asked again; the memory's lock guards it
	panel panel // its columns and rows, which nobody changes
	err   error
}

type runner func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error

func (m *memory) answer(ctx context.Context, q *queries.Question, bound map[string]string, run runner) *kept {
	key := q.Name + fmt.Sprint(bound) // maps are printed in the order of their keys
	return m.keep(ctx, key, func(ctx context.Context, p *panel) error { return run(ctx, q, bound, p.fill) })
}

// keep returns what is kept under a key, or fills it.
func (m *memory) keep(ctx context.Context, key string, fill func(context.Context, *panel) error) *kept {
	m.mu.Lock()
	k := m.kept[key]
	switch {
	case k == nil || k.over(late) || k.over(fresh) && k.took < long:
		k = &kept{done: make(chan struct{}), at: time.Now()}
		m.put(key, k)
		go func() {
			if k.fill(ctx, fill); k.err != nil {
				m.forget(key, k)
			}
			close(k.done)
		}()
	case k.over(fresh) && !k.again:
		k.again = true
		go m.renew(ctx, key, k, fill)
	}
	m.mu.Unlock()
	select {
	case <-k.done:
		return k
	case <-ctx.Done():
	}
	select {
	case <-k.done: // an answer that is there is given to who has no time left, too
		return k
	default:
		return &kept{err: ctx.Err()}
	}
}

// over says whether the answer has come and was asked for longer ago than that.
func (k *kept) over(age time.Duration) bool {
	select {
	case <-k.done:
		return time.Since(k.at) > age
	default:
		return false
	}
}

func (k *kept) fill(ctx context.Context, fill func(context.Context, *panel) error) {
	// Whoever asked first may go away; the others still wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	k.err = guarded(func() error { return fill(ctx, &k.panel) })
	k.took = time.Since(k.at)
}

// renew asks again for what is kept, and puts the new answer in the old one's place, unless that was forgotten meanwhile.
func (m *memory) renew(ctx context.Context, key string, old *kept, fill func(context.Context, *panel) error) {
	k := &kept{done: make(chan struct{}), at: time.Now()}
	k.fill(ctx, fill)
	close(k.done)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch old.again = false; {
	case m.kept[key] != old:
	case k.err != nil:
		delete(m.kept, key) // whoever asks next sees why
	default:
		m.kept[key] = k
	}
}

// put keeps an answer; the lock is held. Old ones go when there are too many.
func (m *memory) put(key string, k *kept) {
	if m.kept == nil {
		m.kept = map[string]*kept{}
	}
	if len(m.kept) >= keptMost {
		for old, o := range m.kept {
			if time.Since(o.at) > late || len(m.kept) >= keptMost {
				delete(m.kept, old)
			}
		}
	}
	m.kept[key] = k
}

func (m *memory) forget(key string, k *kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept[key] == k {
		delete(m.kept, key)
	}
}

// clear forgets all answers: something was published that they do not tell.
func (m *memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.kept)
}

// guarded makes an error of a panic: here it would end the process, not just a request as in a handler.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("a question panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("the question could not be answered: a fault of workmix, told in its log: %v", p)
		}
	}()
	return do()
}
