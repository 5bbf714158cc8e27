// Package eventlog is the log of events: topics, keyed durable writes, consumption by groups that commit after
// the effect, offsets and lag. It is the only importer of kafka-go.
package eventlog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// maxBytes bounds a batch: the largest record with its envelope.
const maxBytes = 18_000_000

// Options says which cluster, and how to log in.
type Options struct {
	Brokers   []string
	TLS       *tls.Config `json:"-"` // nil: plain text
	Mechanism string      // "", scram-sha-256, scram-sha-512 or plain
	User      string
	Password  string
}

// Log is a connection to the log.
type Log struct {
	brokers   []string
	tls       *tls.Config
	mechanism sasl.Mechanism
	client    *kafka.Client
	transport *kafka.Transport
}

// Open checks that the cluster answers and lets us in.
func Open(ctx context.Context, o Options) (*Log, error) {
	if len(o.Brokers) == 0 {
		return nil, errors.New("kafka.brokers names no broker")
	}
	l := &Log{brokers: o.Brokers, tls: o.TLS}
	var err error
	switch o.Mechanism {
	case "":
	case "plain":
		l.mechanism = plain.Mechanism{Username: o.User, Password: o.Password}
	case "scram-sha-256":
		l.mechanism, err = scram.Mechanism(scram.SHA256, o.User, o.Password)
	case "scram-sha-512":
		l.mechanism, err = scram.Mechanism(scram.SHA512, o.User, o.Password)
	default:
		err = fmt.Errorf("SASL mechanism %q is not known", o.Mechanism)
	}
	if err != nil {
		return nil, fmt.Errorf("kafka %v: %w", o.Brokers, err)
	}
	l.transport = l.newTransport()
	l.client = &kafka.Client{Addr: kafka.TCP(l.brokers...), Timeout: 10 * time.Second, Transport: l.transport}
	if _, err := l.client.Metadata(ctx, &kafka.MetadataRequest{}); err != nil {
		l.Close()
		var unreached *net.OpError // not net.Error, which Kafka's own refusals are too
		if errors.As(err, &unreached) {
			return nil, fmt.Errorf("kafka at %v cannot be reached: %w: check kafka.brokers in the configuration, and that it runs", o.Brokers, unreached)
		}
		return nil, fmt.Errorf("kafka at %v does not let us in: %w: check kafka.brokers, tls and sasl in the configuration", o.Brokers, err)
	}
	return l, nil
}

func (l *Log) newTransport() *kafka.Transport {
	return &kafka.Transport{TLS: l.tls, SASL: l.mechanism, DialTimeout: 5 * time.Second, MetadataTTL: 2 * time.Second}
}

// Close drops idle connections.
func (l *Log) Close() { l.transport.CloseIdleConnections() }
