package ingest

import (
	"context"
	"encoding/json"
	"time"
)

// kindMemory is of a source as a whole; name "": what a [Rememberer] keeps.
const kindMemory = "memory"

// Rememberer is a [Source] that goes by what its tracker told in former runs too: of some things a tracker tells only how
// they are now.
type Rememberer interface {
	// Remember is called at the beginning of each run, before anything is listed.
	Remember(m Memory)
}

// Memory is a value that outlives runs and processes.
type Memory struct {
	Now   time.Time       // when the run began
	Value json.RawMessage // what was kept last; nil: nothing yet
	// Keep replaces the value and returns once that is in the log.
	Keep func(ctx context.Context, value any) error
}

// recall hands a source what it keeps.
func (r *run) recall() {
	src, ok := r.src.(Rememberer)
	if !ok {
		return
	}
	v, _ := r.st.value(r.src.Name(), "", kindMemory, "")
	src.Remember(Memory{Now: r.Now().UTC().Truncate(time.Millisecond), Value: v, Keep: func(ctx context.Context, value any) error {
		w := &worker{run: r}
		return w.remember(ctx, w.progress(kindMemory, "", value))
	}})
}
