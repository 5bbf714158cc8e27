package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// ticking is a clock for a gate alone, which its waits move.
type ticking struct {
	mu  sync.Mutex
	now time.Time
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *ticking) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// process is one of several that read sources with some credential.
type process struct {
	gate  *Gate
	clock *ticking
}

func newProcess(credential string) *process {
	c := &ticking{now: time.Now()}
	g := NewGate(GateOptions{Now: c.Now, Sleep: c.Sleep, Credential: credential})
	g.Pace(600)
	return &process{g, c}
}

// calls says how many calls go through in ten seconds from now.
func (p *process) calls(t *testing.T) (n int) {
	t.Helper()
	p.clock.mu.Lock()
	p.clock.now = time.Now()
	p.clock.mu.Unlock()
	p.gate.mu.Lock()
	p.gate.next = time.Now() // no burst after idleness
	p.gate.mu.Unlock()
	for until := p.clock.Now().Add(10 * time.Second); ; n++ {
		if err := p.gate.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.gate.leave()
		if !p.clock.Now().Before(until) {
			return n
		}
	}
}

// TestProcessesShareABudget: of the calls of a minute each process that reads with a credential makes its part, from when
// another begins until it ends; where one is told to wait, the others wait too. Other credentials have nothing to do with it.
func TestProcessesShareABudget(t *testing.T) {
	log := &shared{}
	one, two, three := newProcess("same"), newProcess("same"), newProcess("other")
	knows := map[string]*State{} // all know the log from its beginning
	for _, source := range []string{"a", "b", "c", "d"} {
		knows[source] = log.process()
	}
	knows["b"] = knows["a"] // one process
	read := func(source, holder string, p *process, do func() error) error {
		st := knows[source]
		return Own(t.Context(), source, holder, st, log, Options{Gate: p.gate}, func(context.Context) error { return do() })
	}
	near := func(what string, got, want int) {
		t.Helper()
		if got < want-2 || got > want+2 {
			t.Errorf("%s: %d calls in ten seconds, want %d", what, got, want)
		}
	}
	states := log.process() // follows as well
	err := read("a", "here/1/a", one, func() error {
		near("alone", one.calls(t), 100)
		return read("b", "here/1/a", one, func() error { // another source of the same process
			near("with two sources", one.calls(t), 100)
			err := read("c", "there/2/b", two, func() error {
				return read("d", "there/3/c", three, func() error {
					near("of two", one.calls(t), 50)
					near("the other", two.calls(t), 50)
					near("with another credential", three.calls(t), 100)

					two.clock.mu.Lock()
					two.clock.now = time.Now()
					two.clock.mu.Unlock()
					two.gate.refused(http.StatusForbidden, http.Header{"Retry-After": {"8"}})
					for tried := 0; ; tried++ {
						if _, held := states.others("same", time.Now()); !held.IsZero() {
							break
						}
						if tried == 200 {
							t.Fatal("nobody hears that one was told to wait")
						}
						time.Sleep(10 * time.Millisecond)
					}
					near("while the other was told to wait for eight seconds", one.calls(t), 10+11) // it catches up on ten
					near("nor does that concern another credential", three.calls(t), 100)
					return nil
				})
			})
			// What the other was told still holds, for eight seconds less those that passed, and then all calls are ours: 20 and 11.
			if n := one.calls(t); n < 29 || n > 70 {
				t.Errorf("alone again: %d calls in ten seconds", n)
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestToldToWaitOutlivesTheProcess: what one process was told to wait holds when it has ended, for those that run and for one that
// starts then and finds in the log the last word of each source; each says once why it waits.
func TestToldToWaitOutlivesTheProcess(t *testing.T) {
	log := &shared{}
	follows := log.process()
	told := newProcess("same")
	err := Own(t.Context(), "c", "there/2/b", log.process(), log, Options{Gate: told.gate}, func(context.Context) error {
		told.gate.refused(http.StatusForbidden, http.Header{"Retry-After": {"600"}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	starts := NewState()
	starts.Apply(log.last)
	until := told.gate.Usage().HeldUntil.UTC().Truncate(time.Millisecond)
	for name, st := range map[string]*State{"one that follows": follows, "one that starts": starts} {
		if n, held := st.others("same", time.Now()); n != 1 || !held.Equal(until) {
			t.Errorf("%s: %d holders, held until %v, want %v", name, n, held, until)
		}
		if _, held := st.others("other", time.Now()); !held.IsZero() {
			t.Errorf("%s: another credential is held until %v", name, held)
		}
		if _, held := st.others("same", until); !held.IsZero() {
			t.Errorf("%s: held when that is over", name)
		}
		next := newProcess("same")
		var said bytes.Buffer
		next.gate.o.Logger = slog.New(slog.NewTextHandler(&said, nil))
		next.gate.share(st)
		for range 3 {
			if d := next.gate.wait(); d < 9*time.Minute {
				t.Errorf("%s: waits for %v", name, d)
			}
		}
		if n := strings.Count(said.String(), "told another process"); n != 1 {
			t.Errorf("%s: says it %d times", name, n)
		}
	}

	// A record of a clock that is wrong, or of another version, holds nobody for longer than a tracker's window.
	now := time.Now()
	value, err := json.Marshal(lease{Holder: "there/9/z", Until: now, Credential: "same", Held: now.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	follows.Apply(&event.Progress{Source: "x", Kind: kindLease, Value: value, RecordedAt: now})
	if _, held := follows.others("same", now); !held.Equal(now.Add(holdMost)) {
		t.Errorf("held until %v", held)
	}
}

// TestCredential: a name of a login is that of the same login alone, and does not hold it.
func TestCredential(t *testing.T) {
	names := map[string]bool{}
	for _, n := range []string{Credential("t0ken", "https://a"), Credential("t0ken", "https://b"), Credential("t1ken", "https://a"), Credential("", "https://a", "app 1 2"), Credential("", "https://a")} {
		if names[n] || strings.Contains(n, "t0ken") || len(n) != 16 {
			t.Errorf("%s", n)
		}
		names[n] = true
	}
	if !names[Credential("t0ken", "https://a")] {
		t.Error("one login has two names")
	}
}
