package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
)

const (
	shown     = 100              // items shown at once
	sayEvery  = 15 * time.Second // how long a backfill is silent
	fullChunk = 4                // rounds of all workers between two looks at the clock
)

// backfilling returns what is remembered of the project's first reading; ok is false before it began.
func (w *worker) backfilling() (b backfill, ok bool) {
	v, _ := w.st.value(w.src.Name(), w.p.Name, kindBackfill, "")
	return b, len(v) > 0 && json.Unmarshal(v, &b) == nil
}

// bulk reads the lists of a project that was never read, or whose reading was stopped where the lists are
// cheaper than the rest, and writes what they tell, newest first. It returns what is at hand, or nil.
func (w *worker) bulk(ctx context.Context) error {
	src, can := w.src.(Bulker)
	if !can || w.bulks.get(w.p.Name) != nil {
		return nil
	}
	cursor, _ := w.st.value(w.src.Name(), w.p.Name, kindCursor, "")
	b, begun := w.backfilling()
	switch {
	case begun && !b.Done.IsZero(), !begun && cursor != nil:
		return nil
	case begun && cursor != nil && saved(w.st.partial(w.src.Name(), w.p.Name)) <= b.Calls:
		return nil
	}
	lists, err := src.Bulk(ctx, w.p)
	if err != nil || lists == nil {
		return err
	}
	w.bulks.put(w.p.Name, lists)
	if !begun {
		b.Began = w.Now().UTC().Truncate(time.Millisecond)
	}
	b.Calls, b.Total, b.Left = lists.Calls, len(lists.Stubs), len(lists.Stubs)
	if err := w.remember(ctx, w.progress(kindBackfill, "", b)); err != nil {
		return err
	}
	if err := w.show(ctx, lists); err != nil {
		return err
	}
	var keep []*event.Progress
	for kind, n := range lists.Counts {
		keep = append(keep, w.progress(kindCount, string(kind), n))
	}
	if v, _ := w.st.value(w.src.Name(), w.p.Name, kindUncounted, ""); v != nil {
		keep = append(keep, w.progress(kindUncounted, "", nil))
	}
	w.rep.InSource = lists.Counts
	if cursor == nil {
		keep = append(keep, w.progress(kindCursor, "", lists.Cursor))
	}
	return w.remember(ctx, keep...)
}

// saved is how many calls the lists of a project spare for items of which the log has only what they told: without them
// an issue's object is read once more, and a pull request's two objects and its comments.
func saved(items []known) (calls int) {
	for _, k := range items {
		if calls++; k.Kind == event.KindPullRequest {
			calls += 2
		}
	}
	return calls
}

// show writes what the lists tell of each item, unless the log has more of it.
func (w *worker) show(ctx context.Context, lists *Bulk) error {
	for chunk := range slices.Chunk(lists.Stubs, shown) {
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(w.Workers) // what costs time is not the tracker here but decoding
		for _, s := range chunk {
			g.Go(func() error { return w.showOne(gctx, lists, s) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if err := w.read(ctx, nil); err != nil { // writes what is not written yet
			return err
		}
	}
	return nil
}

func (w *worker) showOne(ctx context.Context, lists *Bulk, s Stub) error {
	if _, k, ok := w.st.byRef(w.src.Name(), w.p.Name, s.Ref); ok && !k.Partial && k.Removed == "" {
		if k.Updated.Equal(s.Updated) {
			w.done(s.Kind, Counts{Unchanged: 1})
		}
		return nil
	}
	item, err := lists.Item(ctx, s)
	if err != nil || item == nil {
		return err
	}
	return w.accept(ctx, s, item, lists.Read)
}

// todo lists what is not in the log as a whole, newest first.
func (w *worker) todo() []Stub {
	missing := func(s Stub) bool {
		_, k, ok := w.st.byRef(w.src.Name(), w.p.Name, s.Ref)
		// What changed since it was read is read by List.
		return !w.failed(s) && (!ok || k.Partial || k.Removed == "" && k.Updated.Before(s.Updated))
	}
	var out []Stub
	if lists := w.bulks.get(w.p.Name); lists != nil {
		for _, s := range lists.Stubs {
			if missing(s) {
				out = append(out, s)
			}
		}
		return out
	}
	for _, k := range w.st.partial(w.src.Name(), w.p.Name) {
		if s := (Stub{Ref: k.Ref, Key: k.Key, Kind: k.Kind, Updated: k.Updated}); !w.failed(s) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Stub) int { return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(a.Key, b.Key)) })
	return out
}

// complete reads what the lists lack, newest first, until all of it is in the log or until the time is up. As
// long as it is at work, it looks for changes as often as a poll would.
func (w *worker) complete(ctx context.Context, until time.Time) error {
	b, begun := w.backfilling()
	if _, can := w.src.(Bulker); !can || !begun || !b.Done.IsZero() {
		return nil
	}
	todo := w.todo()
	start, listed, said, all := w.Now(), w.Now(), w.Now(), len(todo)
	for len(todo) > 0 {
		now := w.Now()
		if !until.IsZero() && now.After(until) {
			break
		}
		if now.Sub(listed) >= w.Every {
			listed = now
			if err := w.list(ctx); err != nil {
				return err
			}
			if err := w.success(ctx); err != nil {
				return err
			}
		}
		chunk := todo[:min(len(todo), fullChunk*w.Workers)]
		todo = todo[len(chunk):]
		// List may have read some of them meanwhile, and newer than the lists tell.
		chunk = slices.DeleteFunc(slices.Clone(chunk), func(s Stub) bool {
			_, k, ok := w.st.byRef(w.src.Name(), w.p.Name, s.Ref)
			return ok && !k.Partial && !k.Updated.Before(s.Updated)
		})
		if err := w.read(ctx, chunk); err != nil {
			return err
		}
		if done := all - len(todo); w.OnBackfill != nil || w.Now().Sub(said) >= sayEvery {
			left := w.Now().Sub(start) * time.Duration(len(todo)) / time.Duration(max(done, 1))
			if w.OnBackfill != nil {
				w.OnBackfill(w.p.Name, b.Total-len(todo), b.Total, left)
			}
			if w.Now().Sub(said) >= sayEvery {
				said = w.Now()
				w.Logger.Info("first reading", "source", w.src.Name(), "project", w.p.Name, "left", len(todo), "of", b.Total, "takes", left.Round(time.Second))
				if err := w.leave(ctx, b, todo); err != nil {
					return err
				}
			}
		}
	}
	return w.leave(ctx, b, todo)
}

// leave remembers how far the first reading has come.
func (w *worker) leave(ctx context.Context, b backfill, todo []Stub) error {
	b.Left, b.Reached, w.rep.left = len(todo), time.Time{}, len(todo)
	if len(todo) > 0 {
		b.Reached = todo[0].Updated
	} else {
		b.Done = w.Now().UTC().Truncate(time.Millisecond)
		w.bulks.put(w.p.Name, nil)
	}
	return w.remember(ctx, w.progress(kindBackfill, "", b))
}

// stopped says whether an error ends the run over the source rather than that over one project.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.As(err, &SourceError{}) || errors.As(err, &logError{})
}
