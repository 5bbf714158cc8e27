package clickhouse_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

// start runs an engine of the test's own in a folder.
func start(t *testing.T, dir string, change func(*clickhouse.StartOptions)) (*clickhouse.Server, *client) {
	t.Helper()
	embeddedOnly(t)
	o := clickhousetest.Options(t, dir)
	if change != nil {
		change(&o)
	}
	s, err := clickhouse.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &client{base: s.URL(), database: "workmix", user: o.User, password: o.Password}
}

func kill(t *testing.T, s *clickhouse.Server) (pid int) {
	t.Helper()
	pid = s.PID()
	if pid == 0 {
		t.Fatal("the engine is not running")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return pid
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func TestCrashDuringAStatement(t *testing.T) {
	if testing.Short() {
		t.Skip("kills engines")
	}
	var log bytes.Buffer
	s, c := start(t, t.TempDir(), func(o *clickhouse.StartOptions) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	c.must(t, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	c.must(t, "INSERT INTO t SELECT number FROM numbers(1000)")
	url := s.URL()
	var old int
	for round := range 3 {
		ended := make(chan answer)
		go func() { ended <- c.post(t, "SELECT count() FROM system.numbers") }()
		waitFor(t, "the statement runs", func() bool {
			return c.must(t, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM system.numbers%'") == "1\n"
		})
		old = kill(t, s)
		a := <-ended
		a.refused(t, fmt.Sprintf("round %d", round), "210", http.StatusBadGateway)
		if !strings.Contains(a.body, "being started again") {
			t.Errorf("the error does not say what happened: %s", a.body)
		}
		// The next one waits for the new process.
		if got := c.must(t, "SELECT count() FROM t"); got != "1000\n" {
			t.Errorf("after the crash: %q", got)
		}
	}
	if s.PID() == old || s.PID() == 0 || s.URL() != url {
		t.Errorf("process %d, then %d; %s, then %s", old, s.PID(), url, s.URL())
	}
	s.Close()
	if !strings.Contains(log.String(), "signal: killed") {
		t.Errorf("the log does not tell of the crash: %s", log.String())
	}
}

func TestCrashDuringAnInsert(t *testing.T) {
	s, c := start(t, t.TempDir(), nil)
	c.must(t, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	c.must(t, "INSERT INTO t VALUES (1)")
	body, feed := io.Pipe()
	req := c.request(t, http.MethodPost, "", "query", "INSERT INTO t FORMAT CSV")
	req.Body, req.ContentLength = body, -1
	ended := make(chan answer)
	go func() { ended <- do(t, req) }()
	if _, err := io.WriteString(feed, strings.Repeat("2\n", 100_000)); err != nil {
		t.Fatal(err)
	}
	kill(t, s)
	go func() { // the client notices or not
		_, _ = io.WriteString(feed, strings.Repeat("3\n", 100_000))
		feed.Close()
	}()
	if a := <-ended; a.status == http.StatusOK {
		t.Errorf("the insert was acknowledged: %q", a.body)
	}
	body.Close()
	if got := c.must(t, "SELECT count() FROM t"); got != "1\n" {
		t.Errorf("%q rows, want the acknowledged one", got)
	}
}

// A writer that repeats what was not acknowledged loses nothing and finds no half batch, however often the engine
// is killed.
func TestKillsDuringInserts(t *testing.T) {
	if testing.Short() {
		t.Skip("kills engines")
	}
	s, c := start(t, t.TempDir(), nil)
	c.must(t, "CREATE TABLE t (batch UInt32, row UInt32) ENGINE = MergeTree ORDER BY batch")
	const rows, kills = 1000, 5
	stop, batches, failures := make(chan struct{}), make(chan int), 0
	go func() {
		for batch := 0; ; {
			sql := fmt.Sprintf("INSERT INTO t SELECT %d, number FROM numbers(%d)", batch, rows)
			if a := c.post(t, sql); a.status == http.StatusOK {
				batch++
			} else {
				failures++
			}
			select {
			case <-stop:
				batches <- batch
				return
			default:
			}
		}
	}()
	for range kills {
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		waitFor(t, "the engine runs", func() bool { return s.PID() != 0 })
		kill(t, s)
	}
	time.Sleep(200 * time.Millisecond)
	close(stop)
	n := <-batches
	if got, want := c.must(t, "SELECT uniqExact(batch), countIf(n % 1000 != 0) FROM (SELECT batch, count() AS n FROM t GROUP BY batch)"), fmt.Sprintf("%d\t0\n", n); got != want {
		t.Errorf("batches and half ones: %q, want %q", got, want)
	}
	t.Logf("%d batches acknowledged, %d failed and repeated, %d kills", n, failures, kills)
}

// A client that breaks off its insert leaves nothing behind.
func TestBodyBreaksOff(t *testing.T) {
	c := newClient(t)
	c.must(t, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	body, feed := io.Pipe()
	req := c.request(t, http.MethodPost, "", "query", "INSERT INTO t FORMAT CSV")
	req.Body, req.ContentLength = body, -1
	ended := make(chan error)
	go func() {
		res, err := http.DefaultTransport.RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		ended <- err
	}()
	if _, err := io.WriteString(feed, strings.Repeat("2\n", 300_000)); err != nil {
		t.Fatal(err)
	}
	feed.CloseWithError(io.ErrNoProgress)
	if err := <-ended; err == nil {
		t.Error("the request went through")
	}
	time.Sleep(300 * time.Millisecond)
	if got := c.must(t, "SELECT count() FROM t"); got != "0\n" {
		t.Errorf("%q rows", got)
	}
}

// A statement ends when its client goes away.
func TestClientGoesAway(t *testing.T) {
	embeddedOnly(t)
	c := newClient(t)
	for _, sql := range []string{"SELECT count() FROM system.numbers", "SELECT number FROM system.numbers FORMAT CSV", "SELECT count() FROM system.numbers FORMAT JSON"} {
		req := c.request(t, http.MethodPost, sql)
		hc := &http.Client{Timeout: 500 * time.Millisecond, Transport: &http.Transport{}}
		if res, err := hc.Do(req); err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			if res.Body.Close(); err == nil {
				t.Errorf("%s ended", sql)
			}
		}
		waitFor(t, sql+" ends", func() bool {
			return c.must(t, "SELECT count() FROM system.processes WHERE query LIKE '%system.numbers%' AND query NOT LIKE '%processes%'") == "0\n"
		})
	}
}

func TestCloseAndOpenAgain(t *testing.T) {
	dir := t.TempDir()
	s, c := start(t, dir, nil)
	c.must(t, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	c.must(t, "INSERT INTO t VALUES (1), (2)")
	pid := s.PID()
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("closing an idle engine took %v", d)
	}
	if err := syscall.Kill(pid, 0); err == nil {
		t.Errorf("process %d is still there", pid)
	}
	_, c = start(t, dir, nil)
	if got := c.must(t, "SELECT sum(a) FROM t"); got != "3\n" {
		t.Errorf("after reopening: %q", got)
	}
}

// A parent that dies says nothing; its end of the pipe closes.
func TestChildEndsWithItsInput(t *testing.T) {
	embeddedOnly(t)
	o := clickhousetest.Options(t, t.TempDir())
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, o.Args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	var mu sync.Mutex
	cmd.Stdout = writerFunc(func(p []byte) (int, error) { mu.Lock(); defer mu.Unlock(); return said.Write(p) })
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(in, `{"Lib":%q,"DataDir":%q,"Listen":"127.0.0.1:0","User":"u","Password":"p"}`+"\n", o.Lib, o.DataDir)
	waitFor(t, "the child serves", func() bool { mu.Lock(); defer mu.Unlock(); return strings.Contains(said.String(), "addr") })
	// It ignores the terminal's interrupt, which reaches it as it reaches the parent.
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the child ended with %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestStartErrors(t *testing.T) {
	embeddedOnly(t)
	notALibrary := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(notALibrary, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	other, _ := start(t, dir, nil)
	half := filepath.Join(t.TempDir(), "half.so") // loading it kills the process
	if err := firstBytes(half, clickhousetest.Options(t, dir).Lib, 3_000_000); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*clickhouse.StartOptions){
		"does not load":          func(o *clickhouse.StartOptions) { o.Lib = notALibrary },
		"is broken":              func(o *clickhouse.StartOptions) { o.Lib = half },
		"no-such-file":           func(o *clickhouse.StartOptions) { o.Lib = "/no-such-file" },
		"another process":        func(o *clickhouse.StartOptions) { o.DataDir, o.Wait = dir, 200*time.Millisecond },
		"not on loopback":        func(o *clickhouse.StartOptions) { o.Listen = "0.0.0.0:0" },
		"not host:port":          func(o *clickhouse.StartOptions) { o.Listen = "8123" },
		"needs a user":           func(o *clickhouse.StartOptions) { o.Password = "" },
		"a name of its own":      func(o *clickhouse.StartOptions) { o.Reader = o.User },
		"address already in use": func(o *clickhouse.StartOptions) { o.Listen = strings.TrimPrefix(other.URL(), "http://") },
		"does not start":         func(o *clickhouse.StartOptions) { o.Exe = "/no-such-program" },
		"before it served":       func(o *clickhouse.StartOptions) { o.Exe = "/bin/true" },
	} {
		o := clickhousetest.Options(t, t.TempDir())
		change(&o)
		s, err := clickhouse.Start(t.Context(), o)
		if err == nil {
			s.Close()
			t.Errorf("%s: started", want)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one sentence with %q, got: %v", want, err)
		}
	}
}

// firstBytes writes the first n bytes of a file to another.
func firstBytes(to, from string, n int64) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, in, n)
	return errors.Join(err, out.Close())
}

func TestSecretsStayPrivate(t *testing.T) {
	var o clickhouse.StartOptions
	s, _ := start(t, t.TempDir(), func(p *clickhouse.StartOptions) { o = *p })
	for _, name := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.PID(), name))
		if err != nil {
			t.Skip("no /proc here")
		}
		if bytes.Contains(b, []byte(o.Password)) || bytes.Contains(b, []byte(o.ReaderPassword)) {
			t.Errorf("%s shows a password", name)
		}
	}
}
