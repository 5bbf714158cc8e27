package clickhouse

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	startWithin = 60 * time.Second // a child that reports no address by then is stuck
	closeWithin = 10 * time.Second // a child that does not end by then is killed
	retryMin    = 100 * time.Millisecond
	retryMax    = 5 * time.Second
	healthy     = 5 * time.Second // a child that lived this long resets the delay
)

// Server is a supervised engine: its address and credentials stay the same while children come and go.
type Server struct {
	o     StartOptions
	ln    net.Listener
	http  *http.Server
	log   *slog.Logger
	stop  context.CancelFunc
	ended chan struct{} // closed when the supervisor has ended

	mu    sync.Mutex
	now   *child        // the serving child, nil while there is none
	ready chan struct{} // closed when now is set; replaced when it is cleared
}

// child is one run of the engine's process.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	addr  string
	done  chan struct{} // closed when it has ended
	tail  *tail
}

// Start runs an engine and returns when it answers. ctx bounds the start alone: the engine runs until Close, so
// that what is under way when a program is interrupted can still be written.
func Start(ctx context.Context, o StartOptions) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Exe == "" {
		exe, err := os.Executable()
		if err != nil {
			return nil, err
		}
		o.Exe = exe
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("the ClickHouse engine's folder: %w", err)
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the ClickHouse engine cannot listen: %w", err)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{o: o, ln: ln, log: o.Logger, stop: stop, ended: make(chan struct{}), ready: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	first, err := s.spawn(ctx)
	if err != nil {
		stop()
		ln.Close()
		return nil, err
	}
	s.set(first)
	s.http = &http.Server{Handler: s.proxy(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 2 << 20}
	go func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the ClickHouse engine's address is not served any more", "error", err)
		}
	}()
	go s.supervise(life, first)
	return s, nil
}

// URL is the address for ClickHouse clients over HTTP, without a database.
func (s *Server) URL() string { return "http://" + s.ln.Addr().String() }

// PID is the process id of the engine's process, 0 while there is none.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		return 0
	}
	return s.now.cmd.Process.Pid
}

// Close ends the engine: running statements get a few seconds, then it is killed; no acknowledged row is lost.
func (s *Server) Close() error {
	s.stop()
	<-s.ended
	return s.http.Close()
}

func (s *Server) set(c *child) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = c
	if c != nil {
		close(s.ready)
	} else {
		s.ready = make(chan struct{})
	}
}

// address waits for a serving child.
func (s *Server) address(ctx context.Context) (string, error) {
	for {
		s.mu.Lock()
		c, ready := s.now, s.ready
		s.mu.Unlock()
		if c != nil {
			select {
			case <-c.done: // the supervisor is about to notice
				time.Sleep(time.Millisecond)
				continue
			default:
				return c.addr, nil
			}
		}
		select {
		case <-ready:
		case <-s.ended:
			return "", errors.New("it has been stopped")
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// settle waits a moment for a child that may have died to be known as dead, so that whoever hears of the failure
// and asks again is not sent to the same one.
func (s *Server) settle() {
	s.mu.Lock()
	c := s.now
	s.mu.Unlock()
	if c == nil {
		return
	}
	select {
	case <-c.done:
	case <-time.After(time.Second):
	}
}

// supervise replaces children that die, ever more slowly while they die young.
func (s *Server) supervise(ctx context.Context, c *child) {
	defer close(s.ended)
	delay := retryMin
	for {
		born := time.Now()
		select {
		case <-ctx.Done():
			c.end()
			s.set(nil)
			return
		case <-c.done:
		}
		s.set(nil)
		s.log.Warn("the ClickHouse engine stopped, starting it again", "state", c.cmd.ProcessState.String(), "said", c.tail.String())
		if time.Since(born) > healthy {
			delay = retryMin
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(delay):
			}
			delay = min(2*delay, retryMax)
			next, err := s.spawn(ctx)
			if err == nil {
				c = next
				s.set(c)
				break
			}
			if ctx.Err() == nil {
				s.log.Warn("the ClickHouse engine does not start", "error", err)
			}
		}
	}
}

// hello is the line that a child writes to its standard output once it serves, or cannot.
type hello struct {
	Addr  string `json:"addr,omitempty"`
	Error string `json:"error,omitempty"`
}

// spawn runs a child and waits until it serves.
func (s *Server) spawn(ctx context.Context) (*child, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), s.o.Exe, s.o.Args...) // it outlives the call that starts it
	cmd.Env = append(append(os.Environ(), "TZ=UTC"), s.o.Env...)
	t := &tail{}
	cmd.Stderr = t
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the ClickHouse engine's process does not start: %w", err)
	}
	c := &child{cmd: cmd, stdin: in, done: make(chan struct{}), tail: t}
	said := make(chan hello, 1)
	go func() {
		var h hello
		r := bufio.NewReader(out)
		if line, err := r.ReadBytes('\n'); err == nil {
			_ = json.Unmarshal(line, &h)
		}
		said <- h
		_, _ = io.Copy(io.Discard, r) // the pipe is read to its end before Wait
		_ = cmd.Wait()
		close(c.done)
	}()
	if err := json.NewEncoder(in).Encode(s.o.Options); err != nil {
		c.end()
		return nil, s.diedEarly(c)
	}
	var h hello
	select {
	case h = <-said:
	case <-time.After(startWithin):
		err = fmt.Errorf("the ClickHouse engine does not answer within %v", startWithin)
	case <-ctx.Done():
		err = ctx.Err()
	}
	switch {
	case err != nil:
	case h.Error != "":
		err = errors.New(h.Error)
	case h.Addr == "":
		c.end()
		return nil, s.diedEarly(c)
	default:
		c.addr = h.Addr
		return c, nil
	}
	c.end()
	return nil, err
}

// diedEarly is the error of a child that has ended without a word to us: its library killed it.
func (s *Server) diedEarly(c *child) error {
	if s.log != nil {
		s.log.Debug("the ClickHouse engine's process ended before it served", "last words", c.tail.String())
	}
	return fmt.Errorf("the ClickHouse engine's process ended before it served (%s): the library %s is broken or memory is short: fetch it again with make engine (-v logs the process's last words)",
		c.cmd.ProcessState, s.o.Lib)
}

// end closes the child's standard input, which asks it to end, and kills it if it does not.
func (c *child) end() {
	c.stdin.Close()
	select {
	case <-c.done:
	case <-time.After(closeWithin):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// tail keeps the last words of a child.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if n := len(t.b) - 2000; n > 0 {
		t.b = t.b[n:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := strings.TrimSpace(string(t.b)); s != "" {
		return s
	}
	return "it said nothing"
}
