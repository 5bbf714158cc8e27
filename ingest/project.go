package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
)

// successEvery is how often an idle project's success is recorded.
const successEvery = 5 * time.Minute

// project retries what failed before, reads the lists of a project that is new, reads what changed, and counts.
func (w *worker) project(ctx context.Context) error {
	if err := w.retry(ctx); err != nil {
		return err
	}
	if err := w.dues(ctx); err != nil {
		return err
	}
	v, _ := w.st.value(w.src.Name(), w.p.Name, kindArchived, "")
	switch asked := string(v) == "true"; {
	case asked && w.p.Archived:
		return w.success(ctx)
	case asked: // it is no longer archived
		if err := w.remember(ctx, w.progress(kindArchived, "", false)); err != nil {
			return err
		}
	}
	if err := w.bulk(ctx); err != nil {
		return err
	}
	if err := w.list(ctx); err != nil {
		return err
	}
	if err := w.count(ctx); err != nil {
		return err
	}
	if err := w.census(ctx); err != nil {
		return err
	}
	if err := w.names(ctx, false); err != nil {
		return err
	}
	if b, begun := w.backfilling(); w.p.Archived && (!begun || !b.Done.IsZero()) && len(w.st.Failures(w.src.Name(), w.p.Name)) == 0 {
		if err := w.remember(ctx, w.progress(kindArchived, "", true)); err != nil {
			return err
		}
	}
	return w.success(ctx)
}

// list reads what changed.
func (w *worker) list(ctx context.Context) error {
	cursor, _ := w.st.value(w.src.Name(), w.p.Name, kindCursor, "")
	pass := Pass{Cursor: cursor, Now: w.Now(), Overlap: w.Overlap, Known: w.known}
	if v, _ := w.st.value(w.src.Name(), w.p.Name, kindETag, ""); v != nil {
		_ = json.Unmarshal(v, &pass.ETag) // without it the list is read whole
	}
	page := func(pg Page) error { return w.page(ctx, pg) }
	first, err := w.firstPass(ctx, cursor != nil)
	if err != nil || first == nil {
		if err == nil {
			err = w.src.List(ctx, w.p, pass, page)
		}
		return err
	}
	err = w.src.List(ctx, w.p, pass, func(pg Page) error {
		if err := page(pg); err != nil {
			return err
		}
		return first.read(ctx, len(pg.Stubs))
	})
	if err != nil {
		return err
	}
	return w.leave(ctx, first.b, nil)
}

// success remembers that all that changed was read.
func (w *worker) success(ctx context.Context) error {
	_, last := w.st.value(w.src.Name(), w.p.Name, kindSuccess, "")
	if len(w.rep.Kinds) > 0 || w.Now().Sub(last) >= successEvery {
		return w.remember(ctx, w.progress(kindSuccess, "", w.Now().UTC().Truncate(time.Millisecond)))
	}
	return nil
}

// known says that the list tells nothing new of an item: it has the time of update that it had when it was
// read, and it was read so long after that time that no later change can bear the same.
func (w *worker) known(ref string, updated time.Time) bool {
	_, k, ok := w.st.byRef(w.src.Name(), w.p.Name, ref)
	return ok && !updated.IsZero() && k.Removed == "" && k.Updated.Equal(updated) && k.ReadAt.Sub(updated) >= w.Overlap
}

func (w *worker) retry(ctx context.Context) error {
	failures := w.st.Failures(w.src.Name(), w.p.Name)
	if len(failures) == 0 {
		return nil
	}
	slices.SortFunc(failures, func(a, b Failure) int { return strings.Compare(a.Stub.Key, b.Stub.Key) })
	var stubs []Stub
	for _, f := range failures {
		stubs = append(stubs, f.Stub)
	}
	return w.read(ctx, stubs)
}

// page reads the items of a page that are not known, and keeps its cursor when all of them are in the log.
func (w *worker) page(ctx context.Context, pg Page) error {
	if err := w.dues(ctx); err != nil { // a long list does not keep them waiting
		return err
	}
	seen := map[string]time.Time{}
	var todo []Stub
	for _, s := range pg.Stubs {
		_, twice := seen[s.Ref]
		before, listed := w.last[s.Ref]
		switch {
		case twice || listed && before.Equal(s.Updated): // pages may overlap
		case w.known(s.Ref, s.Updated):
			if _, k, _ := w.st.byRef(w.src.Name(), w.p.Name, s.Ref); !k.Partial { // else it is counted when it is whole
				w.done(s.Kind, Counts{Unchanged: 1})
			}
		default:
			todo = append(todo, s)
		}
		seen[s.Ref] = s.Updated
	}
	w.last = seen
	if err := w.read(ctx, todo); err != nil {
		return err
	}
	var keep []*event.Progress
	if old, _ := w.st.value(w.src.Name(), w.p.Name, kindCursor, ""); pg.Cursor != nil && string(old) != string(pg.Cursor) {
		keep = append(keep, w.progress(kindCursor, "", pg.Cursor))
	}
	settled := !slices.ContainsFunc(pg.Stubs, func(s Stub) bool { return !w.known(s.Ref, s.Updated) && !w.failed(s) })
	if pg.ETag != "" && settled {
		keep = append(keep, w.progress(kindETag, "", pg.ETag))
	}
	return w.remember(ctx, keep...)
}

func (w *worker) failed(s Stub) bool {
	v, _ := w.st.value(w.src.Name(), w.p.Name, kindFailure, s.Key)
	return len(v) > 0
}

// read reads items, several at once, and returns when all of them are in the log.
func (w *worker) read(ctx context.Context, stubs []Stub) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(w.Workers)
	for _, s := range stubs {
		g.Go(func() error {
			if gctx.Err() != nil {
				return gctx.Err()
			}
			return w.one(gctx, s)
		})
	}
	err := g.Wait()
	if errors.As(err, &logError{}) {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		return w.flush(ctx)
	}
	// What was read is kept although the run ends here: else the next one reads it again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rememberWithin)
	defer cancel()
	if kept := w.flush(ctx); kept != nil {
		return kept
	}
	return err
}

// one reads one item. A failure that concerns only the item is recorded, to be tried again.
func (w *worker) one(ctx context.Context, s Stub) error {
	at := w.Now()
	if s.Data == nil {
		s.ID, _, _ = w.st.byRef(w.src.Name(), w.p.Name, s.Ref)
	}
	item, err := w.src.Fetch(ctx, w.p, s)
	var gone ErrGone
	switch {
	case err == nil:
		return w.accept(ctx, s, item, at)
	case stopped(ctx, err) || errors.As(err, &ProjectError{}):
		return err
	case errors.As(err, &gone):
		if id, k, ok := w.st.byRef(w.src.Name(), w.p.Name, s.Ref); ok {
			if s.Gone != "" && gone.Cause != "transferred" { // the tracker's own word, where it was told
				gone.Cause = s.Gone
			}
			return w.remove(ctx, s, id, k, gone, at)
		}
		if s.Gone != "" {
			return nil // it came and went between two runs
		}
		if w.failed(s) { // it failed before, and was never read: there is nothing left to read or to remove
			return w.remember(ctx, w.progress(kindFailure, s.Key, nil))
		}
	}
	return w.fail(ctx, s, err)
}

func (w *worker) fail(ctx context.Context, s Stub, reason error) error {
	f := Failure{Project: w.p.Name, Stub: s, Reason: reason.Error(), Tries: 1, Since: w.Now().UTC().Truncate(time.Millisecond)}
	var old Failure
	if v, _ := w.st.value(w.src.Name(), w.p.Name, kindFailure, s.Key); len(v) > 0 && json.Unmarshal(v, &old) == nil {
		f.Tries, f.Since = old.Tries+1, old.Since
	}
	w.Logger.Warn("item not read", "source", w.src.Name(), "item", s.Key, "tries", f.Tries, "error", reason)
	keep := []*event.Progress{w.progress(kindFailure, s.Key, f)}
	if _, _, had := w.st.byRef(w.src.Name(), w.p.Name, s.Ref); !had && f.Tries == 1 { // so that the count has it, too
		keep = append(keep, w.progress(kindUncounted, "", true))
	}
	if err := w.remember(ctx, keep...); err != nil {
		return err
	}
	w.mu.Lock()
	// An item that fails as a failure of before and again in the list is one failure.
	again := slices.IndexFunc(w.rep.Failures, func(o Failure) bool { return o.Stub.Key == s.Key })
	if again < 0 {
		w.rep.Failures = append(w.rep.Failures, f)
	}
	w.mu.Unlock()
	if again < 0 {
		w.done(s.Kind, Counts{Failed: 1})
	}
	return nil
}

// count asks the tracker how many items it has, if that is due or items were seen for the first time.
func (w *worker) count(ctx context.Context) error {
	_, last := w.st.value(w.src.Name(), w.p.Name, kindCount, string(event.KindIssue))
	more, _ := w.st.value(w.src.Name(), w.p.Name, kindUncounted, "")
	if more == nil && w.Now().Sub(last) < w.Census {
		return nil
	}
	n, err := w.src.Count(ctx, w.p)
	if err != nil {
		return err
	}
	w.rep.InSource = n
	var keep []*event.Progress
	for kind, n := range n {
		keep = append(keep, w.progress(kindCount, string(kind), n))
	}
	if more != nil {
		keep = append(keep, w.progress(kindUncounted, "", nil))
	}
	return w.remember(ctx, keep...)
}

// done adds to the report.
func (w *worker) done(kind event.Kind, c Counts) {
	w.mu.Lock()
	w.rep.kind(kind).add(c)
	w.mu.Unlock()
	if w.OnItems != nil {
		w.OnItems(w.p.Name, kind, c)
	}
}
