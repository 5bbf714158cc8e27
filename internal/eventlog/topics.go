package eventlog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

// settings are what a topic of the log must be: kept for ever, and wide enough for the largest record.
func settings(topic string) map[string]string {
	s := map[string]string{
		"retention.ms":      "-1",
		"retention.bytes":   "-1",
		"max.message.bytes": strconv.Itoa(maxBytes),
	}
	if topic == event.TopicIngest {
		s["cleanup.policy"] = "compact"
	}
	return s
}

// EnsureTopics makes the topics of the log that are not there yet, with so many partitions and the cluster's
// replication. Of those that are there it corrects the settings that would lose or refuse records; their number
// of partitions stays.
func (l *Log) EnsureTopics(ctx context.Context, partitions int) error {
	var topics []kafka.TopicConfig
	for _, name := range event.Topics() {
		t := kafka.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: -1}
		for k, v := range settings(name) {
			t.ConfigEntries = append(t.ConfigEntries, kafka.ConfigEntry{ConfigName: k, ConfigValue: v})
		}
		topics = append(topics, t)
	}
	res, err := l.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: topics})
	if err != nil {
		return fmt.Errorf("make the log's topics: %w", l.explain(ctx, err))
	}
	var there []string
	for name, err := range res.Errors {
		switch {
		case err == nil:
		case errors.Is(err, kafka.TopicAlreadyExists):
			there = append(there, name)
		default:
			return fmt.Errorf("make topic %s: %w", name, err)
		}
	}
	return l.settle(ctx, func() error {
		if err := l.correct(ctx, there); err != nil {
			return err
		}
		for _, name := range event.Topics() {
			if _, err := l.Offsets(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// errPending says that what was ordered is not seen yet.
var errPending = errors.New("the cluster does not take up the settings of the log's topics")

// settle waits, up to 15 s, until all brokers know what was ordered of one.
func (l *Log) settle(ctx context.Context, done func() error) error {
	for end := time.Now().Add(15 * time.Second); ; {
		err := done()
		var k kafka.Error
		if err == nil || time.Now().After(end) || !errors.Is(err, errPending) && (!errors.As(err, &k) || !k.Temporary()) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// correct orders the settings that differ and returns errPending, or nil when none does.
func (l *Log) correct(ctx context.Context, topics []string) error {
	if len(topics) == 0 {
		return nil
	}
	var ask kafka.DescribeConfigsRequest
	for _, t := range topics {
		r := kafka.DescribeConfigRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: t}
		for k := range settings(t) {
			r.ConfigNames = append(r.ConfigNames, k)
		}
		ask.Resources = append(ask.Resources, r)
	}
	is, err := l.client.DescribeConfigs(ctx, &ask)
	if err != nil {
		return fmt.Errorf("read the settings of the log's topics: %w", l.explain(ctx, err))
	}
	var change kafka.IncrementalAlterConfigsRequest
	for _, r := range is.Resources {
		if r.Error != nil {
			return fmt.Errorf("read the settings of topic %s: %w", r.ResourceName, r.Error)
		}
		c := kafka.IncrementalAlterConfigsRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: r.ResourceName}
		want := settings(r.ResourceName)
		for _, e := range r.ConfigEntries {
			if v, ok := want[e.ConfigName]; ok && v != e.ConfigValue {
				c.Configs = append(c.Configs, kafka.IncrementalAlterConfigsRequestConfig{Name: e.ConfigName, Value: v, ConfigOperation: kafka.ConfigOperationSet})
			}
		}
		if len(c.Configs) > 0 {
			change.Resources = append(change.Resources, c)
		}
	}
	if len(change.Resources) == 0 {
		return nil
	}
	res, err := l.client.IncrementalAlterConfigs(ctx, &change)
	if err != nil {
		return fmt.Errorf("correct the settings of the log's topics: %w", l.explain(ctx, err))
	}
	for _, r := range res.Resources {
		if r.Error != nil {
			return fmt.Errorf("topic %s must have %v: %w: ask whoever runs the cluster", r.ResourceName, settings(r.ResourceName), r.Error)
		}
	}
	return errPending
}
