package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/workmix/workmix/internal/event"
)

const (
	batchBytes = 8 << 20 // written at once
	// rememberWithin bounds the write of what to remember after an acknowledged one.
	rememberWithin = 10 * time.Second
	deadHead       = 64 << 10 // of a record that is too large
)

// batch holds records that are not acknowledged yet, and what to remember when they are.
type batch struct {
	records  []event.Message
	progress []*event.Progress
	done     []doneItem
	bytes    int
	more     bool // an item is among them that the log did not have
}

type doneItem struct {
	kind event.Kind
	c    Counts
}

// progress returns a record of what to remember; value nil forgets.
func (w *worker) progress(kind, name string, value any) *event.Progress {
	p := &event.Progress{Source: w.src.Name(), Project: w.p.Name, Kind: kind, Name: name}
	if value != nil {
		p.Value, _ = json.Marshal(value) // our own structs, numbers and strings
	}
	p.RecordedAt = w.st.stamp(keyOf(p), w.Now())
	return p
}

// remember writes progress and takes it into the state once it is acknowledged.
func (w *worker) remember(ctx context.Context, progress ...*event.Progress) error {
	if len(progress) == 0 {
		return nil
	}
	messages := make([]event.Message, 0, len(progress))
	for _, p := range progress {
		m, err := event.Encode(p)
		if err != nil {
			return logError{err}
		}
		messages = append(messages, m)
	}
	if err := w.log.Write(ctx, messages...); err != nil {
		return logError{err}
	}
	for _, p := range progress {
		w.st.Apply(p)
	}
	return nil
}

// accept takes in an item that was read: a record if the log does not have this telling, and what to remember.
func (w *worker) accept(ctx context.Context, s Stub, it *Item, at time.Time) error {
	if it.Free != nil {
		defer it.Free() // its record is a copy
	}
	digest, err := w.digest(it.Content)
	if err != nil {
		return w.fail(ctx, s, err)
	}
	old, had := w.st.item(w.src.Name(), it.ID)
	now := known{Digest: digest, Ref: s.Ref, Kind: it.Kind, Key: it.Key, Updated: it.Updated, ReadAt: at.UTC().Truncate(time.Millisecond), Partial: it.Partial, Bears: bears(it.Bears)}
	if !it.Read.IsZero() {
		now.ReadAt = it.Read.UTC().Truncate(time.Millisecond)
	}
	if had && old.Digest == digest && old.Removed == "" {
		now.Dead = old.Dead
		if old.Key == it.Key && old.Bears == now.Bears && old.Updated.Equal(it.Updated) && old.ReadAt.Sub(old.Updated) >= w.Overlap && !w.failed(s) {
			w.done(it.Kind, Counts{Read: 1, Unchanged: 1}) // nothing to remember that is not remembered
			return nil
		}
		c := Counts{Read: 1, Unchanged: 1}
		if it.Partial {
			c = Counts{}
		}
		return w.add(ctx, nil, now, s, it.ID, c)
	}
	project := it.Project
	if project == "" {
		project = w.p.Name
	}
	back := "" // or that it was gone and is there again
	if had && old.Removed != "" {
		back = causeReturned
	}
	raw := &event.Raw{
		Source: w.src.Name(), Tracker: w.src.Tracker(), Project: project, ItemID: it.ID, Key: it.Key, Kind: it.Kind,
		Digest: digest, Removed: back, Content: it.Content, RecordedAt: w.st.stamp(stateKey{w.src.Name(), "", kindDigest, it.ID}, w.Now()),
	}
	c := Counts{Read: 1, Written: 1}
	if it.Partial {
		c = Counts{Listed: 1}
	}
	m, err := event.EncodeRaw(raw) // its digest was made of it, so it is JSON
	if errors.Is(err, event.ErrTooLarge) {
		m, err = event.Encode(oversize(raw))
		c, now.Dead = Counts{Read: 1, Oversize: 1}, true
	}
	if err != nil {
		return w.fail(ctx, s, fmt.Errorf("%s cannot be recorded: %w", it.Key, err))
	}
	return w.add(ctx, &m, now, s, it.ID, c)
}

// digest is [Digest] without what is volatile in the source.
func (w *worker) digest(content []byte) (string, error) {
	c, _ := w.canons.Get().(*canon)
	if c == nil {
		c = newCanon(w.src.Volatile())
	}
	defer w.canons.Put(c)
	return c.digest(content)
}

func oversize(r *event.Raw) *event.DeadLetter {
	sum := sha256.Sum256(r.Content)
	return &event.DeadLetter{
		Topic: event.TopicRaw, Partition: -1, Offset: -1, Key: r.ItemID, Stage: "ingest",
		Reason:  fmt.Sprintf("%s is %d bytes; the log carries records up to %d", r.Key, len(r.Content), event.MaxRecordBytes),
		Source:  r.Source,
		Project: r.Project, ItemID: r.ItemID, SizeBytes: len(r.Content), SHA256: hex.EncodeToString(sum[:]),
		Head: r.Content[:min(deadHead, len(r.Content))], RecordedAt: r.RecordedAt,
	}
}

// remove records that an item which the log has can no longer be read.
func (w *worker) remove(ctx context.Context, s Stub, id string, k known, gone ErrGone, at time.Time) error {
	cause := gone.Cause
	if k.Removed == cause {
		return w.add(ctx, nil, k, s, id, Counts{Read: 1, Unchanged: 1})
	}
	sum := sha256.Sum256([]byte("removed\x00" + cause))
	k.Digest, k.Removed, k.ReadAt = hex.EncodeToString(sum[:]), cause, at.UTC().Truncate(time.Millisecond)
	m, err := event.Encode(&event.Raw{
		Source: w.src.Name(), Tracker: w.src.Tracker(), Project: w.p.Name, ItemID: id, Key: k.Key, Kind: k.Kind,
		Digest: k.Digest, Removed: cause, Content: gone.Content, RecordedAt: w.st.stamp(stateKey{w.src.Name(), "", kindDigest, id}, w.Now()),
	})
	if err != nil {
		return w.fail(ctx, s, err)
	}
	return w.add(ctx, &m, k, s, id, Counts{Read: 1, Removed: 1})
}

// add puts an item into the batch, and writes the batch when it is full: meanwhile the other readers wait.
func (w *worker) add(ctx context.Context, m *event.Message, k known, s Stub, id string, c Counts) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := &w.batch
	if m != nil {
		b.records = append(b.records, *m)
		b.bytes += len(m.Value)
		if w.pace != nil && !w.told {
			w.pace.change(w.p.Name, w.Now())
		}
	}
	if _, had := w.st.item(w.src.Name(), id); !had && !b.more {
		b.more = true
		if v, _ := w.st.value(w.src.Name(), w.p.Name, kindUncounted, ""); v == nil {
			b.progress = append(b.progress, w.progress(kindUncounted, "", true))
		}
	}
	b.progress = append(b.progress, w.progress(kindDigest, id, k))
	if w.failed(s) {
		b.progress = append(b.progress, w.progress(kindFailure, s.Key, nil))
	}
	b.done = append(b.done, doneItem{k.Kind, c})
	if b.bytes >= batchBytes {
		return w.flush(ctx)
	}
	return nil
}

// flush writes the records, then what to remember of them. The caller holds w.mu.
func (w *worker) flush(ctx context.Context) error {
	b := w.batch
	w.batch = batch{}
	if len(b.records) > 0 {
		if err := w.log.Write(ctx, b.records...); err != nil {
			return logError{err}
		}
		// What was written is remembered although the run is being stopped: else the next one writes it again.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), rememberWithin)
		defer cancel()
	}
	if err := w.remember(ctx, b.progress...); err != nil {
		return err
	}
	for _, d := range b.done {
		w.rep.kind(d.kind).add(d.c)
		if w.OnItems != nil {
			w.OnItems(w.p.Name, d.kind, d.c)
		}
	}
	return nil
}
