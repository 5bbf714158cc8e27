package ingest

import (
	"context"
	"time"
)

// Poll makes a run, then another each o.Every, until the context ends; then it returns nil. Meanwhile it reads what
// webhooks make due, and where somebody asks for the whole source ([NewAsk]) it makes the next run at once, over all
// projects. A project that has been quiet for long is passed over in most runs, see [Options.Every]. A run that ended
// early is followed by longer and longer pauses, up to eight times o.Every.
func Poll(ctx context.Context, src Source, st *State, log Log, o Options) error {
	o = o.filled()
	o.bulks, o.slice, o.polls = &bulks{}, o.Every, true
	o.purse = &purse{told: src.Usage()}
	defer o.bulks.close()
	o.pace = &pace{changed: st.lastChanges(src.Name())}
	strikes := 0
	for {
		start := time.Now()
		ask := st.asked(src.Name())
		now := o
		if ask != nil {
			now.pace = nil // nothing is passed over
		}
		rep, err := Once(ctx, src, st, log, now)
		if ctx.Err() != nil {
			return nil
		}
		if o.OnReport != nil {
			o.OnReport(rep, err)
		}
		c := rep.Total()
		if err != nil {
			strikes = min(strikes+1, 4)
			o.Logger.Error("run ended early", "source", src.Name(), "error", err)
		} else {
			strikes = 0
			o.Logger.Info("run", "source", src.Name(), "read", c.Read, "written", c.Written, "unchanged", c.Unchanged,
				"failed", c.Failed, "requests", rep.Usage.Requests, "took", rep.Took)
		}
		r := &run{o, src, st, log}
		if err := r.answer(ctx, ask); err != nil && ctx.Err() == nil {
			o.Logger.Error("cannot say that the source was read as asked; it is read again", "source", src.Name(), "error", err)
		}
		if src, ok := src.(Discoverer); ok && err == nil && src.Undiscovered() {
			continue
		}
		pause := o.Every << max(0, strikes-1)
		if err := r.idle(ctx, rep, start.Add(max(pause, time.Since(start)+time.Second))); err != nil {
			return nil
		}
	}
}

// Sleep waits, or returns the context's error when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
