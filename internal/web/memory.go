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
	fresh    = 10 * time.Second // the trackers are polled every two minutes; nobody sees the difference
	keptMost = 200              // answers
)

// memory keeps the pages' answers for a few seconds, and asks once where several pages ask the same at once: many
// people with the overview open cost as much as one.
type memory struct {
	mu   sync.Mutex
	kept map[string]*kept
}

// kept is an answer, or one that is on its way.
type kept struct {
	done  chan struct{}
	at    time.Time // when it was asked
	panel panel     // its columns and rows, which nobody changes
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
	if k == nil || time.Since(k.at) > fresh {
		k = &kept{done: make(chan struct{}), at: time.Now()}
		m.put(key, k)
		go func() {
			// Whoever asked first may go away; the others still wait.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			k.err = guarded(func() error { return fill(ctx, &k.panel) })
			if k.err != nil {
				m.forget(key, k)
			}
			close(k.done)
		}()
	}
	m.mu.Unlock()
	select {
	case <-k.done:
		return k
	case <-ctx.Done():
		return &kept{err: ctx.Err()}
	}
}

// put keeps an answer; the lock is held. Old ones go when there are too many.
func (m *memory) put(key string, k *kept) {
	if m.kept == nil {
		m.kept = map[string]*kept{}
	}
	if len(m.kept) >= keptMost {
		for old, o := range m.kept {
			if time.Since(o.at) > fresh || len(m.kept) >= keptMost {
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
