package simulate

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// budget counts requests in windows of an hour.
type budget struct {
	mu    sync.Mutex
	limit int
	used  int
	reset time.Time
}

// take uses up one request and says whether it was left. With limit 0 it always is.
func (b *budget) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(now)
	if b.limit > 0 && b.used >= b.limit {
		return false
	}
	b.used++
	return true
}

// minute counts requests in the last minute.
type minute struct {
	mu   sync.Mutex
	last []time.Time
}

func (m *minute) take(now time.Time, most int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.last) > 0 && now.Sub(m.last[0]) >= time.Minute {
		m.last = m.last[1:]
	}
	if len(m.last) >= most {
		return false
	}
	m.last = append(m.last, now)
	return true
}

func (b *budget) roll(now time.Time) {
	if !now.Before(b.reset) {
		b.reset, b.used = now.Add(time.Hour).Truncate(time.Second), 0
	}
}

func (b *budget) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = max(0, b.used-1)
}

// state returns limit, used and the time of the reset.
func (b *budget) state(now time.Time) (limit, used int, reset time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(now)
	limit = b.limit
	if limit == 0 {
		limit = 5000
	}
	return limit, min(b.used, limit), b.reset
}

// authorised says whether a request carries the token in one of the ways the trackers take.
func authorised(r *http.Request, token string) bool {
	if token == "" {
		return true
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password == token
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return (strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "token")) && strings.TrimSpace(value) == token
}

// faulty answers a request wrongly where the options' hook says so. It returns the writer to go on with, or nil
// when the answer is given.
func faulty(w http.ResponseWriter, r *http.Request, o *Options) http.ResponseWriter {
	if o.Latency > 0 {
		time.Sleep(o.Latency)
	}
	if o.Fault == nil {
		return w
	}
	f := o.Fault(r)
	if f == nil {
		return w
	}
	time.Sleep(f.Delay)
	if f.Hangup {
		panic(http.ErrAbortHandler) // net/http's own way to end a connection without an answer
	}
	for k, v := range f.Header {
		w.Header()[k] = v
	}
	if f.Status != 0 {
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body))
		return nil
	}
	if f.Keep > 0 {
		return &cutting{w, f.Keep}
	}
	return w
}

// cutting ends the connection after some bytes of the body.
type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) Write(b []byte) (int, error) {
	if len(b) < c.left {
		c.left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left])
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

func etagOf(body []byte) string {
	h := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(h[:16]) + `"`
}

// write sends a JSON body, compressed where the client asks for it, and none to HEAD.
func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(body) > 512 {
		var z bytes.Buffer
		g, _ := gzip.NewWriterLevel(&z, gzip.BestSpeed)
		_, _ = g.Write(body)
		_ = g.Close()
		body = z.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Vary", "Accept-Encoding")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
