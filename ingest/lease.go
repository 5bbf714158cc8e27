package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// A source is read by one process: two would spend the same allowance twice. Which one is settled in the log. A claim
// is a record of kind lease under one key, so all claims stand in one order, and everybody judges them by the same
// rule in that order: a claim counts if the one that counts has run out when it is made, or is the same holder's. Clocks of
// different machines only decide how soon somebody else may try.

const (
	kindLease  = "lease" // of the source as a whole; name "": lease
	leaseFor   = time.Minute
	leaseRenew = leaseFor / 3
	leaseLook  = 100 * time.Millisecond
)

// lease is a claim to read a source.
type lease struct {
	Holder string    `json:"holder"` // host/process/a number of its own
	Until  time.Time `json:"until"`
	Over   string    `json:"over,omitempty"`  // a holder of the same host that is known to be dead
	Stays  bool      `json:"stays,omitempty"` // it reads on a schedule, without an end

	Credential string    `json:"credential,omitempty"` // with which it reads, see [Credential]
	Held       time.Time `json:"held,omitzero"`        // until when the tracker told it to make no calls
}

// Holder returns a name for this process as a holder of leases.
func Holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%08x", strings.ReplaceAll(host, "/", "-"), os.Getpid(), rand.Uint32()) //nolint:gosec // a name, no secret
}

// applyLease takes in a claim. The caller holds s.mu, and calls it in the order of the log.
func (s *State) applyLease(p *event.Progress) {
	var v lease
	if len(p.Value) == 0 || json.Unmarshal(p.Value, &v) != nil || v.Holder == "" {
		return
	}
	now, held := s.leases[p.Source]
	if !held || !p.RecordedAt.Before(now.Until) || now.Holder == v.Holder || v.Over == now.Holder {
		s.leases[p.Source] = v
	}
	s.claims[p.Source+"\x00"+v.Holder] = p.RecordedAt
	// What the tracker said outlives who heard it, and whether the claim counts. A longer wait than its window is a clock that is wrong.
	if until := p.RecordedAt.Add(holdMost); v.Held.After(until) {
		v.Held = until
	}
	if v.Credential != "" && v.Held.After(s.held[v.Credential]) {
		s.held[v.Credential] = v.Held
	}
}

func (s *State) lease(source string) (l lease, held bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	l, held = s.leases[source]
	return l, held
}

// Owner says which process reads a source, and until when it has said so; empty: none.
func (s *State) Owner(source string, now time.Time) (holder string, until time.Time) {
	if l, ok := s.lease(source); ok && now.Before(l.Until) {
		return l.Holder, l.Until
	}
	return "", time.Time{}
}

func (s *State) stays(source string) bool {
	l, _ := s.lease(source)
	return l.Stays
}

// claimed returns when the last claim of a holder that came back from the log was made.
func (s *State) claimed(source, holder string) time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.claims[source+"\x00"+holder]
}

// ErrOwned is the error of [OwnOnce] where another process reads the source on a schedule.
var ErrOwned = errors.New("another process reads the source on its schedule")

// OwnOnce is Own for who reads once: it waits for others of that kind, and leaves a source alone that another process
// reads on a schedule.
func OwnOnce(ctx context.Context, source, holder string, st *State, log Log, o Options, do func(context.Context) error) error {
	c := &claimant{source: source, holder: holder, st: st, log: log, o: o.filled()}
	if err := c.acquire(ctx); err != nil {
		return err
	}
	c.o.Gate.share(st)
	return c.hold(ctx, do)
}

// Own waits until no other process reads a source, and then calls do; meanwhile it keeps the lease. It ends with do. If the lease
// is lost, do's context ends, and Own waits again. The log must be followed meanwhile: what is written to topic
// workmix.ingest by anybody has to reach st.
func Own(ctx context.Context, source, holder string, st *State, log Log, o Options, do func(context.Context) error) error {
	o = o.filled()
	c := &claimant{source: source, holder: holder, st: st, log: log, o: o, stays: true}
	for {
		if err := c.acquire(ctx); err != nil {
			return err
		}
		o.Gate.share(st)
		err := c.hold(ctx, do)
		if !errors.Is(err, errLost) {
			return err
		}
		o.Logger.Warn("another process reads the source now: waiting for it", "source", source)
	}
}

var errLost = errors.New("the lease was lost")

type claimant struct {
	source, holder string
	st             *State
	log            Log
	o              Options
	stays          bool
}

// acquire returns when the lease is ours.
func (c *claimant) acquire(ctx context.Context) error {
	told := ""
	for {
		now := c.o.Now()
		holder, until := c.st.Owner(c.source, now)
		over := ""
		if holder != "" && holder != c.holder && dead(holder, c.holder) {
			holder, over = "", holder
		}
		switch {
		case holder == c.holder:
			return nil
		case holder != "" && !c.stays && c.st.stays(c.source):
			return fmt.Errorf("source %s: %w (%s)", c.source, ErrOwned, holder)
		case holder != "":
			if told != holder {
				told = holder
				c.o.Logger.Info("another process reads the source: waiting until it ends", "source", c.source, "holder", holder)
			}
			if err := Sleep(ctx, min(until.Sub(now), time.Second)+rand.N(time.Second/4)); err != nil {
				return err
			}
			continue
		}
		if err := c.claim(ctx, now.Add(leaseFor), over); err != nil {
			return err
		}
	}
}

// claim writes a claim and waits until it came back from the log.
func (c *claimant) claim(ctx context.Context, until time.Time, over string) error {
	credential, held := c.o.Gate.told()
	value, _ := json.Marshal(lease{c.holder, until.UTC().Truncate(time.Millisecond), over, c.stays, credential, held}) // our own struct
	p := &event.Progress{Source: c.source, Kind: kindLease, Value: value, RecordedAt: c.o.Now().UTC().Truncate(time.Millisecond)}
	m, err := event.Encode(p)
	if err != nil {
		return logError{err}
	}
	if err := c.log.Write(ctx, m); err != nil {
		return logError{err}
	}
	for waited := time.Duration(0); c.st.claimed(c.source, c.holder).Before(p.RecordedAt); waited += leaseLook {
		if waited > leaseFor {
			return logError{fmt.Errorf("source %s: what was written to topic %s does not come back from it", c.source, event.TopicIngest)}
		}
		if err := Sleep(ctx, leaseLook); err != nil {
			return err
		}
	}
	return nil
}

// hold calls do and renews the lease until do ends or the lease is another's. Then it gives it back.
func (c *claimant) hold(ctx context.Context, do func(context.Context) error) error {
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		for {
			if c.o.Gate.untilHeld(within, leaseRenew) != nil {
				return
			}
			// A log that is away is do's own trouble, and in a while everybody's.
			_ = c.claim(within, c.o.Now().Add(leaseFor), "")
			if holder, _ := c.st.Owner(c.source, c.o.Now()); holder != "" && holder != c.holder {
				cancel(errLost)
				return
			}
		}
	}()
	err := do(within)
	lost := errors.Is(context.Cause(within), errLost)
	cancel(nil)
	<-renewing
	if lost && ctx.Err() == nil {
		return errLost
	}
	bye, done := context.WithTimeout(context.WithoutCancel(ctx), rememberWithin)
	defer done()
	credential, held := c.o.Gate.told() // others, and who comes after us, are to wait as long as we were told to
	value, _ := json.Marshal(lease{Holder: c.holder, Until: c.o.Now().UTC().Truncate(time.Millisecond), Credential: credential, Held: held})
	if m, e := event.Encode(&event.Progress{Source: c.source, Kind: kindLease, Value: value, RecordedAt: c.o.Now().UTC().Truncate(time.Millisecond)}); e == nil {
		_ = c.log.Write(bye, m) // else the next one waits until it runs out
	}
	return err
}

// dead says whether a holder is a process of this host that is no more. One with our own number was before us.
func dead(holder, mine string) bool {
	theirs, ours := strings.Split(holder, "/"), strings.Split(mine, "/")
	if len(theirs) != 3 || len(ours) != 3 || theirs[0] != ours[0] || theirs[0] == "unknown" {
		return false
	}
	if theirs[1] == ours[1] {
		return theirs[2] != ours[2]
	}
	pid, err := strconv.Atoi(theirs[1])
	if err != nil || pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}
