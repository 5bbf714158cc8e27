package eventlog

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
)

// Follow calls do with every record that comes to a topic from given offsets on, by partition, until ctx ends; then it
// returns nil. It belongs to no group and commits nothing. do is called by one goroutine a partition. While the cluster
// does not answer it tries again each second.
func (l *Log) Follow(ctx context.Context, topic string, from map[int]int64, do func(event.Message)) error {
	g, ctx := errgroup.WithContext(ctx)
	for partition, next := range from {
		g.Go(func() error {
			for ctx.Err() == nil {
				var err error
				next, err = l.readSome(ctx, topic, partition, Range{next, math.MaxInt64}, func(m event.Message) error {
					do(m)
					return nil
				})
				if err == nil || ctx.Err() != nil {
					continue
				}
				slog.Debug("follow", "topic", topic, "partition", partition, "offset", next, "error", err)
				if errors.Is(err, kafka.OffsetOutOfRange) {
					if now, err := l.Offsets(ctx, topic); err == nil {
						next = min(max(next, now[partition].First), now[partition].Next)
					}
				}
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
			return nil
		})
	}
	return g.Wait()
}
