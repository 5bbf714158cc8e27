package ingest

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
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
			near("alone again", one.calls(t), 100)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
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
