package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// pace counts what each asker does within a time, in the process's memory alone.
type pace struct {
	what   string        // it counts, in the plural
	most   int           // how often within the time
	within time.Duration // from the first on
	mu     sync.Mutex
	seen   map[string]*tries
}

type tries struct {
	n     int
	since time.Time
}

const keysMax = 10_000 // askers that a pace remembers

// wait is how long an asker has to wait; zero: not at all.
func (p *pace) wait(key string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left(key, now)
}

func (p *pace) left(key string, now time.Time) time.Duration {
	t := p.seen[key]
	if t == nil || t.n < p.most {
		return 0
	}
	return max(0, p.within-now.Sub(t.since))
}

// take counts one more, unless the asker has to wait; it returns for how long then.
func (p *pace) take(key string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := p.left(key, now); left > 0 {
		return left
	}
	t := p.seen[key]
	if t == nil || now.Sub(t.since) >= p.within {
		p.room(now)
		t = &tries{since: now}
		p.seen[key] = t
	}
	t.n++
	return 0
}

// room forgets those whose time is over, or everybody where all of them are at it.
func (p *pace) room(now time.Time) {
	if p.seen == nil {
		p.seen = map[string]*tries{}
	}
	if len(p.seen) < keysMax {
		return
	}
	for key, t := range p.seen {
		if now.Sub(t.since) >= p.within {
			delete(p.seen, key)
		}
	}
	if len(p.seen) >= keysMax {
		clear(p.seen)
	}
}

// How often one asker may, in a minute. What an editor's page does while somebody types stays below.
const (
	statementsAtMost = 120
	trialsAtMost     = 60 // rules and decisions that are read, compiled and tried
)

// paced lets an asker do h at p's pace: a user by name, else an address.
func (s *server) paced(p *pace, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, key := "this address", "address "+address(r)
		if u := asker(r); u != nil && u.Name != "" {
			who, key = u.Name, "user "+u.Name
		}
		if left := p.take(key, time.Now()); left > 0 {
			later(w, left)
			s.fail(w, r, http.StatusTooManyRequests, fmt.Errorf("%s sent more than %d %s in a minute: wait %d seconds and try again", who, p.most, p.what, seconds(left)))
			return
		}
		h(w, r)
	}
}

// later says when to try again.
func later(w http.ResponseWriter, left time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds(left)))
}

// seconds are whole ones, at least one.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// soonAgain is when to try again where all places for statements are taken.
const soonAgain = 5 * time.Second

// busy says when to try again with an answer of that status, unless that is said already.
func busy(w http.ResponseWriter, status int) {
	if status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		later(w, soonAgain)
	}
}

// network is an address as paces count it: of IPv6 the network, as one machine has all addresses of it.
func network(host string) string {
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is6() || ip.Is4In6() {
		return host
	}
	if p, err := ip.WithZone("").Prefix(64); err == nil && !ip.IsLoopback() {
		return p.String()
	}
	return host
}
