package ingest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	holdLeast = time.Minute // when a tracker refuses without saying how long
	lookAgain = 10 * time.Millisecond
	holdMost  = 65 * time.Minute // trackers' windows are an hour; a longer wait is a header that lies
)

// Gate keeps the calls made with one credential within its limits: how many at once, how many a minute, and
// none at all while the tracker says to wait. All sources that share a credential share its gate.
type Gate struct {
	o     GateOptions
	slots chan struct{}

	mu      sync.Mutex
	u       Usage
	under   int       // calls that may be made and are not answered yet
	strikes int       // refusals in a row
	next    time.Time // when the next call may start, by PerMinute

	closed chan struct{} // tells when the tracker says to wait
	others func(now time.Time) (holders int, held time.Time)
	heard  time.Time // until when another was told to wait, as far as that was logged
}

// GateOptions of a gate. The zero value serves.
type GateOptions struct {
	Concurrent int                                        // calls at once; 0: 16
	PerMinute  int                                        // calls a minute; 0: as many as the tracker answers
	Now        func() time.Time                           // nil: time.Now
	Sleep      func(context.Context, time.Duration) error // nil: [Sleep]
	Logger     *slog.Logger                               // nil: nothing is logged
	Credential string                                     // see [Credential]; empty: it is shared with no other process
}

// NewGate returns an open gate.
func NewGate(o GateOptions) *Gate {
	if o.Concurrent <= 0 {
		o.Concurrent = 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Gate{o: o, slots: make(chan struct{}, o.Concurrent), closed: make(chan struct{}, 1)}
}

// Logger is where the gate tells what it does.
func (g *Gate) Logger() *slog.Logger { return g.o.Logger }

// Pace sets how many calls a minute go through, if that is fewer than so far.
func (g *Gate) Pace(perMinute int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if perMinute > 0 && (g.o.PerMinute <= 0 || perMinute < g.o.PerMinute) {
		g.o.PerMinute = perMinute
	}
}

// Usage says what went through.
func (g *Gate) Usage() Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.u
}

// enter waits until a call may be made. After it returned nil, leave must be called.
func (g *Gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		wait := g.wait()
		if wait <= 0 {
			return nil
		}
		if err := g.o.Sleep(ctx, wait); err != nil {
			<-g.slots
			return err
		}
	}
}

func (g *Gate) leave() {
	g.mu.Lock()
	g.under--
	g.mu.Unlock()
	<-g.slots
}

// wait returns how long to wait, or reserves the next call and returns 0.
func (g *Gate) wait() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.o.Now()
	holders, held := 1, time.Time{}
	if g.others != nil {
		holders, held = g.others(now)
	}
	if held.After(now) && held.After(g.u.HeldUntil) && !held.Equal(g.heard) {
		g.heard = held
		g.o.Logger.Warn("no calls to the tracker for a while", "until", held.UTC().Format(time.RFC3339), "because", "it told another process with the same login to wait, or this one before it was started again")
	}
	if d := max(g.u.HeldUntil.Sub(now), held.Sub(now)); d > 0 {
		return min(d, holdMost)
	}
	if g.under > 0 && g.u.Limit > 0 && g.under >= g.u.Remaining && g.u.Reset.After(now) {
		return lookAgain // those under way take what is left
	}
	if g.o.PerMinute <= 0 {
		g.under++
		return 0
	}
	if d := g.next.Sub(now); d > 0 {
		return d
	}
	gap := time.Minute * time.Duration(holders) / time.Duration(g.o.PerMinute)
	g.next = g.next.Add(gap)
	if least := now.Add(-10 * gap); g.next.Before(least) { // a short burst may catch up after idleness
		g.next = least
	}
	g.under++
	return 0
}

// answered counts a call and learns what is left. It closes the gate if that is nothing.
func (g *Gate) answered(status int, h http.Header) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.u.Requests++
	if status == http.StatusNotModified {
		g.u.NotModified++
	}
	if status < 400 {
		g.strikes = 0
	}
	if r := h.Get("X-RateLimit-Resource"); r != "" && r != "core" {
		return // another budget than that of the calls that count: GraphQL's
	}
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil {
		return
	}
	reset := resetTime(h)
	if reset.Equal(g.u.Reset) && !reset.IsZero() {
		remaining = min(remaining, g.u.Remaining) // answers come in any order
	}
	g.u.Remaining, g.u.Reset = remaining, reset
	if n, err := strconv.Atoi(h.Get("X-RateLimit-Limit")); err == nil {
		g.u.Limit = n
	}
	if now := g.o.Now(); status < 400 && remaining == 0 && g.u.Reset.After(now) && g.u.Reset.Sub(now) <= holdMost {
		g.hold(g.u.Reset.Add(time.Second), "the allowance is spent")
	}
}

// refused closes the gate after a refusal, for as long as the tracker says: Retry-After, else the reset if
// nothing remains, else at least a minute, longer with each refusal in a row. It returns how many those are.
func (g *Gate) refused(status int, h http.Header) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.u.Limited++
	now := g.o.Now()
	if g.u.HeldUntil.After(now) { // others were under way when the gate closed
		return max(1, g.strikes)
	}
	g.strikes++
	wait, why := time.Duration(0), "the tracker refused with "+strconv.Itoa(status)+" and did not say for how long"
	if after := retryAfter(h, now); after > 0 {
		wait, why = after, "the tracker said to retry after "+after.String()
	} else if reset := resetTime(h); h.Get("X-RateLimit-Remaining") == "0" && reset.After(now) {
		wait, why = reset.Sub(now)+time.Second, "the allowance is spent"
	}
	switch {
	case wait <= 0:
		wait = min(holdMost, holdLeast<<min(g.strikes-1, 6))
		wait += rand.N(wait / 10)
	case wait > holdMost:
		wait, why = holdMost, why+", which is longer than its window: cut"
	case g.strikes > 2: // it said so before, and it was not true
		wait = min(holdMost, max(wait, holdLeast<<min(g.strikes-3, 6)))
	}
	g.hold(now.Add(wait), why)
	return g.strikes
}

func (g *Gate) hold(until time.Time, why string) {
	if !until.After(g.u.HeldUntil) {
		return
	}
	g.u.HeldUntil, g.u.HeldWhy = until, why
	select {
	case g.closed <- struct{}{}:
	default: // it is being told
	}
	g.o.Logger.Warn("no calls to the tracker for a while", "until", until.UTC().Format(time.RFC3339), "because", why)
}

func (g *Gate) retried() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.u.Retried++
}

func resetTime(h http.Header) time.Time {
	v := h.Get("X-RateLimit-Reset")
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 0 {
		return time.Unix(n, 0)
	}
	t, err := time.Parse(time.RFC3339, v) // Jira's form
	if err != nil {
		if t, err = time.Parse("2006-01-02T15:04Z", v); err != nil {
			return time.Time{}
		}
	}
	return t
}

func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return t.Sub(now)
	}
	return 0
}
