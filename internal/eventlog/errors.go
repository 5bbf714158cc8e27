package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/segmentio/kafka-go"
)

// ErrSilent is (see [errors.Is]) the error of every operation on a log that does not answer.
var ErrSilent = errors.New("Kafka does not answer") //nolint:staticcheck // a name

// silent is the error of a log that does not answer: which, and in words why. It will pass once Kafka runs, so that
// whoever has time tries again.
type silent struct {
	brokers []string
	why     string
	err     error
}

// Error implements error.
func (s *silent) Error() string {
	return fmt.Sprintf("Kafka at %s does not answer (%s): see that it runs, or the workmix up or workmix serve that holds it",
		strings.Join(s.brokers, ", "), s.why)
}

// Is implements the interface of [errors.Is].
func (s *silent) Is(target error) bool { return target == ErrSilent }

// Unwrap gives what the client library said.
func (s *silent) Unwrap() error { return s.err }

// explain turns what the client library says when no broker answers ("unexpected EOF") into a sentence. Other errors,
// and the end of the caller's own context, stay as they are.
func explain(ctx context.Context, brokers []string, err error) error {
	var already *silent
	if err == nil || ctx.Err() != nil || errors.As(err, &already) {
		return err
	}
	var dns *net.DNSError
	var op *net.OpError
	why := ""
	switch {
	case errors.As(err, &dns):
		why = "its name is not known: " + dns.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "connection refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		why = "the connection broke"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		why = "no answer in time"
	case errors.Is(err, kafka.Unknown): // also what the library makes of a connection that breaks in a list of offsets
		why = "it met an error of its own, as where its disk is full"
	case errors.As(err, &op):
		why = op.Err.Error()
	default:
		return err
	}
	return &silent{brokers, why, err}
}

func (l *Log) explain(ctx context.Context, err error) error { return explain(ctx, l.brokers, err) }
