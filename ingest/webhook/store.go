package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// due is an item that is to be read anew.
type due struct {
	project string
	stub    ingest.Stub
	item    string // its id in the log, where neither project nor key is told
}

func (x due) record(source string, at time.Time) *event.Progress {
	if x.item != "" {
		return ingest.NewDueItem(source, x.item, x.stub.Ref, at)
	}
	return ingest.NewDue(source, x.project, x.stub, at)
}

// store writes a delivery and what is due, and returns when the log has both.
func (h *Handler) store(ctx context.Context, d *event.Delivery, due []due) error {
	d.RecordedAt = h.o.Now().UTC().Truncate(time.Millisecond)
	m, err := event.Encode(d)
	if errors.Is(err, event.ErrTooLarge) {
		m, err = event.Encode(oversize(d))
	}
	if err != nil {
		return err
	}
	messages := []event.Message{m}
	for _, x := range due {
		m, err := event.Encode(x.record(d.Source, d.RecordedAt))
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	return h.o.Log.Write(ctx, messages...)
}

// oversize is what is kept of a delivery that the log cannot carry.
func oversize(d *event.Delivery) *event.DeadLetter {
	sum := sha256.Sum256(d.Body)
	return &event.DeadLetter{
		Topic: event.TopicRaw, Partition: -1, Offset: -1, Key: d.Envelope().Key, Stage: "ingest",
		Reason: fmt.Sprintf("the delivery %s is %d bytes; the log carries records up to %d", d.DeliveryID, len(d.Body), event.MaxRecordBytes),
		Source: d.Source, Project: d.Project, ItemID: d.ItemID, SizeBytes: len(d.Body), SHA256: hex.EncodeToString(sum[:]),
		Head: d.Body[:min(event.HeadBytes, len(d.Body))], RecordedAt: d.RecordedAt,
	}
}
