//go:build linux

package github_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/simulate"
)

const (
	brokerDir  = "WORKMIX_TEST_BROKER_DIR"
	brokerFull = "WORKMIX_TEST_BROKER_FILE_SIZE"
)

// TestDiskFull reads either tracker and lets the disk of the broker be full in the middle of a first reading (its files may not grow beyond a
// size), and has room made: the run says so, nothing that was acknowledged is lost, and the next run ends as one on a
// quiet day does.
func TestDiskFull(t *testing.T) {
	if os.Getenv(brokerDir) != "" {
		brokerProcess(t)
		return
	}
	if testing.Short() {
		t.Skip("starts brokers as processes of their own")
	}
	t.Run("github", func(t *testing.T) {
		s := serve(t, dataset(t, small()...), simulate.Options{})
		diskFull(t, source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}}))
	})
	t.Run("jira", func(t *testing.T) {
		d := simulate.Empty()
		ana := &simulate.User{Name: "Ana", AccountID: "5b10"}
		for n := range 12 {
			for _, project := range []string{"API", "OPS"} {
				d.AddIssue(project, ana, time.Date(2026, 3, 1, n, 0, 0, 0, time.UTC), fmt.Sprint("issue ", n), strings.Repeat(fmt.Sprint("text ", n, ". "), 50))
			}
		}
		srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{}))
		t.Cleanup(srv.Close)
		src, err := jira.New(jira.Options{Name: "tracker", BaseURL: srv.URL, Projects: []string{"*"}, Pause: time.Millisecond})
		must(t, err)
		diskFull(t, src)
	})
}

func diskFull(t *testing.T, src ingest.Source) {
	t.Helper()
	quiet := &ingesttest.Log{}
	if rep, err := ingest.Once(t.Context(), src, ingest.NewState(), quiet, ingest.Options{}); err != nil || !rep.Complete() {
		t.Fatal(err, rep.Err())
	}
	want := quiet.Last(t)

	dir := t.TempDir()
	full := startBroker(t, dir, 6<<10)
	st := ingest.NewState()
	ctx := t.Context()
	rep, err := ingest.Once(ctx, src, st, full.w, ingest.Options{})
	if err == nil || !strings.Contains(err.Error(), "write to the log") {
		t.Fatalf("the disk is full, and the run says %v, %v", err, rep.Err())
	}
	t.Logf("said: %v", err)
	full.stop()

	again := startBroker(t, dir, 0)
	defer again.stop()
	known := ingest.NewState()
	again.read(event.TopicIngest, func(p event.Payload) { known.Apply(p.(*event.Progress)) })
	kept := 0
	again.read(event.TopicRaw, func(event.Payload) { kept++ })
	if c := rep.Total(); kept < c.Written+c.Listed {
		t.Errorf("%d records were acknowledged, and %d are in the log", c.Written+c.Listed, kept)
	}
	rep, err = ingest.Once(ctx, src, known, again.w, ingest.Options{})
	if err != nil || !rep.Complete() {
		t.Fatal(err, rep.Err())
	}
	last := map[string]string{}
	again.read(event.TopicRaw, func(p event.Payload) { last[p.(*event.Raw).ItemID] = p.(*event.Raw).Digest })
	if !maps.Equal(last, want) {
		t.Errorf("ends with %d items, want %d as on a quiet day", len(last), len(want))
	}
}

// child is a broker in a process of its own.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	log *eventlog.Log
	w   *eventlog.Writer
}

func startBroker(t *testing.T, dir string, most int) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0], "-test.run", "^TestDiskFull$")} //nolint:gosec // this very test
	c.cmd.Env = append(os.Environ(), brokerDir+"="+dir, brokerFull+"="+strconv.Itoa(most))
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	c.in, err = c.cmd.StdinPipe()
	must(t, err)
	must(t, c.cmd.Start())
	var addr, mechanism, user, password string
	in := bufio.NewScanner(out)
	for addr == "" && in.Scan() {
		_, _ = fmt.Sscanf(in.Text(), "broker %s %s %s %s", &addr, &mechanism, &user, &password)
	}
	c.log, err = eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{addr}, Mechanism: mechanism, User: user, Password: password})
	must(t, err)
	must(t, c.log.EnsureTopics(t.Context(), 1))
	c.w = c.log.Writer()
	if most > 0 {
		_, err := fmt.Fprintln(c.in, "fill")
		must(t, err)
		for in.Scan() && in.Text() != "full" {
			continue
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return c
}

func (c *child) read(topic string, do func(event.Payload)) {
	c.t.Helper()
	must(c.t, c.log.ReadAll(c.t.Context(), topic, func(m event.Message) error {
		p, err := event.Decode(&m)
		if err == nil {
			do(p)
		}
		return err
	}))
}

func (c *child) stop() {
	_ = c.w.Close()
	c.log.Close()
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

// brokerProcess is the child: a broker until its standard input ends.
func brokerProcess(t *testing.T) {
	b, err := broker.Start(broker.Options{Dir: os.Getenv(brokerDir), Listen: "127.0.0.1:0"})
	must(t, err)
	fmt.Printf("broker %s %s %s %s\n", b.Addr(), b.Mechanism(), b.User(), b.Password())
	in := bufio.NewReader(os.Stdin)
	if n, _ := strconv.ParseUint(os.Getenv(brokerFull), 10, 64); n > 0 {
		_, _ = in.ReadString('\n') // the topics are made
		signal.Ignore(syscall.SIGXFSZ)
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}))
		fmt.Println("full")
	}
	_, _ = io.Copy(io.Discard, in)
	_ = b.Close()
}
