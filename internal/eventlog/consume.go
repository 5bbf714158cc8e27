package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/workmix/workmix/internal/event"
)

// Consumer reads topics as one member of a group. A fetch and a commit may go on at once, but no two of either.
type Consumer struct {
	mu     sync.Mutex // of r, which is another one after joining again
	r      *kafka.Reader
	log    *Log
	group  string
	topics []string
	// How often the group divided its partitions while this was a member.
	divisions int64
	// Since when nothing came although so many records wait, without the group coming any further.
	stuck   time.Time
	waiting int64
}

// queue is how many records wait in memory between two fetches: few, since each may have 16 MiB.
const queue = 64

// idle is after how long without a record a fetch asks whether the cluster still answers.
const idle = 5 * time.Second

// wedged is after how long a member joins its group again when records wait and nobody takes them: after a member or
// the broker was killed a group may be left with members that have no partitions, and nothing else ends that.
const wedged = 30 * time.Second

// commitWithin bounds one attempt: without a generation of the group a commit waits for one, for ever if need be.
const commitWithin = 20 * time.Second

// Consume joins a group. A group that never committed starts at the beginning.
func (l *Log) Consume(group string, topics ...string) *Consumer {
	return &Consumer{r: l.reader(group, topics), log: l, group: group, topics: topics}
}

// rebalance is how long the group waits for members that do not come to a new division of the partitions. The client
// library gives up on joining after so long and 5 s more, and on its share of the partitions after 11 s. Members that
// were killed are waited for in both, and each of them begins the time anew; one that gives up meanwhile leaves a
// member behind that is waited for in turn. So the wait must be shorter than half of what the library bears: with 10 s
// a group whose members were killed several times in a row was without a living member for minutes.
const rebalance = 4 * time.Second

func (l *Log) reader(group string, topics []string) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{
		Brokers: l.brokers, GroupID: group, GroupTopics: topics,
		Dialer:   &kafka.Dialer{Timeout: 5 * time.Second, DualStack: true, TLS: l.tls, SASLMechanism: l.mechanism},
		MinBytes: 1, MaxBytes: 20 << 20,
		// The read deadline, and what bounds Close. The cluster is asked to answer a second earlier, with nothing if
		// there is nothing: of a deadline of a second only a quarter would be left for the answer's way, and on a
		// machine that is busy each answer would come too late and each connection be made anew.
		MaxWait:     2 * time.Second,
		StartOffset: kafka.FirstOffset, QueueCapacity: queue,
		WatchPartitionChanges: true, JoinGroupBackoff: time.Second,
		// How long a group waits for a member that was killed; 6 s is the least that Kafka allows by default.
		SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, RebalanceTimeout: rebalance,
		// What keeps a member from its partitions is tried again inside; nobody else would hear of it.
		ErrorLogger: kafka.LoggerFunc(func(format string, a ...any) {
			slog.Debug("consumer group", "group", group, "says", fmt.Sprintf(format, a...))
		}),
	})
}

// FetchBatch waits for one record and returns it with those that follow within wait, up to maxRecords or
// maxBytes of values. It commits nothing. When nothing comes for some seconds it returns no record, and an error if
// the cluster does not answer.
func (c *Consumer) FetchBatch(ctx context.Context, maxRecords, maxBytes int, wait time.Duration) ([]event.Message, error) {
	first, cancel := context.WithTimeout(ctx, idle)
	r := c.reader()
	m, err := r.FetchMessage(first)
	cancel()
	if err != nil && first.Err() != nil && ctx.Err() == nil {
		return nil, c.wrap(ctx, c.quiet(ctx, r))
	}
	if err != nil {
		return nil, c.wrap(ctx, err)
	}
	c.stuck = time.Time{}
	batch, size := []event.Message{fromKafka(&m)}, len(m.Value)
	more, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for len(batch) < maxRecords && size < maxBytes {
		m, err := r.FetchMessage(more)
		if err != nil {
			break // an error will come again; what was fetched will not
		}
		batch, size = append(batch, fromKafka(&m)), size+len(m.Value)
	}
	return batch, nil
}

// quiet looks after what may be wrong when nothing comes: the cluster does not answer, or the group is wedged.
func (c *Consumer) quiet(ctx context.Context, r *kafka.Reader) error {
	lags, err := c.log.Lag(ctx, c.group, c.topics...)
	if err != nil {
		return err
	}
	var sum int64
	for _, n := range lags {
		sum += n
	}
	if sum == 0 || c.stuck.IsZero() || sum < c.waiting {
		c.stuck, c.waiting = time.Now(), sum
		return nil
	}
	if time.Since(c.stuck) < wedged {
		return nil
	}
	since := time.Since(c.stuck).Round(time.Second)
	c.stuck = time.Time{}
	return errors.Join(fmt.Errorf("nothing comes since %v although %d records wait: joining again", since, sum), c.rejoin(r))
}

// rejoin leaves the group and joins it as a new member, unless that was done since the caller took r.
func (c *Consumer) rejoin(r *kafka.Reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.r != r {
		return nil
	}
	err := r.Close()
	c.r = c.log.reader(c.group, c.topics)
	return err
}

func (c *Consumer) reader() *kafka.Reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r
}

func (c *Consumer) wrap(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("group %s: %w", c.group, c.log.explain(ctx, err))
}

// Commit says that everything up to these messages took effect. It retries while the group is rejoining; a
// commit that is lost means that the messages come again. What another member has committed beyond them, after it was
// given their partition, stays.
func (c *Consumer) Commit(ctx context.Context, messages []event.Message) error {
	var err error
	for wait := 50 * time.Millisecond; wait < 4*time.Second; wait *= 2 {
		try, cancel := context.WithTimeout(ctx, commitWithin)
		r := c.reader()
		err = c.commit(try, r, messages)
		hung := try.Err() != nil && ctx.Err() == nil
		cancel()
		if err != nil && hung {
			err = errors.Join(err, c.rejoin(r))
			break
		}
		if err == nil || ctx.Err() != nil {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	if err != nil {
		return fmt.Errorf("group %s: commit: %w", c.group, c.log.explain(ctx, err))
	}
	return nil
}

func (c *Consumer) commit(ctx context.Context, r *kafka.Reader, messages []event.Message) error {
	var beyond map[place]int64
	if c.divided(r) {
		var err error
		if beyond, err = c.log.committed(ctx, c.group, messages); err != nil {
			return err
		}
	}
	var ks []kafka.Message
	for i := range messages {
		if m := &messages[i]; m.Offset >= beyond[place{m.Topic, m.Partition}] {
			ks = append(ks, kafka.Message{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset})
		}
	}
	if len(ks) == 0 {
		return nil
	}
	return r.CommitMessages(ctx, ks...)
}

// divided says whether the group has divided its partitions anew since this member joined it: then it may hold
// records of partitions that others have by now.
func (c *Consumer) divided(r *kafka.Reader) bool {
	n := r.Stats().Rebalances // since the last call
	c.mu.Lock()
	defer c.mu.Unlock()
	c.divisions += n
	return c.divisions > 1
}

// Close leaves the group.
func (c *Consumer) Close() error { return c.reader().Close() }

func fromKafka(m *kafka.Message) event.Message {
	out := event.Message{Topic: m.Topic, Key: m.Key, Value: m.Value, Partition: m.Partition, Offset: m.Offset, Time: m.Time}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return out
}
