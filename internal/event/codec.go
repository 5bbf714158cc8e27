package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

const timeLayout = "2006-01-02T15:04:05.000Z"

// The event types, the value of the header ce_type. A type never changes its meaning; a new one gets a new version.
const (
	TypeRaw            = "workmix.raw.v1"
	TypeDelivery       = "workmix.delivery.v1"
	TypeRevision       = "workmix.revision.v1"
	TypeActivity       = "workmix.activity.v1"
	TypeLink           = "workmix.link.v1"
	TypeTombstone      = "workmix.tombstone.v1"
	TypeClassification = "workmix.classification.v1"
	TypeDecision       = "workmix.decision.v1"
	TypeDeadLetter     = "workmix.deadletter.v1"
	TypeProgress       = "workmix.progress.v1"
	TypeDirectory      = "workmix.directory.v1"
)

// Payload is the data of an event: a pointer to one of the types of this package.
type Payload interface {
	// Envelope returns the event's CloudEvents attributes, its topic and its key in the log.
	Envelope() Envelope
	// Validate returns an error that names the first field that is wrong, or nil.
	Validate() error
}

// Envelope holds the CloudEvents attributes of an event, and where it goes in the log.
type Envelope struct {
	ID, Type, Source, Subject string
	Time                      time.Time
	Topic, Key                string
}

// New returns an empty payload for an event type, or nil for a type that this version does not know.
func New(typ string) Payload {
	switch typ {
	case TypeRaw:
		return &Raw{}
	case TypeDelivery:
		return &Delivery{}
	case TypeRevision:
		return &Revision{}
	case TypeActivity:
		return &Activity{}
	case TypeLink:
		return &Link{}
	case TypeTombstone:
		return &Tombstone{}
	case TypeClassification:
		return &Classification{}
	case TypeDecision:
		return &Decision{}
	case TypeDeadLetter:
		return &DeadLetter{}
	case TypeProgress:
		return &Progress{}
	case TypeDirectory:
		return &Directory{}
	}
	return nil
}

// ErrTooLarge is returned by [Encode] for a value over [MaxRecordBytes].
var ErrTooLarge = errors.New("record is larger than 16 MiB")

// Encode returns the payload as a CloudEvent in Kafka's binary mode.
func Encode(p Payload) (Message, error) {
	if err := p.Validate(); err != nil {
		return Message{}, fmt.Errorf("%s: %w", p.Envelope().Type, err)
	}
	value, err := json.Marshal(p)
	if err != nil {
		return Message{}, fmt.Errorf("%s: %w", p.Envelope().Type, err)
	}
	return message(p, value)
}

// EncodeRaw is [Encode] for a raw record whose content is known to be JSON, which it is not checked for once more: it
// stands in the record byte for byte.
func EncodeRaw(r *Raw) (Message, error) {
	if err := r.Validate(); err != nil {
		return Message{}, fmt.Errorf("%s: %w", TypeRaw, err)
	}
	rest := *r
	rest.Content = nil
	head, err := json.Marshal(&rest)
	if err != nil {
		return Message{}, fmt.Errorf("%s: %w", TypeRaw, err)
	}
	if len(r.Content) == 0 {
		return message(r, head)
	}
	value := make([]byte, 0, len(head)+len(`,"content":`)+len(r.Content))
	value = append(append(value, head[:len(head)-1]...), `,"content":`...)
	return message(r, append(append(value, r.Content...), '}'))
}

func message(p Payload, value []byte) (Message, error) {
	if len(value) > MaxRecordBytes {
		return Message{}, fmt.Errorf("%s %s: %d bytes: %w", p.Envelope().Type, p.Envelope().Subject, len(value), ErrTooLarge)
	}
	e := p.Envelope()
	return Message{
		Topic: e.Topic, Key: []byte(e.Key), Value: value,
		Headers: []Header{
			{"ce_specversion", []byte("1.0")},
			{"ce_id", []byte(e.ID)},
			{"ce_type", []byte(e.Type)},
			{"ce_source", []byte(e.Source)},
			{"ce_subject", []byte(e.Subject)},
			{"ce_time", []byte(e.Time.UTC().Format(timeLayout))},
			{"content-type", []byte("application/json")},
		},
	}, nil
}

// Decode reads a message of the log. Its errors say what is wrong with the message; a message that cannot be
// decoded will never be, whoever tries.
func Decode(m *Message) (Payload, error) { return DecodeWith(m, json.Unmarshal) }

// DecodeWith is [Decode] with another reader of JSON, for a processor that has a faster one. Every check is the same.
func DecodeWith(m *Message, unmarshal func([]byte, any) error) (Payload, error) {
	if v := m.Header("ce_specversion"); v != "1.0" {
		return nil, fmt.Errorf("header ce_specversion is %q, want 1.0", v)
	}
	typ := m.Header("ce_type")
	p := New(typ)
	if p == nil {
		return nil, fmt.Errorf("header ce_type: unknown event type %q", typ)
	}
	if len(m.Value) > MaxRecordBytes {
		return nil, fmt.Errorf("%s: %d bytes: %w", typ, len(m.Value), ErrTooLarge)
	}
	if !utf8.Valid(m.Value) {
		return nil, fmt.Errorf("%s: value is not valid UTF-8", typ)
	}
	if err := unmarshal(m.Value, p); err != nil {
		return nil, fmt.Errorf("%s: %w", typ, err)
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", typ, err)
	}
	return p, nil
}
