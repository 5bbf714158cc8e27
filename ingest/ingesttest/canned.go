package ingesttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Canned is a [http.RoundTripper] that asks a handler for each different request once and from then on gives the same
// answer at no cost: a tracker that is as fast as can be.
type Canned struct {
	Handler http.Handler

	mu    sync.Mutex
	bytes int64
	have  map[[sha256.Size]byte]given
}

// given is an answer that was given.
type given struct {
	status int
	header http.Header
	body   []byte
}

// Freeze lets go of the handler and all that it knows, which would otherwise be looked through whenever garbage is
// collected: from now on a request that was not made before is an error.
func (c *Canned) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Handler = nil
}

// RoundTrip implements [http.RoundTripper].
func (c *Canned) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.String()+"\n"), body...))
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.have[sum]
	if !ok {
		if c.Handler == nil {
			return nil, fmt.Errorf("%s %s was not asked before", r.Method, r.URL)
		}
		w := httptest.NewRecorder()
		if r.Host == "" {
			r.Host = r.URL.Host
		}
		c.Handler.ServeHTTP(w, r)
		if c.have == nil {
			c.have = map[[sha256.Size]byte]given{}
		}
		g = given{w.Code, w.Header(), bytes.Clone(w.Body.Bytes())}
		c.have[sum] = g
	}
	c.bytes += int64(len(g.body))
	return &http.Response{
		StatusCode: g.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: g.header.Clone(), Request: r,
		Body: io.NopCloser(bytes.NewReader(g.body)), ContentLength: int64(len(g.body)),
	}, nil
}

// Bytes is how much was answered so far.
func (c *Canned) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Discard is a log that acknowledges everything at once and keeps nothing.
type Discard struct{}

// Write implements ingest.Log.
func (Discard) Write(context.Context, ...event.Message) error { return nil }

// Decoding says how many bytes a second of the answers, each once, are read on all cores by do, which is what bounds any
// ingester that reads them so.
func (c *Canned) Decoding(do func(answer []byte)) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	work := make(chan []byte, len(c.have))
	total := 0
	for _, g := range c.have {
		work <- g.body
		total += len(g.body)
	}
	close(work)
	start := time.Now()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for b := range work {
				do(b)
			}
		})
	}
	wg.Wait()
	return float64(total) / time.Since(start).Seconds()
}
