package processors

import (
	"context"
	"sync"
	"time"

	"github.com/workmix/workmix/internal/event"
)

const (
	// commitEvery is how long a commit waits for others to go with it. A commit only spares work: what took effect
	// and was not committed comes again, and its effect is the same. So it need not hold up the next records.
	commitEvery = 100 * time.Millisecond
	// lastCommit bounds the one that is made when the stage ends.
	lastCommit = 5 * time.Second
)

// commits collects how far a stage has come in each partition, and tells the log from time to time.
type commits struct {
	c *core

	mu      sync.Mutex
	reached map[partition]event.Message // the last of each that took effect and is not committed
	records int
	news    chan struct{}
}

type partition struct {
	topic string
	id    int
}

func newCommits(c *core) *commits {
	return &commits{c: c, reached: map[partition]event.Message{}, news: make(chan struct{}, 1)}
}

// done says that a batch took effect. Batches are done in the order in which they were read.
func (k *commits) done(batch []event.Message) {
	k.mu.Lock()
	for i := range batch {
		m := &batch[i]
		k.reached[partition{m.Topic, m.Partition}] = event.Message{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset}
	}
	k.records += len(batch)
	k.mu.Unlock()
	signal(k.news)
}

// run commits until ctx ends.
func (k *commits) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.news:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(commitEvery):
		}
		if err := k.commit(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// last commits what is left when the stage ends.
func (k *commits) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastCommit)
	defer cancel()
	if err := k.commit(ctx); err != nil {
		k.c.log.Warn("the last records will be processed again: they could not be committed", "error", err)
	}
}

func (k *commits) commit(ctx context.Context) error {
	k.mu.Lock()
	reached, records := k.reached, k.records
	k.reached, k.records = map[partition]event.Message{}, 0
	k.mu.Unlock()
	if len(reached) == 0 {
		return nil
	}
	batch := make([]event.Message, 0, len(reached))
	for _, m := range reached {
		batch = append(batch, m)
	}
	err := k.c.retry(ctx, "commit to the log", func() error { return k.c.in.Commit(ctx, batch) })
	if err == nil {
		k.c.stats.processed(records)
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for p, m := range reached {
		if _, further := k.reached[p]; !further {
			k.reached[p] = m
		}
	}
	k.records += records
	return err
}
