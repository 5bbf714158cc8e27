package eventlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

// Range is the offsets that a partition holds: First up to and without Next.
type Range struct{ First, Next int64 }

// Offsets returns the range of every partition of a topic.
func (l *Log) Offsets(ctx context.Context, topic string) (map[int]Range, error) {
	md, err := l.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, fmt.Errorf("offsets of %s: %w", topic, l.explain(ctx, err))
	}
	var ask []kafka.OffsetRequest
	for _, t := range md.Topics {
		if t.Error != nil {
			return nil, fmt.Errorf("offsets of %s: %w", topic, t.Error)
		}
		for _, p := range t.Partitions {
			ask = append(ask, kafka.FirstOffsetOf(p.ID), kafka.LastOffsetOf(p.ID))
		}
	}
	res, err := l.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: ask}})
	if err != nil {
		return nil, fmt.Errorf("offsets of %s: %w", topic, l.explain(ctx, err))
	}
	out := map[int]Range{}
	for _, p := range res.Topics[topic] {
		if p.Error != nil {
			return nil, fmt.Errorf("offsets of %s/%d: %w", topic, p.Partition, l.explain(ctx, p.Error))
		}
		out[p.Partition] = Range{p.FirstOffset, p.LastOffset}
	}
	return out, nil
}

// Partitions returns how many partitions a topic has.
func (l *Log) Partitions(ctx context.Context, topic string) (int, error) {
	ranges, err := l.Offsets(ctx, topic)
	return len(ranges), err
}

// Lag returns how many records of each topic a group has not committed yet.
func (l *Log) Lag(ctx context.Context, group string, topics ...string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, topic := range topics {
		ranges, err := l.Offsets(ctx, topic)
		if err != nil {
			return nil, err
		}
		var parts []int
		for p, r := range ranges {
			parts = append(parts, p)
			out[topic] += r.Next - r.First
		}
		res, err := l.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: parts}})
		if err == nil {
			err = res.Error
		}
		if errors.Is(err, kafka.GroupIdNotFound) { // it committed nothing
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("lag of %s on %s: %w", group, topic, l.explain(ctx, err))
		}
		for _, p := range res.Topics[topic] {
			if r := ranges[p.Partition]; p.CommittedOffset > r.First {
				out[topic] -= min(p.CommittedOffset, r.Next) - r.First
			}
		}
	}
	return out, nil
}

// committed returns the offsets at which a group goes on in the partitions of some messages, where it committed any.
func (l *Log) committed(ctx context.Context, group string, messages []event.Message) (map[place]int64, error) {
	ask := map[string][]int{}
	out := map[place]int64{}
	for i := range messages {
		p := place{messages[i].Topic, messages[i].Partition}
		if _, ok := out[p]; !ok {
			out[p] = 0
			ask[p.topic] = append(ask[p.topic], p.partition)
		}
	}
	res, err := l.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: ask})
	if err == nil {
		err = res.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) { // it committed nothing
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for topic, parts := range res.Topics {
		for _, p := range parts {
			if p.Error != nil {
				return nil, p.Error
			}
			out[place{topic, p.Partition}] = p.CommittedOffset
		}
	}
	return out, nil
}

// ResetGroup forgets what a group has committed, so that it starts at the beginning: the tables are then rebuilt
// from the log. It is an error while a member of the group is running.
func (l *Log) ResetGroup(ctx context.Context, group string) error {
	res, err := l.client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	if err == nil {
		err = res.Errors[group]
	}
	switch {
	case errors.Is(err, kafka.GroupIdNotFound): // it committed nothing
		return nil
	case errors.Is(err, kafka.NonEmptyGroup):
		return fmt.Errorf("reset group %s: its processors are running: stop them first", group)
	case err != nil:
		return fmt.Errorf("reset group %s: %w", group, l.explain(ctx, err))
	}
	return nil
}
