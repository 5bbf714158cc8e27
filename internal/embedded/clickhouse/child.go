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
	"os/signal"
	"syscall"
	"time"
)

// ServeStdin is the child's main: it reads Options as one line of JSON, serves, writes its address as one line
// of JSON to out, and returns when in ends. It returns an error if it could not serve.
func ServeStdin(in io.Reader, out io.Writer) error {
	// An interrupt at the terminal reaches every process; the parent decides when this one ends. Ignoring also
	// keeps signals from the engine's threads, on which Go cannot handle them.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	r := bufio.NewReader(in)
	err := serve(r, out)
	if err != nil {
		_ = json.NewEncoder(out).Encode(hello{Error: err.Error()})
	}
	return err
}

func serve(r *bufio.Reader, out io.Writer) error {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the ClickHouse engine's process got no options: %w", err)
	}
	var o Options
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("the ClickHouse engine's process got wrong options: %w", err)
	}
	if err := o.check(); err != nil {
		return err
	}
	e, err := openEngine(&o)
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: newHandler(e, &o), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 2 << 20}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("the engine's process serves no more", "error", err)
		}
	}()
	if err := json.NewEncoder(out).Encode(hello{Addr: ln.Addr().String()}); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, r)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if srv.Shutdown(ctx) != nil {
		return nil // statements still run; what was acknowledged is safe without an orderly end
	}
	closed := make(chan struct{})
	go func() { e.close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(3 * time.Second):
	}
	return nil
}
