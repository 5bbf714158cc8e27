package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest/webhook"
	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
)

var flood = flag.Duration("flood", time.Second, "how long the flood of deliveries lasts")

const (
	floodRate    = 10_000 // deliveries offered a second
	floodSenders = 5000   // more than the receiver takes at once
	floodBody    = 1500   // bytes
)

// TestFlood offers 10,000 signed deliveries a second over HTTP, through a real log. What is answered with 202 is in the
// log, once; what does not fit is answered with 503 at once; memory does not grow with the flood. For the figures in
// docs/operate.md: go test ./ingest/webhook -run Flood -v -flood 10s
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds long")
	}
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	log, err := eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := log.EnsureTopics(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	w := log.Writer()
	defer w.Close()
	h := webhook.New(webhook.Options{Sources: sources(), Log: w})
	srv := httptest.NewServer(h)
	defer srv.Close()

	f := &flooder{addr: srv.Listener.Addr().String(), taken: make([][]string, floodSenders)}
	start := time.Now()
	heap := watchHeap()
	f.run(t, start)
	took := time.Since(start)
	peak, end := heap()

	accepted := slices.Concat(f.taken...)
	stored := map[string]int{}
	err = log.ReadAll(t.Context(), event.TopicRaw, func(m event.Message) error {
		p, err := event.Decode(&m)
		if err == nil {
			stored[p.(*event.Delivery).DeliveryID]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, id := range accepted {
		if stored[id] == 0 {
			lost++
		}
	}
	slices.Sort(f.waits)
	t.Logf("%d offered in %.1f s (%.0f/s): %d taken (%.0f/s), %d answered 503; %d in the log, %d lost; p50 %s, p99 %s; heap at most %d MB, after it %d MB; %+v",
		f.offered.Load(), took.Seconds(), float64(f.offered.Load())/took.Seconds(), len(accepted), float64(len(accepted))/took.Seconds(), f.refused.Load(),
		len(stored), lost, f.waits[len(f.waits)/2].Round(time.Millisecond), f.waits[len(f.waits)*99/100].Round(time.Millisecond), peak>>20, end>>20, h.Stats())
	if lost > 0 {
		t.Errorf("%d deliveries that were taken are not in the log", lost)
	}
	if len(accepted) == 0 {
		t.Error("nothing was taken")
	}
	if other := f.offered.Load() - int64(len(accepted)) - f.refused.Load(); other > 0 {
		t.Errorf("%d were answered neither 202 nor 503", other)
	}
	const most = 400 << 20
	if peak > most {
		t.Errorf("the heap grew to %d MB", peak>>20)
	}
}

// flooder sends deliveries at a rate, whatever becomes of them.
type flooder struct {
	addr             string
	next             atomic.Int64
	offered, refused atomic.Int64
	taken            [][]string // by sender: ids of what was answered 202

	mu    sync.Mutex
	waits []time.Duration
}

func (f *flooder) run(t *testing.T, start time.Time) {
	total := int64(floodRate * flood.Seconds())
	var wg sync.WaitGroup
	for s := range floodSenders {
		wg.Go(func() {
			conn, err := net.Dial("tcp", f.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			var waits []time.Duration
			for {
				i := f.next.Add(1) - 1
				if i >= total {
					break
				}
				time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second / floodRate)))
				id := fmt.Sprintf("d%d", i)
				sent := time.Now()
				status, err := send(conn, in, id, body(i))
				if err != nil {
					t.Error(err)
					return
				}
				waits = append(waits, time.Since(sent))
				f.offered.Add(1)
				switch status {
				case http.StatusAccepted:
					f.taken[s] = append(f.taken[s], id)
				case http.StatusServiceUnavailable:
					f.refused.Add(1)
				}
			}
			f.mu.Lock()
			f.waits = append(f.waits, waits...)
			f.mu.Unlock()
		})
	}
	wg.Wait()
}

var padding = bytes.Repeat([]byte("x"), floodBody)

// body is a delivery about one of 5,000 issues.
func body(i int64) []byte {
	return fmt.Appendf(nil, `{"action":"edited","number":%d,"issue":{"id":%d,"number":%d,"title":"T","created_at":"2026-01-01T00:00:00Z","body":"%s"},"repository":{"full_name":"acme/api"}}`,
		i, 7000+i%5000, 1+i%5000, padding)
}

// send writes a request by hand: the sender should cost less than what it measures.
func send(conn net.Conn, in *bufio.Reader, id string, body []byte) (int, error) {
	_, err := fmt.Fprintf(conn, "POST /webhooks/code HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: issues\r\nX-GitHub-Delivery: %s\r\n"+
		"X-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n%s", id, sign(sha256.New, body), len(body), body)
	if err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp.StatusCode, err
}

// watchHeap samples the heap until the returned function is called, which says its greatest and its last size.
func watchHeap() func() (peak, end uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	go func() {
		var peak uint64
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				done <- peak
				return
			case <-tick.C:
				peak = max(peak, heap())
			}
		}
	}()
	return func() (uint64, uint64) {
		close(stop)
		peak := <-done
		runtime.GC()
		return peak, heap()
	}
}

// discard is a log that acknowledges everything.
type discard struct{}

func (discard) Write(context.Context, ...event.Message) error { return nil }

// BenchmarkDelivery takes in deliveries of 10 KB, with a log that costs nothing: the receiver's own work.
func BenchmarkDelivery(b *testing.B) {
	h := receiver(discard{})
	b.ReportAllocs()
	for i := range b.N {
		b.StopTimer()
		r := delivery("issues", fmt.Sprint(i), bytes.Replace(body(int64(i)), []byte("xxxx"), bytes.Repeat([]byte("x"), 8500), 1))
		w := httptest.NewRecorder()
		b.StartTimer()
		if h.ServeHTTP(w, r); w.Code != http.StatusAccepted {
			b.Fatal(w.Code)
		}
	}
}
