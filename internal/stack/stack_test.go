package stack

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

const holderArg = "workmix-test-holder"

// The test binary is also the engine's process, and another command that holds a data directory.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == holderArg {
		os.Exit(hold(os.Args[2]))
	}
	clickhousetest.Main(m)
}

func embedded(dir string) Options {
	return Options{Config: config.Default(), DataDir: dir, EngineArgs: clickhousetest.ChildArgs()}
}

// hold opens a stack, says so, and closes it when its input ends.
func hold(dir string) int {
	o := embedded(dir)
	o.Exclusive = true // as workmix up is
	s, err := Open(context.Background(), o)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open", s.Joined)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Close(); err != nil {
		return 1
	}
	return 0
}

// holdIn runs hold in another process and returns when it holds the directory.
func holdIn(t *testing.T, dir string) (*exec.Cmd, io.Closer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, holderArg, dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open false\n" {
		t.Fatalf("the holder says %q, %v", line, err)
	}
	return cmd, in
}

func open(t *testing.T, o Options) *Stack {
	t.Helper()
	needEngine(t)
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func needEngine(t *testing.T) {
	t.Helper()
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
}

// ask runs a statement as a client with the stack's addresses does.
func ask(t *testing.T, s *Stack, sql string) string {
	t.Helper()
	base, database, _ := strings.Cut(strings.TrimPrefix(s.ClickHouseURL, "http://"), "/")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+base+"/?database="+database, strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(s.ClickHouseUser, s.ClickHousePassword)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", sql, res.Status, b, err)
	}
	return string(b)
}

func brokerAnswers(t *testing.T, s *Stack) {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.Brokers[0], time.Second)
	if err != nil {
		t.Errorf("broker: %v", err)
		return
	}
	c.Close()
}

func TestOpenTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, embedded(dir))
	ask(t, s, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	ask(t, s, "INSERT INTO t VALUES (1), (2)")
	brokerAnswers(t, s)
	if s.ReaderUser == "" || s.ReaderPassword == "" || s.ReaderPassword == s.ClickHousePassword || s.KafkaPassword == "" {
		t.Error("accounts are missing")
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && filepath.Dir(path) == dir && !info.IsDir() && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	joined := open(t, embedded(dir))
	if !joined.Joined || joined.ClickHouseURL != s.ClickHouseURL || joined.Brokers[0] != s.Brokers[0] || joined.KafkaPassword != s.KafkaPassword {
		t.Errorf("joined %+v, not %+v", joined.Addresses, s.Addresses)
	}
	if got := ask(t, joined, "SELECT sum(a) FROM t"); got != "3\n" {
		t.Errorf("through the joined one: %q", got)
	}
	exclusive := embedded(dir)
	exclusive.Exclusive, exclusive.Wait = true, 100*time.Millisecond
	if _, err := Open(t.Context(), exclusive); err == nil || !strings.Contains(err.Error(), "in use by another workmix") {
		t.Errorf("exclusive: %v", err)
	}
	if err := joined.Close(); err != nil { // closes nothing of the holder's
		t.Error(err)
	}
	ask(t, s, "SELECT 1")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "running.json")); err == nil {
		t.Error("running.json is still there")
	}

	again := open(t, embedded(dir))
	if again.Joined || again.ClickHousePassword != s.ClickHousePassword || again.KafkaPassword != s.KafkaPassword {
		t.Error("the second time is not like the first")
	}
	if got := ask(t, again, "SELECT sum(a) FROM t"); got != "3\n" {
		t.Errorf("the second time: %q", got)
	}
}

// Without an engine nothing is left that a later start would take for data.
func TestWithoutAnEngineNothingIsMade(t *testing.T) {
	t.Setenv("WORKMIX_LIBCHDB", filepath.Join(t.TempDir(), "none.so"))
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := Open(t.Context(), embedded(dir)); err == nil || !strings.Contains(err.Error(), "WORKMIX_LIBCHDB") {
		t.Fatalf("opened without an engine: %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s was made: %v", dir, err)
	}
}

func TestTwoProcesses(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	holder, in := holdIn(t, dir)
	s := open(t, embedded(dir))
	if !s.Joined {
		t.Fatal("did not join the other process")
	}
	ask(t, s, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	ask(t, s, "INSERT INTO t VALUES (1)")
	brokerAnswers(t, s)
	// One that wants to run for long is refused at once.
	exclusive, began := embedded(dir), time.Now()
	exclusive.Exclusive = true
	if _, err := Open(t.Context(), exclusive); err == nil || !strings.Contains(err.Error(), "stop it") || time.Since(began) > 5*time.Second {
		t.Errorf("exclusive, after %s: %v", time.Since(began), err)
	}

	// The holder leaves while another command comes: it waits and takes over.
	in.Close()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "running.json")); err != nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the holder does not leave")
		}
	}
	next := open(t, embedded(dir))
	if err := holder.Wait(); err != nil {
		t.Errorf("the holder: %v", err)
	}
	if next.Joined {
		t.Error("joined a process that was leaving")
	}
	if got := ask(t, next, "SELECT count() FROM t"); got != "1\n" {
		t.Errorf("after the change of hands: %q", got)
	}
}

// TestOneThatRunsForLongWaits: a question that came first holds the directory for a moment; up waits for it and joins
// nothing.
func TestOneThatRunsForLongWaits(t *testing.T) {
	dir := t.TempDir()
	question := open(t, embedded(dir))
	time.AfterFunc(500*time.Millisecond, func() { question.Close() })
	up := embedded(dir)
	up.Exclusive = true
	if s := open(t, up); s.Joined {
		t.Error("joined a question")
	}
}

// TestTheFirstMayEndFirst: a command that joined another goes on although the other is done, which waits for it.
func TestTheFirstMayEndFirst(t *testing.T) {
	dir := t.TempDir()
	first, second := open(t, embedded(dir)), open(t, embedded(dir))
	if !second.Joined {
		t.Fatal("did not join")
	}
	ended := make(chan error)
	go func() { ended <- first.Close() }()
	for _, err := os.Stat(filepath.Join(dir, "running.json")); err == nil; _, err = os.Stat(filepath.Join(dir, "running.json")) {
		time.Sleep(time.Millisecond)
	}
	// A third, which comes while the first is ending, joins neither; the second still has its answers.
	third := embedded(dir)
	third.Wait = 300 * time.Millisecond
	if _, err := Open(t.Context(), third); err == nil || !strings.Contains(err.Error(), "in use by another workmix that is") {
		t.Errorf("joined a stack that is ending: %v", err)
	}
	if got := ask(t, second, "SELECT 1"); got != "1\n" {
		t.Errorf("the second is answered %q", got)
	}
	brokerAnswers(t, second)
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the first does not end")
	}
}

// TestAnInterruptDoesNotLinger: whoever is interrupted ends although others use its stack, and so does one that has
// waited long enough.
func TestAnInterruptDoesNotLinger(t *testing.T) {
	needEngine(t)
	for _, interrupted := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		dir := t.TempDir()
		o := embedded(dir)
		if !interrupted {
			o.Linger = 50 * time.Millisecond
		}
		first, err := Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		open(t, embedded(dir))
		began := time.Now()
		if interrupted {
			cancel()
		}
		if err := first.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("interrupted %v: it took %s", interrupted, took)
		}
	}
}

func TestHolderKilled(t *testing.T) {
	needEngine(t)
	if testing.Short() {
		t.Skip("kills processes")
	}
	dir := t.TempDir()
	for round := range 3 {
		holder, _ := holdIn(t, dir)
		s := open(t, embedded(dir))
		if !s.Joined {
			t.Fatal("did not join")
		}
		ask(t, s, "CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a")
		ask(t, s, "INSERT INTO t VALUES (1)")
		// A statement is running when the holder dies: its engine ends a moment later than the holder.
		go func() {
			req, _ := http.NewRequest(http.MethodPost, s.ClickHouseURL[:strings.LastIndexByte(s.ClickHouseURL, '/')]+"/", strings.NewReader("SELECT count() FROM system.numbers"))
			req.SetBasicAuth(s.ClickHouseUser, s.ClickHousePassword)
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
		}()
		time.Sleep(200 * time.Millisecond)
		if err := holder.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = holder.Wait()
		if _, err := os.Stat(filepath.Join(dir, "running.json")); err != nil {
			t.Errorf("the killed holder left no running.json: %v", err)
		}
		next := open(t, embedded(dir))
		if next.Joined {
			t.Fatal("joined a dead process")
		}
		if got, want := ask(t, next, "SELECT count() FROM t"), fmt.Sprintln(round+1); got != want {
			t.Errorf("round %d: %q rows, want %q", round, got, want)
		}
		brokerAnswers(t, next)
		if err := next.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHolderThatOnlyStarts(t *testing.T) {
	dir := t.TempDir()
	d, err := openDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	o := embedded(dir)
	o.Wait = 100 * time.Millisecond
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is starting, stopping") {
		t.Errorf("got %v", err)
	}
}

func TestTakenPort(t *testing.T) {
	needEngine(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	o := embedded(t.TempDir())
	o.FixedPort = true
	o.Config.Embedded.ClickHouseListen = ln.Addr().String()
	_, err = Open(t.Context(), o)
	if err == nil {
		t.Fatal("opened on a taken port")
	}
	for _, want := range []string{ln.Addr().String(), "embedded.clickhouse_listen"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if _, noProc := os.Stat("/proc/net/tcp"); noProc == nil && !strings.Contains(err.Error(), fmt.Sprintf("(process %d)", os.Getpid())) {
		t.Errorf("the holder is not named: %v", err)
	}
	// Without the fixed port the same directory opens.
	o.FixedPort = false
	open(t, o)
}

func TestFixedPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	ln.Close()
	o := embedded(t.TempDir())
	o.FixedPort = true
	o.Config.Embedded.ClickHouseListen = address
	if s := open(t, o); s.ClickHouseURL != "http://"+address+"/workmix" {
		t.Errorf("%s, want port of %s", s.ClickHouseURL, address)
	}
}

func TestEngineThatDoesNotLoad(t *testing.T) {
	for what, library := range map[string]func(*testing.T) string{
		"missing": func(t *testing.T) string { return filepath.Join(t.TempDir(), "no.so") },
		"broken": func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "libchdb.so")
			if err := os.WriteFile(file, []byte("not a library"), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		},
	} {
		t.Run(what, func(t *testing.T) {
			file := library(t)
			t.Setenv("WORKMIX_LIBCHDB", file)
			dir := t.TempDir()
			_, err := Open(t.Context(), embedded(dir))
			if err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want one sentence that names %s, got: %v", file, err)
			}
			d, err := openDataDir(dir)
			if err != nil || !d.owned() {
				t.Fatalf("the directory is still held: %v", err)
			}
			d.close()
		})
	}
}

func TestExternal(t *testing.T) {
	c := config.Default()
	c.Kafka = &config.Kafka{Brokers: []string{"k:9093"}, TLS: &config.TLS{}, SASL: &config.SASL{Mechanism: "scram-sha-512", UserEnv: "T_KAFKA_USER", PasswordEnv: "T_KAFKA_PASSWORD"}}
	c.ClickHouse = &config.Warehouse{URL: "https://c:8443/workmix", UserEnv: "T_CH_USER", PasswordEnv: "T_CH_PASSWORD"}
	dir := filepath.Join(t.TempDir(), "data")
	o := Options{Config: c, DataDir: dir}
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "T_KAFKA_USER") || !strings.Contains(err.Error(), "kafka.sasl.user_env") {
		t.Errorf("an unset variable: %v", err)
	}
	for _, name := range []string{"T_KAFKA_USER", "T_KAFKA_PASSWORD", "T_CH_USER", "T_CH_PASSWORD"} {
		t.Setenv(name, "value of "+name)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := Addresses{
		Brokers: []string{"k:9093"}, TLS: true, SASLMechanism: "scram-sha-512", KafkaUser: "value of T_KAFKA_USER", KafkaPassword: "value of T_KAFKA_PASSWORD",
		ClickHouseURL: "https://c:8443/workmix", ClickHouseUser: "value of T_CH_USER", ClickHousePassword: "value of T_CH_PASSWORD", Compress: true,
	}
	if fmt.Sprint(s.Addresses) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", s.Addresses, want)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a data directory was made for nothing")
	}
}

func TestPortsOfTheLastTime(t *testing.T) {
	dir := t.TempDir()
	s := open(t, embedded(dir))
	was := s.Addresses
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, embedded(dir))
	if again.Brokers[0] != was.Brokers[0] || again.ClickHouseURL != was.ClickHouseURL {
		t.Errorf("%s and %s, the last time %s and %s", again.Brokers[0], again.ClickHouseURL, was.Brokers[0], was.ClickHouseURL)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}

	// Ports that another program has taken, and a file that says nonsense, are no hindrance.
	ln, err := net.Listen("tcp", was.Brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	third := open(t, embedded(dir))
	if third.Brokers[0] == was.Brokers[0] {
		t.Error("the broker claims a port that is taken")
	}
	brokerAnswers(t, third)
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ports.json"), []byte(`{"broker":"0.0.0.0:1","engine":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	brokerAnswers(t, open(t, embedded(dir)))
}
