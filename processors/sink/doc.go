// Package sink reads every topic of the log and writes the base tables of the warehouse, whose columns bear the JSON
// names of the events' fields. A row is a function of one record and has the event's identity as its key, so a
// record that is delivered again, in whatever order or batch, is the same row.
package sink

import (
	"context"
	"log/slog"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors"
)

// Group is the sink's consumer group.
const Group = "workmix-sink"

// Name is the sink's name in dead letters.
const Name = "sink"

// Topics lists what the sink reads.
func Topics() []string { return event.Topics() }

// Table writes rows to the warehouse.
type Table interface {
	// Insert stores rows given as columns: data[i] is a slice with the values of columns[i]. It returns nil once
	// they are durable. Rows that come again under the same token may be left out. An error that has a method
	// Refused() bool which returns true means that a row among them will never be stored, whatever is tried; one
	// with TooLarge() bool, that fewer rows at once may be. Any other error will pass, and the rows are given again.
	Insert(ctx context.Context, table string, columns []string, token string, data []any) error
}

// Limits bounds a batch of the sink. Its largest sizes are those of an insert that ClickHouse takes well: a few
// thousand rows, and well under 32 MB.
func Limits() processors.Limits { return processors.Limits{Records: 10_000, Bytes: 16 << 20} }

// Stage returns the sink as a stage of the consumer loop: in delivers the records of [Topics] to [Group], out takes
// dead letters.
func (s *Sink) Stage(in processors.Reader, out processors.Writer, log *slog.Logger, stats *processors.Stats) processors.BatchStage {
	return processors.BatchStage{Name: Name, In: in, Out: out, Effect: s.Store, Limits: Limits(), Log: log, Stats: stats}
}
