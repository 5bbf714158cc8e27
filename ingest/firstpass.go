package ingest

import (
	"context"
	"time"
)

// firstPass is the first pass over the list of a project whose source has no lists of all items: what is left of it is
// remembered and told as that of a [Bulk] is. Its items are whole as they come, in the order of their ids; a change of
// any week may be of one that is left, so all weeks are incomplete until it ends.
type firstPass struct {
	w           *worker
	b           backfill
	done        int // items, those of runs before included
	here        int // of these, those of this run
	start, said time.Time
}

// firstPass begins or goes on with the first pass, or returns nil where there is none.
func (w *worker) firstPass(ctx context.Context, listed bool) (*firstPass, error) {
	b, begun := w.backfilling()
	if _, can := w.src.(Bulker); can || begun && !b.Done.IsZero() || !begun && listed {
		return nil, nil
	}
	f := &firstPass{w: w, b: b, start: w.Now(), said: w.Now()}
	if !begun {
		n, err := w.src.Count(ctx, w.p)
		if err != nil {
			return nil, err
		}
		f.b.Began = f.start.UTC().Truncate(time.Millisecond)
		for _, n := range n {
			f.b.Total += n
		}
	}
	f.done = len(w.st.members(w.src.Name(), w.p.Name))
	return f, f.remember(ctx)
}

func (f *firstPass) remember(ctx context.Context) error {
	f.b.Left = max(0, f.b.Total-f.done)
	f.b.Reached = f.start.UTC().Truncate(time.Millisecond)
	return f.w.remember(ctx, f.w.progress(kindBackfill, "", f.b))
}

// read takes note of a page that is in the log.
func (f *firstPass) read(ctx context.Context, items int) error {
	w, now := f.w, f.w.Now()
	f.done, f.here = f.done+items, f.here+items
	left := now.Sub(f.start) * time.Duration(max(0, f.b.Total-f.done)) / time.Duration(max(f.here, 1))
	if w.OnBackfill != nil {
		w.OnBackfill(w.p.Name, min(f.done, f.b.Total), f.b.Total, left)
	}
	if now.Sub(f.said) < sayEvery {
		return nil
	}
	f.said = now
	w.Logger.Info("first reading", "source", w.src.Name(), "project", w.p.Name, "left", max(0, f.b.Total-f.done), "of", f.b.Total, "takes", left.Round(time.Second))
	return f.remember(ctx)
}
