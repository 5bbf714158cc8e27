package eventlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"

	"github.com/workmix/workmix/internal/event"
)

const (
	sendAttempts  = 5 // of a batch, before its callers hear of it
	attemptWithin = 15 * time.Second
)

// record is a message on its way and who waits for it.
type record struct {
	m    *event.Message
	call *call
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int
}

// lane is what a round has for one partition. Its records go in order, usually all at once.
type lane struct {
	place
	records []record
	most    int // records in one batch: fewer after the cluster found one too large
	failed  int // attempts in a row
	leader  int
}

// send writes a round. It returns when each of its records is acknowledged or given up.
func (w *Writer) send(records []record) {
	var lanes []*lane
	for wait, attempt := 100*time.Millisecond, 0; len(records) > 0 || len(lanes) > 0; attempt++ {
		ctx, cancel := context.WithTimeout(w.ctx, attemptWithin)
		where, err := w.layout(ctx, records, lanes)
		if err == nil && len(records) > 0 {
			lanes = append(lanes, w.sort(records, where)...)
			records = nil
		}
		again := err != nil
		if err == nil {
			lanes, again = w.sendLanes(ctx, lanes, where)
		} else if attempt+1 >= sendAttempts {
			w.finish(records, err)
			for _, l := range lanes {
				w.finish(l.records, err)
			}
			cancel()
			return
		}
		cancel()
		if again {
			select {
			case <-w.ctx.Done(): // the next attempt ends at once, and they are few
			case <-time.After(wait):
			}
			wait = min(2*wait, 2*time.Second)
		}
	}
}

// layout returns the leader of each partition of the topics that are written to.
func (w *Writer) layout(ctx context.Context, records []record, lanes []*lane) (map[string][]int, error) {
	where := map[string][]int{}
	var topics []string
	add := func(topic string) {
		if _, ok := where[topic]; !ok {
			where[topic] = nil
			topics = append(topics, topic)
		}
	}
	for _, r := range records {
		add(r.m.Topic)
	}
	for _, l := range lanes {
		add(l.topic)
	}
	md, err := w.client.Metadata(ctx, &kafka.MetadataRequest{Topics: topics})
	if err != nil {
		return nil, err
	}
	for _, t := range md.Topics {
		if t.Error != nil {
			return nil, fmt.Errorf("topic %s: %w", t.Name, t.Error)
		}
		leaders := make([]int, len(t.Partitions))
		for _, p := range t.Partitions {
			if p.ID < 0 || p.ID >= len(leaders) {
				return nil, fmt.Errorf("topic %s: partitions are numbered with gaps", t.Name)
			}
			leaders[p.ID] = p.Leader.ID
		}
		if len(leaders) == 0 {
			return nil, fmt.Errorf("topic %s has no partitions", t.Name)
		}
		where[t.Name] = leaders
	}
	return where, nil
}

// sort divides records by the partitions of their keys.
func (w *Writer) sort(records []record, where map[string][]int) (lanes []*lane) {
	at := map[place]*lane{}
	numbers := map[string][]int{}
	for _, r := range records {
		t := r.m.Topic
		if numbers[t] == nil {
			for i := range where[t] {
				numbers[t] = append(numbers[t], i)
			}
		}
		p := place{t, w.balancer.Balance(kafka.Message{Key: r.m.Key}, numbers[t]...)}
		if at[p] == nil {
			at[p] = &lane{place: p, most: roundRecords}
			lanes = append(lanes, at[p])
		}
		at[p].records = append(at[p].records, r)
	}
	return lanes
}

// sendLanes sends one request to each broker that leads a lane, and returns the lanes that have something left, and
// whether one of them failed.
func (w *Writer) sendLanes(ctx context.Context, lanes []*lane, where map[string][]int) (left []*lane, again bool) {
	brokers := map[int][]*lane{}
	for _, l := range lanes {
		var gone []record
		l.records, gone = w.live(l.records)
		w.finish(gone, nil)
		if len(l.records) > 0 {
			l.leader = where[l.topic][l.partition]
			brokers[l.leader] = append(brokers[l.leader], l)
		}
	}
	var all sync.WaitGroup
	for _, ls := range brokers {
		all.Go(func() { w.request(ctx, ls) })
	}
	all.Wait()
	for _, l := range lanes {
		if len(l.records) > 0 {
			left, again = append(left, l), again || l.failed > 0
		}
	}
	return left, again
}

// request sends the first batch of each lane to the broker that leads them all.
func (w *Writer) request(ctx context.Context, lanes []*lane) {
	req := &produce.Request{Acks: int16(kafka.RequireAll), Timeout: int32((attemptWithin - time.Second).Milliseconds())}
	at := map[string]int{}
	for _, l := range lanes {
		i, ok := at[l.topic]
		if !ok {
			i = len(req.Topics)
			at[l.topic] = i
			req.Topics = append(req.Topics, produce.RequestTopic{Topic: l.topic})
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, produce.RequestPartition{
			Partition: int32(l.partition),
			RecordSet: protocol.RecordSet{Attributes: protocol.Attributes(kafka.Zstd), Records: l.reader()},
		})
	}
	res, err := w.client.Transport.RoundTrip(ctx, w.client.Addr, req)
	answers := map[place]error{}
	if r, ok := res.(*produce.Response); ok && err == nil {
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				answers[place{t.Topic, int(p.Partition)}] = asError(p.ErrorCode, p.ErrorMessage)
			}
		}
	}
	for _, l := range lanes {
		answer, ok := answers[l.place]
		switch {
		case err != nil:
			answer = err
		case !ok:
			answer = kafka.Unknown
		}
		l.answer(w, answer)
	}
}

// reader returns the records of the lane's next batch.
func (l *lane) reader() kafka.RecordReader {
	out := make([]kafka.Record, min(len(l.records), l.most))
	for i := range out {
		m := l.records[i].m
		out[i] = kafka.Record{Key: kafka.NewBytes(m.Key), Value: kafka.NewBytes(m.Value)}
		if len(m.Headers) > 0 {
			out[i].Headers = make([]kafka.Header, len(m.Headers))
			for j, h := range m.Headers {
				out[i].Headers[j] = kafka.Header{Key: h.Key, Value: h.Value}
			}
		}
	}
	return kafka.NewRecordReader(out...)
}

// answer takes note of what the broker said about the lane's first batch.
func (l *lane) answer(w *Writer, err error) {
	n := min(len(l.records), l.most)
	var refused kafka.Error
	switch {
	case err == nil:
		w.finish(l.records[:n], nil)
		l.records, l.failed = l.records[n:], 0
		return
	case errors.Is(err, kafka.MessageSizeTooLarge) && n > 1: // it may be one of them
		l.most, l.failed = n/2, 0
		return
	case errors.Is(err, kafka.MessageSizeTooLarge):
		w.finish(l.records[:n], fmt.Errorf("topic %s, key %.200q: %w", l.topic, l.records[0].m.Key, tooLarge(err)))
		l.records, l.failed = l.records[n:], 0
		return
	case !errors.As(err, &refused) || refused.Temporary():
		if l.failed++; l.failed < sendAttempts {
			return
		}
	}
	w.finish(l.records, fmt.Errorf("topic %s, partition %d: %d records: %w", l.topic, l.partition, len(l.records), err))
	l.records = nil
}

func asError(code int16, text string) error {
	switch {
	case code == 0:
		return nil
	case text == "":
		return kafka.Error(code)
	}
	return fmt.Errorf("%w: %s", kafka.Error(code), text)
}
