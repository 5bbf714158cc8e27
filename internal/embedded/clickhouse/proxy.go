package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// restartWithin is how long a request waits for an engine that is being started again.
const restartWithin = 15 * time.Second

// proxy passes requests on to the child of the moment. Without it a crash would look to a client like a
// broken network; with it the client reads what happened, and requests that arrive meanwhile wait.
func (s *Server) proxy() http.Handler {
	d := &net.Dialer{}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = "engine"
			r.Out.URL.RawQuery = r.In.URL.RawQuery // as it was written: the child judges it
			r.Out.Host = r.In.Host                 // the child checks it
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, restartWithin)
				defer cancel()
				addr, err := s.address(ctx)
				if err == nil {
					var c net.Conn
					if c, err = d.DialContext(ctx, "tcp", addr); err == nil {
						return c, nil
					}
				}
				return nil, &notReached{err}
			},
			DisableCompression:  true,
			MaxIdleConnsPerHost: 32,
			IdleConnTimeout:     30 * time.Second,
			ReadBufferSize:      64 << 10,
			WriteBufferSize:     64 << 10,
		},
		FlushInterval: -1,
		BufferPool:    &buffers{},
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return // nobody listens
			}
			s.settle()
			status, text := http.StatusBadGateway, "the ClickHouse engine stopped while it worked on this request; it is being started again"
			if asNotReached(err) {
				status, text = http.StatusServiceUnavailable, "the ClickHouse engine is not running, it is being started again: try again in a moment"
			}
			w.Header().Set("X-ClickHouse-Exception-Code", "210")
			w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
			w.WriteHeader(status)
			fmt.Fprintf(w, "Code: 210. DB::NetException: %s. (NETWORK_ERROR)\n", text)
		},
	}
}

// notReached is the error of a request that never reached the engine.
type notReached struct{ err error }

func (e *notReached) Error() string { return "the ClickHouse engine is not reached: " + e.err.Error() }
func (e *notReached) Unwrap() error { return e.err }

func asNotReached(err error) bool {
	var e *notReached
	return errors.As(err, &e)
}

// buffers gives the proxy large copy buffers; the collector takes those that are not in use.
type buffers struct{ pool sync.Pool }

const copyBuffer = 64 << 10

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[copyBuffer]byte); ok {
		return p[:]
	}
	return make([]byte, copyBuffer)
}

func (b *buffers) Put(p []byte) { b.pool.Put((*[copyBuffer]byte)(p)) }
