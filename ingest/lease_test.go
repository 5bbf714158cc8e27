package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// shared is a log that some processes write and follow.
type shared struct {
	mu        sync.Mutex
	followers []*State
	last      *event.Progress // as a compacted topic keeps it of one source
}

func (l *shared) process() *State {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := NewState()
	l.followers = append(l.followers, s)
	return s
}

func (l *shared) Write(ctx context.Context, messages ...event.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range messages {
		p, err := event.Decode(&messages[i])
		if err != nil {
			return err
		}
		for _, s := range l.followers {
			s.Apply(p.(*event.Progress))
		}
		l.last = p.(*event.Progress)
	}
	return ctx.Err()
}

// TestOneOwner lets several processes want a source at once: each gets it, one at a time, without waiting for the
// lease of the one before to run out.
func TestOneOwner(t *testing.T) {
	log := &shared{}
	var inside, most, turns atomic.Int64
	var g sync.WaitGroup
	start := time.Now()
	states := make([]*State, 6)
	for n := range states { // all know the log from its beginning
		states[n] = log.process()
	}
	for n, st := range states {
		g.Go(func() {
			err := OwnOnce(t.Context(), "code", fmt.Sprintf("host%d/1/a", n), st, log, Options{}, func(context.Context) error {
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(20 * time.Millisecond)
				inside.Add(-1)
				turns.Add(1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if most.Load() != 1 || turns.Load() != 6 || time.Since(start) > leaseFor/2 {
		t.Errorf("%d turns, %d at once, in %v", turns.Load(), most.Load(), time.Since(start))
	}
}

// TestOwnerDies leaves a claim of a process that is no more.
func TestOwnerDies(t *testing.T) {
	host, _ := os.Hostname()
	mine := fmt.Sprintf("%s/%d/mine", host, os.Getpid())
	for name, c := range map[string]struct {
		holder string
		lasts  time.Duration
		within time.Duration
		atOnce bool
	}{
		"of this host":                   {fmt.Sprintf("%s/%d/x", host, 1<<22+7), time.Hour, time.Second, true},
		"of our number, before us":       {fmt.Sprintf("%s/%d/x", host, os.Getpid()), time.Hour, time.Second, true},
		"of another host, then runs out": {"elsewhere/7/x", 300 * time.Millisecond, 3 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			log := &shared{}
			st := log.process()
			now := time.Now()
			value, _ := json.Marshal(lease{Holder: c.holder, Until: now.Add(c.lasts), Stays: true})
			st.Apply(&event.Progress{Source: "code", Kind: kindLease, Value: value, RecordedAt: now})
			ctx, cancel := context.WithTimeout(t.Context(), c.within)
			defer cancel()
			var began time.Time
			err := Own(ctx, "code", mine, st, log, Options{}, func(context.Context) error { began = time.Now(); return nil })
			if err != nil || !c.atOnce && began.Sub(now) < c.lasts {
				t.Errorf("%v, after %v", err, began.Sub(now))
			}
			if holder, _ := st.Owner("code", time.Now()); holder != "" {
				t.Errorf("%s still holds it", holder)
			}
		})
	}
}

// TestOwnedBySchedule: who reads once leaves a source alone that another process reads on a schedule.
func TestOwnedBySchedule(t *testing.T) {
	log := &shared{}
	one, two := log.process(), log.process()
	err := Own(t.Context(), "code", "here/1/a", one, log, Options{}, func(ctx context.Context) error {
		err := OwnOnce(ctx, "code", "there/1/b", two, log, Options{}, func(context.Context) error { return errors.New("read twice") })
		if !errors.Is(err, ErrOwned) {
			return fmt.Errorf("%w: %w", errors.New("the other says"), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestLeaseLost: an owner whose claim does not count any more stops.
func TestLeaseLost(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a lease is renewed")
	}
	log := &shared{}
	st := log.process()
	ctx, cancel := context.WithTimeout(t.Context(), leaseRenew+10*time.Second)
	defer cancel()
	stopped := errors.New("stopped")
	err := OwnOnce(ctx, "code", "here/1/a", st, log, Options{}, func(ctx context.Context) error {
		value, _ := json.Marshal(lease{Holder: "there/1/b", Until: time.Now().Add(time.Hour)})
		st.Apply(&event.Progress{Source: "code", Kind: kindLease, Value: value, RecordedAt: time.Now().Add(2 * leaseFor)})
		<-ctx.Done()
		return stopped
	})
	if !errors.Is(err, errLost) {
		t.Errorf("ended with %v", err)
	}
}
