package eventlog

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
)

const killedGroup = "killed"

// TestKilledRole is not a test: it is the broker and the member that TestKilled kills.
func TestKilledRole(t *testing.T) {
	dir := os.Getenv("WORKMIX_TEST_KILLED_DIR")
	switch os.Getenv("WORKMIX_TEST_KILLED_ROLE") {
	case "broker":
		listen := "127.0.0.1:0"
		if o, ok := killedBroker(dir); ok {
			listen = o.Brokers[0]
		}
		b, err := broker.Start(broker.Options{Dir: filepath.Join(dir, "broker"), Listen: listen})
		if err != nil {
			t.Fatal(err)
		}
		o, _ := json.Marshal(Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
		if err := os.WriteFile(filepath.Join(dir, "new"), o, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "addresses")); err != nil {
			t.Fatal(err)
		}
		select {}
	case "member":
		o, _ := killedBroker(dir)
		var l *Log
		var err error
		for l == nil {
			if l, err = Open(t.Context(), o); err != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
		c := l.Consume(killedGroup, event.TopicRaw, event.TopicItems)
		for {
			batch, err := c.FetchBatch(t.Context(), 10, 1<<20, 5*time.Millisecond)
			for err == nil && len(batch) > 0 {
				if err = c.Commit(t.Context(), batch); err == nil {
					break
				}
				fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), err)
				time.Sleep(100 * time.Millisecond)
				err = nil
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), err)
				time.Sleep(100 * time.Millisecond)
			}
		}
	default:
		t.Skip("part of TestKilled")
	}
}

func killedBroker(dir string) (o Options, ok bool) {
	b, err := os.ReadFile(filepath.Join(dir, "addresses"))
	return o, err == nil && json.Unmarshal(b, &o) == nil
}

// TestKilled kills a broker and the only member of a group again and again while records are written, then lets
// them be: every record is committed soon after. WORKMIX_ROUNDS repeats it, WORKMIX_SEED makes other moments.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for half a minute")
	}
	number := func(name string, n uint64) uint64 {
		if v, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
			return v
		}
		return n
	}
	seed := number("WORKMIX_SEED", uint64(time.Now().UnixNano()))
	for n := range number("WORKMIX_ROUNDS", 1) {
		t.Run(fmt.Sprint(seed+n), func(t *testing.T) { testKilled(t, rand.New(rand.NewPCG(seed+n, 1))) })
	}
}

func testKilled(t *testing.T, rnd *rand.Rand) {
	dir := t.TempDir()
	running := map[string]*exec.Cmd{}
	start := func(role string) {
		f, err := os.OpenFile(filepath.Join(dir, role+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c := exec.Command(os.Args[0], "-test.run=^TestKilledRole$", "-test.timeout=0")
		c.Env = append(os.Environ(), "WORKMIX_TEST_KILLED_DIR="+dir, "WORKMIX_TEST_KILLED_ROLE="+role)
		c.Stdout, c.Stderr = f, f
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		running[role] = c
	}
	kill := func(role string, s os.Signal) {
		_ = running[role].Process.Signal(s)
		_ = running[role].Wait()
	}
	start("broker")
	defer func() { kill("broker", os.Kill) }()
	var o Options
	for ok := false; !ok; time.Sleep(10 * time.Millisecond) {
		o, ok = killedBroker(dir)
	}
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.EnsureTopics(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	start("member")
	defer func() { kill("member", os.Kill) }()

	ctx, cancel := context.WithCancel(t.Context())
	var written atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		w := l.Writer()
		defer w.Close()
		for i := 0; ctx.Err() == nil; i++ {
			m := event.Message{Topic: event.TopicRaw, Key: fmt.Append(nil, i%50), Value: []byte("v")}
			if i%2 == 0 {
				m.Topic = event.TopicItems
			}
			if w.Write(ctx, m) == nil {
				written.Add(1)
			}
		}
	}()
	for range 12 {
		time.Sleep(time.Duration(rnd.Int64N(int64(2 * time.Second))))
		role := []string{"broker", "member", "member"}[rnd.IntN(3)]
		kill(role, os.Kill)
		time.Sleep(time.Duration(rnd.Int64N(int64(time.Second))))
		start(role)
	}
	cancel()
	<-done
	calm := time.Now()
	var lag int64
	for time.Since(calm) < wedged-5*time.Second { // before the member joins again by itself
		lags, err := l.Lag(t.Context(), killedGroup, event.TopicRaw, event.TopicItems)
		if lag = lags[event.TopicRaw] + lags[event.TopicItems]; err == nil && lag == 0 {
			t.Logf("%d records; all committed %v after the last kill", written.Load(), time.Since(calm).Round(100*time.Millisecond))
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	kill("member", syscall.SIGQUIT)
	start("member")
	said, _ := os.ReadFile(filepath.Join(dir, "member.log"))
	t.Fatalf("%d records; %d are not committed %v after the last kill. The member said:\n%s", written.Load(), lag, time.Since(calm).Round(time.Second), said)
}
