package ingest

import (
	"context"
	"time"
)

// Poll makes a run, then another each o.Every, until the context ends; then it returns nil. Meanwhile it reads what
// webhooks make due. A project that has been quiet for long is passed over in most runs, see [Options.Every]. A run that ended early is followed by longer and longer pauses, up to eight times o.Every.
func Poll(ctx context.Context, src Source, st *State, log Log, o Options) error {
	o = o.filled()
	o.bulks, o.slice = &bulks{}, o.Every
	defer o.bulks.close()
	o.pace = &pace{changed: st.lastChanges(src.Name())}
	strikes := 0
	for {
		start := time.Now()
		rep, err := Once(ctx, src, st, log, o)
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
		pause := o.Every << max(0, strikes-1)
		if err := (&run{o, src, st, log}).idle(ctx, rep, start.Add(max(pause, time.Since(start)+time.Second))); err != nil {
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
