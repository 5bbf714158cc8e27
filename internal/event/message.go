package event

import "time"

// The topics of the log. What each holds and who writes it stands in docs/architecture.md.
const (
	TopicRaw        = "workmix.raw"
	TopicItems      = "workmix.items"
	TopicClassified = "workmix.classified"
	TopicDecisions  = "workmix.decisions"
	TopicIngest     = "workmix.ingest"
	TopicDeadLetter = "workmix.deadletter"
)

// Topics lists every topic of the log, in the order of the data's way.
func Topics() []string {
	return []string{TopicRaw, TopicItems, TopicClassified, TopicDecisions, TopicIngest, TopicDeadLetter}
}

// MaxRecordBytes is the largest value that the log carries. A larger record becomes a [DeadLetter].
const MaxRecordBytes = 16 << 20

// Header is one header of a [Message].
type Header struct {
	Key   string
	Value []byte
}

// Message is one record of the log as the broker carries it: a CloudEvents 1.0 event in Kafka's binary
// mode, or bytes that claim to be one. Partition, Offset and Time are set on messages that were read.
type Message struct {
	Topic     string
	Key       []byte
	Value     []byte
	Headers   []Header
	Partition int
	Offset    int64
	Time      time.Time
}

// Header returns the value of the first header named key, or "".
func (m *Message) Header(key string) string {
	for i := range m.Headers {
		if m.Headers[i].Key == key {
			return string(m.Headers[i].Value)
		}
	}
	return ""
}
