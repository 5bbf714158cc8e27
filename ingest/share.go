package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Processes that read different sources with one credential have one allowance. What is left of an hour's the tracker tells
// each of them with every answer; of the calls of a minute, and that it told one of them to wait, it does not. So a claim to a
// source says with which credential it is read, by a name that tells nothing of it, and until when the tracker told its holder
// to wait. Each process makes its part of the calls of a minute: that of one among as many as hold leases of the credential.

// Credential names a login for [GateOptions]: all processes that have the same secret give it the same name, and nobody learns
// the secret from that. where is the tracker and whatever else tells logins apart.
func Credential(secret string, where ...string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(strings.Join(where, "\x00")))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Gated is a [Source] whose calls go through a gate.
type Gated interface {
	Gate() *Gate
}

// GateOf returns the gate of a source, or nil.
func GateOf(src Source) *Gate {
	if g, ok := src.(Gated); ok {
		return g.Gate()
	}
	return nil
}

// others says how many processes hold a lease of a credential, of which the one that asks is one, and until when the tracker
// told one of them, or one that has ended since, to make no calls.
func (s *State) others(credential string, now time.Time) (holders int, held time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	seen := map[string]bool{}
	for _, l := range s.leases {
		if l.Credential != credential || !now.Before(l.Until) {
			continue
		}
		seen[l.Holder] = true
	}
	if until := s.held[credential]; until.After(now) {
		held = until
	}
	return max(1, len(seen)), held
}

// share makes the gate keep to its part, as a state tells of other processes.
func (g *Gate) share(st *State) {
	if g == nil || g.o.Credential == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.others = func(now time.Time) (int, time.Time) { return st.others(g.o.Credential, now) }
}

// told returns the name of the gate's credential, and until when the tracker told this process to make no calls.
func (g *Gate) told() (credential string, held time.Time) {
	if g == nil {
		return "", time.Time{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.o.Credential, g.u.HeldUntil.UTC().Truncate(time.Millisecond)
}

// untilHeld waits for d, or until the tracker says to wait, which others are to hear of.
func (g *Gate) untilHeld(ctx context.Context, d time.Duration) error {
	var closed chan struct{}
	if g != nil {
		closed = g.closed
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-closed:
	case <-t.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
