package ingesttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/workmix/workmix/internal/event"
)

// Canned is a [http.RoundTripper] that asks a handler for each different request once and from then on gives the same
// answer at no cost: a tracker that is as fast as can be.
type Canned struct {
	Handler http.Handler

	mu    sync.Mutex
	bytes int64
	have  map[[sha256.Size]byte]*httptest.ResponseRecorder
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
	w := c.have[sum]
	if w == nil {
		w = httptest.NewRecorder()
		if r.Host == "" {
			r.Host = r.URL.Host
		}
		c.Handler.ServeHTTP(w, r)
		if c.have == nil {
			c.have = map[[sha256.Size]byte]*httptest.ResponseRecorder{}
		}
		c.have[sum] = w
	}
	c.bytes += int64(w.Body.Len())
	return &http.Response{
		StatusCode: w.Code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.Header().Clone(), Request: r,
		Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())), ContentLength: int64(w.Body.Len()),
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
