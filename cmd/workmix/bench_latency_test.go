package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

const (
	perSecond = 200 // items
	roundOf   = 10  // seconds
	sampled   = 10  // each so manieth is asked for
	askEvery  = 5 * time.Millisecond
)

// BenchmarkRatioLatency produces 200 raw records a second into the running pipeline, for 10 s a round, and asks the table revisions,
// over HTTP as any client does, until it holds every tenth of them. The question's own time counts, and the 5 ms
// between two questions. How long the view work_items takes to show one of the items, on the same machine without
// the load, is reported beside it.
func BenchmarkRatioLatency(b *testing.B) {
	s := benchSession(b)
	defer s.close()
	_, stop := s.running(b, stages...)
	defer stop()
	latency(b, s, 0, perSecond) // the groups are joined, the engine is warm
	cpu := cpuTime(b)
	var p50, p99, produced, question []float64
	for round := range rounds {
		took, acked, asks := latency(b, s, round+1, roundOf*perSecond)
		p50, p99 = append(p50, percentile(took, 50)), append(p99, percentile(took, 99))
		produced, question = append(produced, percentile(acked, 50)), append(question, percentile(asks, 50))
	}
	cpu = cpuTime(b) - cpu
	if err := s.derive(b.Context()); err != nil {
		b.Fatal(err)
	}
	var view []float64
	for i := range 11 {
		start := time.Now()
		if got := s.shown(b, "work_items", []string{benchRaw(int64(i * sampled)).ItemID}); len(got) != 1 {
			b.Fatalf("work_items shows %d items, want 1", len(got))
		}
		view = append(view, milliseconds(time.Since(start)))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(p50), "p50-ms")
	b.ReportMetric(median(p99), "p99-ms")
	b.ReportMetric(median(produced), "produced-p50-ms")
	b.ReportMetric(median(question), "question-p50-ms")
	b.ReportMetric(milliseconds(cpu)/(rounds*roundOf*perSecond), "cpu-ms/item")
	b.ReportMetric(median(view), "view-ms")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// latency returns the sorted times of a round's records from production to being readable, and to being acknowledged
// by the log, and the times of the questions, in milliseconds.
func latency(b *testing.B, s *session, round, n int) (took, acked, asks []float64) {
	w := s.log.Writer()
	defer w.Close()
	var mu sync.Mutex
	waiting := map[string]time.Time{}
	var produced sync.WaitGroup
	produced.Go(func() {
		var writes sync.WaitGroup
		defer writes.Wait()
		tick := time.NewTicker(time.Second / perSecond)
		defer tick.Stop()
		for i := range n {
			<-tick.C
			raw := benchRaw(int64(round*1_000_000 + i))
			start := time.Now()
			if i%sampled == 0 {
				mu.Lock()
				waiting[raw.ItemID] = start
				mu.Unlock()
			}
			writes.Go(func() {
				if err := w.WriteEvents(b.Context(), raw); err != nil {
					b.Error(err)
				}
				mu.Lock()
				acked = append(acked, milliseconds(time.Since(start)))
				mu.Unlock()
			})
		}
	})
	deadline := time.Now().Add(roundOf*time.Second + time.Minute)
	for done := 0; done < n/sampled; time.Sleep(askEvery) {
		mu.Lock()
		ids := slices.Collect(maps.Keys(waiting))
		mu.Unlock()
		if len(ids) == 0 {
			continue
		}
		asked := time.Now()
		shown := s.shown(b, "revisions", ids)
		now := time.Now()
		asks = append(asks, milliseconds(now.Sub(asked)))
		mu.Lock()
		for _, id := range shown {
			took = append(took, milliseconds(now.Sub(waiting[id])))
			delete(waiting, id)
			done++
		}
		mu.Unlock()
		if now.After(deadline) {
			b.Fatalf("a minute after the last was produced %d of %d items are readable", done, n/sampled)
		}
	}
	produced.Wait()
	slices.Sort(took)
	slices.Sort(acked)
	slices.Sort(asks)
	return took, acked, asks
}

// shown returns which of some items a table or view shows.
func (s *session) shown(b *testing.B, from string, ids []string) (out []string) {
	b.Helper()
	list := "['" + strings.Join(ids, "','") + "']"
	rows, err := s.db.Query(b.Context(), "SELECT DISTINCT item_id FROM "+from+" WHERE item_id IN {ids:Array(String)}", map[string]string{"ids": list}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			b.Fatal(err)
		}
		id, ok := row[0].(string)
		if !ok {
			b.Fatalf("item_id is a %T", row[0])
		}
		out = append(out, id)
	}
}

// benchRaw returns a raw record of an issue with a label and a body of 1 KB.
func benchRaw(id int64) *event.Raw {
	at := time.Now().UTC().Truncate(time.Second)
	content, _ := json.Marshal(map[string]any{
		"issue": map[string]any{
			"id": id, "number": id, "title": fmt.Sprintf("Payments fail under load %d", id), "body": strings.Repeat("It fails when a node restarts. ", 32),
			"state": "open", "labels": []any{map[string]any{"id": 1, "name": "bug"}}, "user": map[string]any{"id": id % 40, "login": "someone", "type": "User"},
			"created_at": at, "updated_at": at, "html_url": fmt.Sprintf("https://tracker.example/acme/service/issues/%d", id),
		},
		"timeline": []any{map[string]any{"id": id * 10, "event": "labeled", "label": map[string]any{"name": "bug"}, "created_at": at, "actor": map[string]any{"id": id % 40, "login": "someone"}}},
	})
	sum := sha256.Sum256(content)
	return &event.Raw{
		Source: "code", Tracker: "github", Project: "acme/service", ItemID: event.ItemID("code", event.KindIssue, strconv.FormatInt(id, 10)),
		Key: fmt.Sprintf("acme/service#%d", id), Kind: event.KindIssue, RecordedAt: time.Now().UTC().Truncate(time.Millisecond),
		Digest: hex.EncodeToString(sum[:]), Content: content,
	}
}
