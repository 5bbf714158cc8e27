package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	tries       = 5                // of a call that is answered wrongly
	refusals    = 8                // in a row, before a run gives up
	maxBody     = 64 << 20         // of an answer
	callTimeout = 90 * time.Second // of one call with its body
)

// Transport is the [http.RoundTripper] under every call to a tracker: it keeps to the gate, waits where the
// tracker says to, makes calls again that failed in a way that may pass (no connection, 5xx, a body that is
// cut off or is no JSON), and returns bodies that are whole. Trackers are only read: any call may be repeated.
type Transport struct {
	Gate *Gate
	Base http.RoundTripper // nil: http.DefaultTransport
	// Pause is the first pause before a call is repeated; it doubles, with jitter. 0: half a second.
	Pause time.Duration
	// Timeout is how long one call with its body may take; 0: a minute and a half.
	Timeout time.Duration

	checkers sync.Pool // of *checker
	bodies   sync.Pool // of *bytes.Buffer

	mu  sync.Mutex
	own Usage // of the calls made here: others may go through the same gate
}

// check is [checker.list].
func (t *Transport) check(body []byte) ([]mark, bool) {
	c, _ := t.checkers.Get().(*checker)
	if c == nil {
		c = &checker{}
	}
	defer t.checkers.Put(c)
	return c.list(body)
}

// Usage says what the gate's credential has left, and what was spent here.
func (t *Transport) Usage() Usage {
	u := t.Gate.Usage()
	t.mu.Lock()
	defer t.mu.Unlock()
	u.Requests, u.NotModified, u.Retried, u.Limited = t.own.Requests, t.own.NotModified, t.own.Retried, t.own.Limited
	return u
}

func (t *Transport) count(add func(*Usage)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.own)
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	pauses := backoff.NewExponentialBackOff()
	if pauses.InitialInterval = t.Pause; t.Pause <= 0 {
		pauses.InitialInterval = 500 * time.Millisecond
	}
	pauses.MaxInterval = 30 * time.Second
	for try := 1; ; {
		resp, refused, err := t.once(req)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, ErrTooLong):
			return nil, err
		case refused >= refusals:
			return nil, SourceError{fmt.Errorf("%s refused %d calls in a row as too many (status %d): lower the poll rate, or see who else uses this credential", req.URL.Host, refused, resp.StatusCode)}
		case refused > 0:
			continue
		case err == nil && resp.StatusCode < 500:
			// The clients above have limits of their own by these headers, and would refuse calls that the
			// gate lets through.
			resp.Header.Del("X-RateLimit-Remaining")
			resp.Header.Del("X-RateLimit-Reset")
			return resp, nil
		case try >= tries:
			if err == nil {
				return resp, nil // the 5xx itself
			}
			return nil, fmt.Errorf("%s gave no answer in %d tries: %w: check base_url of the source and the network", req.URL.Host, try, err)
		}
		try++
		t.Gate.retried()
		t.count(func(u *Usage) { u.Retried++ })
		if err := t.Gate.o.Sleep(ctx, pauses.NextBackOff()); err != nil {
			return nil, err
		}
	}
}

// once makes one call and reads its body. If the tracker refused it as too many, the gate is closed before the next
// call can pass, and refused is how many refusals in a row that were.
func (t *Transport) once(req *http.Request) (resp *http.Response, refused int, err error) {
	if err := t.Gate.enter(req.Context()); err != nil {
		return nil, 0, err
	}
	defer t.Gate.leave()
	timeout := t.Timeout
	if timeout <= 0 {
		timeout = callTimeout
	}
	ctx, cancel := context.WithTimeout(req.Context(), timeout)
	defer cancel()
	again := req.Clone(ctx)
	if req.GetBody != nil {
		b, err := req.GetBody()
		if err != nil {
			return nil, 0, err
		}
		again.Body = b
	}
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	resp, err = base.RoundTrip(again)
	if err != nil {
		return nil, 0, err
	}
	buffer, _ := t.bodies.Get().(*bytes.Buffer)
	if buffer == nil {
		buffer = &bytes.Buffer{}
	}
	body, err := read(buffer, resp)
	_ = resp.Body.Close()
	t.Gate.answered(resp.StatusCode, resp.Header)
	t.count(func(u *Usage) {
		if u.Requests++; resp.StatusCode == http.StatusNotModified {
			u.NotModified++
		}
	})
	var marks []mark
	isJSON := true
	if err == nil && len(body) <= maxBody && resp.StatusCode == http.StatusOK && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		marks, isJSON = t.check(body)
	}
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("the answer broke off: %w", err)
	case len(body) > maxBody:
		return nil, 0, ErrTooLong
	case !isJSON:
		return nil, 0, errors.New("the answer is no valid JSON")
	}
	if resp.StatusCode >= 400 {
		body = redact(body, again)
	}
	resp.Body, resp.ContentLength, resp.Request = &wholeBody{Reader: *bytes.NewReader(body), all: body, marks: marks, free: func() { t.free(buffer) }}, int64(len(body)), req
	if limited(resp, body) {
		t.count(func(u *Usage) { u.Limited++ })
		return resp, t.Gate.refused(resp.StatusCode, resp.Header), nil
	}
	return resp, 0, nil
}

// mostKept is how large a buffer is kept for the next body.
const mostKept = 2 << 20

// free keeps the buffer of a body that nobody reads any more. To clear as much new memory, and to collect it, takes as long
// as to check what is in it.
func (t *Transport) free(b *bytes.Buffer) {
	if b.Cap() <= mostKept {
		b.Reset()
		t.bodies.Put(b)
	}
}

// read reads a body, a little more of it than may be held at most.
func read(b *bytes.Buffer, resp *http.Response) ([]byte, error) {
	if n := resp.ContentLength; n > 0 && n <= maxBody {
		b.Grow(int(n) + bytes.MinRead) // else it grows by doubling
	}
	_, err := b.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	return b.Bytes(), err
}

// wholeBody is a body that is held in memory.
type wholeBody struct {
	bytes.Reader
	all   []byte
	marks []mark
	free  func()
}

func (*wholeBody) Close() error { return nil }

// Body reads the body of an answer. That of a [Transport] it does not copy: do not change it.
func Body(r io.Reader) ([]byte, error) {
	t, err := ReadText(r)
	return t.Bytes, err
}

// ErrTooLong is the error of an answer that is too long to hold: ask for less.
var ErrTooLong = fmt.Errorf("the answer is longer than %d MiB", maxBody>>20)

// limited says whether an answer means "too many calls": not every 403 does.
func limited(r *http.Response, body []byte) bool {
	switch r.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return r.Header.Get("Retry-After") != ""
	case http.StatusForbidden:
		return r.Header.Get("Retry-After") != "" || r.Header.Get("X-RateLimit-Remaining") == "0" ||
			bytes.Contains(bytes.ToLower(body), []byte("rate limit")) // a secondary limit has no other mark
	}
	return false
}
