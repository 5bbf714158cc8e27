package processors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
)

// core is what all loops share: fetching, writing and committing with retries, dead letters, counters.
type core struct {
	name   string
	in     Reader
	out    Writer
	limits Limits
	log    *slog.Logger
	stats  *Stats
}

func newCore(name string, in Reader, out Writer, l Limits, log *slog.Logger, stats *Stats) *core {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if stats == nil {
		stats = new(Stats)
	}
	return &core{name, in, out, l.orDefault(), log.With("stage", name), stats}
}

// loop reads ahead into a buffer, lets work take from it and say what is done, and commits that from time to time. Work
// returns an error only when ctx has ended, or to end the stage.
func (c *core) loop(ctx context.Context, work func(context.Context, *buffer, *commits) error) error {
	in, done := newBuffer(c.limits), newCommits(c)
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return c.read(running, in) })
	g.Go(func() error { return work(running, in, done) })
	g.Go(func() error { return done.run(running) })
	err := g.Wait()
	done.last(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// read fetches until ctx ends.
func (c *core) read(ctx context.Context, in *buffer) error {
	for ctx.Err() == nil {
		var batch []event.Message
		err := c.retry(ctx, "read from the log", func() (err error) {
			batch, err = c.in.FetchBatch(ctx, c.limits.Records, c.limits.Bytes, c.limits.Wait)
			return err
		})
		if err != nil {
			return err
		}
		if len(batch) > 0 {
			in.put(ctx, batch)
		}
	}
	return nil
}

// retry calls op until it succeeds or ctx ends, waiting a jittered, growing time in between, at most 5 s. It logs
// the first failure and the recovery, and in a long outage one line a minute.
func (c *core) retry(ctx context.Context, doing string, op func() error) error {
	var since, said time.Time
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 100*time.Millisecond, 5*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := op()
		if err != nil && ctx.Err() != nil {
			err = backoff.Permanent(ctx.Err())
		} else if errors.Is(err, event.ErrTooLarge) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(b), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, _ time.Duration) {
		now := time.Now()
		c.stats.failed(err, since.IsZero())
		if since.IsZero() {
			since = now
		}
		if now.Sub(said) >= time.Minute {
			c.log.Error("cannot "+doing+"; trying again until it works", "error", err, "for", now.Sub(since).Round(time.Second))
			said = now
		}
	}))
	if !since.IsZero() { // it works again, or nobody tries any more
		c.stats.recovered()
		if err == nil {
			c.log.Info("can "+doing+" again", "after", time.Since(since).Round(time.Millisecond))
		}
	}
	return err
}

// writeAll writes the outputs of the records and the dead letters of those that are poison.
func (c *core) writeAll(ctx context.Context, all []made) error {
	var out []event.Message
	written := 0
	for i := range all {
		m := &all[i]
		if m.err != nil && !m.dead {
			d, err := c.deadLetter(m.from, m.err.Error())
			if err != nil {
				return err
			}
			m.out, m.dead = d, true
		}
		if !m.dead {
			written += len(m.out)
		}
		out = append(out, m.out...)
	}
	if len(out) == 0 {
		return nil
	}
	err := c.retry(ctx, "write to the log", func() error { return c.out.Write(ctx, out...) })
	switch {
	case err == nil:
		c.stats.out.Add(int64(written))
		return nil
	case !errors.Is(err, event.ErrTooLarge):
		return err
	case len(all) == 1 && all[0].dead:
		return fmt.Errorf("%s: not even a dead letter can be written: %w", c.name, err)
	case len(all) == 1:
		return c.writeAll(ctx, []made{{from: all[0].from, err: err}})
	}
	for i := range all { // find the one that is too large
		if err := c.writeAll(ctx, all[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// deadLetter returns the dead letter of a record, ready to be written. A dead letter about a dead letter gets
// none itself: whatever refuses those would refuse the next one too.
func (c *core) deadLetter(m *event.Message, reason string) ([]event.Message, error) {
	c.stats.dead.Add(1)
	c.log.Warn("dead letter", "topic", m.Topic, "partition", m.Partition, "offset", m.Offset, "key", string(m.Key), "reason", reason)
	if m.Topic == event.TopicDeadLetter {
		p, err := event.Decode(m)
		if d, ok := p.(*event.DeadLetter); err == nil && ok && d.Topic == event.TopicDeadLetter {
			c.log.Error("dropped a dead letter that cannot be processed", "offset", m.Offset, "reason", reason)
			return nil, nil
		}
	}
	d, err := event.Encode(event.NewDeadLetter(c.name, m, reason))
	return []event.Message{d}, err
}
