package clickhouse

import (
	"net/url"
	"strconv"
	"sync"
	"time"
)

const sessionMost = time.Hour

// sessions keeps the connections of clients that send a session_id: temporary tables and SET live in them.
type sessions struct {
	mu sync.Mutex
	m  map[string]*session
}

type session struct {
	c     *conn
	busy  bool
	timer *time.Timer
}

// take hands out a session's connection, making it if need be. The session is locked until give.
func (s *sessions) take(id string, args url.Values, open func() (*conn, error)) (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.m[id]; x != nil {
		if x.busy {
			return nil, exceptionf(codeSessionLocked, "Session %s is locked by a concurrent client", args.Get("session_id"))
		}
		x.busy = true
		x.timer.Stop()
		return x.c, nil
	}
	if args.Get("session_check") == "1" {
		return nil, exceptionf(codeSessionNotFound, "Session %s not found", args.Get("session_id"))
	}
	c, err := open()
	if err != nil {
		return nil, err
	}
	if s.m == nil {
		s.m = map[string]*session{}
	}
	s.m[id] = &session{c: c, busy: true}
	return c, nil
}

// give returns a session's connection, which is closed when nobody takes it for the session's timeout, or at
// once if it is not worth keeping.
func (s *sessions) give(id string, args url.Values, keep bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.m[id]
	if !keep || args.Get("close_session") == "1" {
		delete(s.m, id)
		x.c.close()
		return
	}
	timeout := time.Minute
	if n, err := strconv.Atoi(args.Get("session_timeout")); err == nil && n > 0 {
		timeout = min(time.Duration(n)*time.Second, sessionMost)
	}
	x.busy = false
	x.timer = time.AfterFunc(timeout, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if y := s.m[id]; y == x && !x.busy {
			delete(s.m, id)
			x.c.close()
		}
	})
}
