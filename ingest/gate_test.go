package ingest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

func headers(kv ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(kv); i += 2 {
		h.Set(kv[i], kv[i+1])
	}
	return h
}

// TestRefused says how long the gate stays closed after refusals in a row, minutes by the gate's own choice.
func TestRefused(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	reset := func(d time.Duration) string { return strconv.FormatInt(start.Add(d).Unix(), 10) }
	for name, c := range map[string]struct {
		h    http.Header
		want []time.Duration // at least; at most a tenth more
	}{
		"seconds":              {headers("Retry-After", "17"), []time.Duration{17 * time.Second}},
		"a date":               {headers("Retry-After", start.Add(40*time.Second).Format(http.TimeFormat)), []time.Duration{40 * time.Second}},
		"the reset":            {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset(9*time.Minute)), []time.Duration{9*time.Minute + time.Second}},
		"a reset, some left":   {headers("X-RateLimit-Remaining", "12", "X-RateLimit-Reset", reset(9*time.Minute)), []time.Duration{time.Minute}},
		"a reset a year ahead": {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset(8760*time.Hour)), []time.Duration{65 * time.Minute}},
		"nothing":              {nil, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, 64 * time.Minute, 64 * time.Minute}},
		"a lie":                {headers("Retry-After", "1"), []time.Duration{time.Second, time.Second, time.Minute, 2 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			now := start
			g := NewGate(GateOptions{Now: func() time.Time { return now }})
			for n, want := range c.want {
				g.refused(429, c.h)
				got := g.Usage().HeldUntil.Sub(now)
				if got < want || got > want+want/10+time.Second {
					t.Errorf("refusal %d: closed for %v, want %v", n+1, got, want)
				}
				until := g.Usage().HeldUntil
				if g.refused(429, headers("Retry-After", "9999")); g.Usage().HeldUntil != until {
					t.Error("a call that was under way counts as another refusal")
				}
				now = until
			}
			g.answered(200, http.Header{})
			if g.refused(429, nil); g.Usage().HeldUntil.Sub(now) > 67*time.Second {
				t.Errorf("after a success it is closed for %v", g.Usage().HeldUntil.Sub(now))
			}
		})
	}
}

// TestSpent closes the gate before the call that would be refused.
func TestSpent(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	g := NewGate(GateOptions{Now: func() time.Time { return now }})
	g.answered(200, headers("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(now.Add(time.Minute).Unix(), 10)))
	if u := g.Usage(); !u.HeldUntil.After(now) || u.Limit != 60 || u.Remaining != 0 || u.Requests != 1 || u.HeldWhy == "" {
		t.Errorf("%+v", u)
	}
	g = NewGate(GateOptions{Now: func() time.Time { return now }})
	g.answered(200, headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(now.Add(-time.Minute).Unix(), 10)))
	if u := g.Usage(); u.HeldUntil.After(now) {
		t.Errorf("closed by a reset in the past: %+v", u)
	}
}

// TestPerMinute counts the calls that a paced gate lets through in ten minutes.
func TestPerMinute(t *testing.T) {
	var mu sync.Mutex
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now := start
	g := NewGate(GateOptions{
		Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
		Sleep: func(_ context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(d)
			return nil
		},
	})
	g.Pace(120)
	g.Pace(500) // another source of the credential may not quicken it
	n := 0
	for now.Sub(start) < 10*time.Minute {
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.leave()
		n++
	}
	if n < 1195 || n > 1215 {
		t.Errorf("%d calls in ten minutes, want 1,200", n)
	}
}

// TestConcurrent counts calls at once.
func TestConcurrent(t *testing.T) {
	g := NewGate(GateOptions{Concurrent: 2})
	for range 2 {
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := g.enter(ctx); err == nil {
		t.Error("a third call is let through")
	}
	g.leave()
	if err := g.enter(t.Context()); err != nil {
		t.Error(err)
	}
}
