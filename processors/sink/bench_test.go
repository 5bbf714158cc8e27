package sink

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/warehouse"
)

// benchRows returns revisions as a tracker's history gives them, each with a body of about so many bytes, or none.
func benchRows(n, bytes int) []*event.Revision {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the service fails under load when a node restarts and its cache is cold so requests time out until we scale add retry budget metric alert owner rollout flag")
	text := func(bytes int) string {
		var b strings.Builder
		for b.Len() < bytes {
			fmt.Fprintf(&b, "%s %x ", words[rnd.IntN(len(words))], rnd.IntN(1<<16))
		}
		return b.String()
	}
	t0 := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	out := make([]*event.Revision, n)
	for i := range out {
		at := t0.Add(time.Duration(i) * time.Minute)
		var body *string
		if bytes > 0 {
			s := text(bytes*5/6 + rnd.IntN(bytes/3))
			body = &s
		}
		out[i] = &event.Revision{
			ItemID: fmt.Sprintf("code/issue/%d", i/8), Source: "code", Project: fmt.Sprintf("acme/service-%d", i%30), Key: fmt.Sprintf("acme/service-%d#%d", i%30, i/8),
			URL: fmt.Sprintf("https://tracker.example/acme/service-%d/issues/%d", i%30, i/8), Change: fmt.Sprintf("event/%d", i), Observation: fmt.Sprintf("raw-%032x", i/8),
			Seq: i % 8, More: i%8 < 7, ValidFrom: at, RecordedAt: at.Add(time.Hour), Position: int64(i), Actor: fmt.Sprintf("p%012d", i%40), Changed: []string{"labels", "state"},
			Item: event.Item{
				Kind: event.KindIssue, Type: "Bug", Title: text(60), Body: body, State: event.StateOpen, Status: "open", Labels: []string{"area/api", "bug", "p1"},
				Author: fmt.Sprintf("p%012d", i%40), Assignees: []string{fmt.Sprintf("p%012d", i%37)}, CreatedAt: at, Size: &event.Size{Additions: i, Deletions: 1, Files: 2, Commits: 1},
			},
		}
	}
	return out
}

// BenchmarkSinkVsBare measures the sink, from the log's records to stored rows, against the driver alone with the
// same rows in columns that are ready: the medians of five pairs in one run, whatever -benchtime says. The
// ratio is the driver's time by the sink's. Batches with bodies are as large as the sink takes them (16 MB, 4,500
// rows), those without have 10,000 rows. The processor time is that of this process and the engine's.
func BenchmarkSinkVsBare(b *testing.B) {
	b.Run("bodies", func(b *testing.B) { sinkVsBare(b, benchRows(18_000, 3000)) })
	b.Run("none", func(b *testing.B) { sinkVsBare(b, benchRows(40_000, 0)) })
}

func sinkVsBare(b *testing.B, payloads []*event.Revision) {
	const pairs, batches = 5, 4
	db := migrated(b)
	for name := range keys {
		if err := db.Exec(b.Context(), "SYSTEM STOP MERGES "+name, nil); err != nil {
			b.Fatal(err)
		}
	}
	bare := bareConn(b, db)
	var all []event.Message
	for i, p := range payloads {
		m, err := event.Encode(p)
		if err != nil {
			b.Fatal(err)
		}
		m.Offset = int64(i)
		all = append(all, m)
	}
	per := len(all) / batches
	var ready [][]any
	var columns []string
	for i := range batches {
		t := revisions()
		for j := i * per; j < (i+1)*per; j++ {
			t.add(payloads[j], &all[j], j)
		}
		ready, columns = append(ready, t.values(0, t.len())), t.columns()
	}
	s := New(db, nil)
	sinkOnce := func() time.Duration {
		empty(b, db)
		start := time.Now()
		for i := range batches {
			if err := s.Store(b.Context(), all[i*per:(i+1)*per]); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	bareOnce := func() time.Duration {
		empty(b, db)
		start := time.Now()
		for i := range batches {
			insertBare(b, bare, columns, ready[i])
		}
		return time.Since(start)
	}
	sinkOnce()
	bareOnce()
	var ratios, sinks, bares []float64
	var cpu time.Duration
	b.ResetTimer()
	for range pairs {
		x := bareOnce()
		before := cpuTime(b)
		y := sinkOnce()
		cpu += cpuTime(b) - before
		bares, sinks, ratios = append(bares, x.Seconds()), append(sinks, y.Seconds()), append(ratios, x.Seconds()/y.Seconds())
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "sink/bare")
	b.ReportMetric(float64(len(all))/median(sinks), "sink-rows/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(pairs*len(all)), "cpu-µs/row")
	b.ReportMetric(float64(len(all))/median(bares), "bare-rows/s")
	if got := query(b, db, "SELECT count() AS n FROM revisions")[0]["n"]; got != uint64(len(all)) {
		b.Fatalf("%v rows are there, want %d", got, len(all))
	}
}

// BenchmarkDecode is the part of the sink before the insert.
func BenchmarkDecode(b *testing.B) {
	var batch []event.Message
	for _, p := range benchRows(4500, 3000) {
		m, err := event.Encode(p)
		if err != nil {
			b.Fatal(err)
		}
		batch = append(batch, m)
	}
	b.ReportAllocs()
	for b.Loop() {
		t := revisions()
		for i, d := range decode(batch, false) {
			t.add(d.payload, &batch[i], i)
		}
		t.values(0, t.len())
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(batch)), "µs/row")
}

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

func empty(b *testing.B, db *warehouse.DB) {
	b.Helper()
	if err := db.Exec(b.Context(), "TRUNCATE TABLE revisions SYNC", nil); err != nil {
		b.Fatal(err)
	}
}

// bareConn opens the same database with the driver alone.
func bareConn(b *testing.B, db *warehouse.DB) driver.Conn {
	b.Helper()
	address, user, password := clickhousetest.URL(b)
	u, err := url.Parse(address)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{u.Host}, Auth: clickhouse.Auth{Database: db.Database(), Username: user, Password: password},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}

func insertBare(b *testing.B, conn driver.Conn, columns []string, data []any) {
	b.Helper()
	batch, err := conn.PrepareBatch(b.Context(), "INSERT INTO revisions ("+strings.Join(columns, ", ")+")")
	if err != nil {
		b.Fatal(err)
	}
	for i := range data {
		lists, ok := data[i].([][]string)
		if !ok {
			if err := batch.Column(i).Append(data[i]); err != nil {
				b.Fatal(err)
			}
		}
		for _, list := range lists {
			if err := batch.Column(i).AppendRow(list); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := batch.Send(); err != nil {
		b.Fatal(err)
	}
}
