package ingest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// whole stands in a record of kind due for all projects of a source.
const whole = "*"

// NewAsk returns the record that asks whoever owns a source to read all of it now rather than at its next time.
func NewAsk(source string, at time.Time) *event.Progress {
	value, _ := json.Marshal(at) // a time
	return &event.Progress{Source: source, Project: whole, Kind: kindDue, Name: whole, Value: value, RecordedAt: at}
}

// asked returns the record of [NewAsk] that is not answered yet, or nil.
func (s *State) asked(source string) *event.Progress {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for k, p := range s.due {
		if k.source == source && k.project == whole {
			return p
		}
	}
	return nil
}

// Answered waits until the owner of a source has read it after a [NewAsk] that st has applied, or until nobody owns it
// any more, or the context ends. It needs a State that follows the log. It says whether the source was read.
func Answered(ctx context.Context, st *State, source string) (bool, error) {
	for st.asked(source) != nil {
		if owner, _ := st.Owner(source, time.Now()); owner == "" {
			return false, nil
		}
		if err := Sleep(ctx, 50*time.Millisecond); err != nil {
			return false, err
		}
	}
	return true, nil
}

// answer forgets an ask after a run that began later than it.
func (r *run) answer(ctx context.Context, ask *event.Progress) error {
	if ask == nil || r.st.asked(r.src.Name()) != ask {
		return nil
	}
	return (&worker{run: r}).settled(ctx, []*event.Progress{ask})
}
