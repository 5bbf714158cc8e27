package sink

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// BenchmarkSmallBatch is the sink's part of the time from a record's production to its being queryable, for batches
// of a live stream: one revision; an item's records, which go to three tables; a hundred records in five. Beside the
// time stands the processor time, of this process and of the engine's, which depends less on what else a
// machine does.
func BenchmarkSmallBatch(b *testing.B) {
	for _, c := range []struct {
		name string
		make func(n int64) []event.Payload
	}{
		{"revision", func(n int64) []event.Payload { return smallBatch(n, 1, 0, 0) }},
		{"item", func(n int64) []event.Payload { return smallBatch(n, 1, 1, 1) }},
		{"hundred", func(n int64) []event.Payload { return smallBatch(n, 40, 20, 20) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			db := migrated(b)
			s := New(db, nil)
			store := func(n int64) float64 {
				batch := messages(b, n*1000, c.make(n))
				start := time.Now()
				if err := s.Store(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				return time.Since(start).Seconds() * 1000
			}
			for n := range int64(5) {
				store(n)
			}
			var took []float64
			cpu := cpuTime(b)
			for n := int64(5); b.Loop(); n++ {
				took = append(took, store(n))
			}
			cpu = cpuTime(b) - cpu
			slices.Sort(took)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(took[len(took)/2], "p50-ms")
			b.ReportMetric(took[len(took)*99/100], "p99-ms")
			b.ReportMetric(cpu.Seconds()*1000/float64(len(took)), "cpu-ms/batch")
		})
	}
}

// smallBatch returns the records of items that were seen the nth time: revisions, activities, links, and where there
// are several revisions a raw record and a verdict of each second one.
func smallBatch(n int64, revisions, activities, links int) []event.Payload {
	var out []event.Payload
	for i, r := range benchRows(revisions, 3000) {
		r.Position, r.Seq = n, int(n)
		out = append(out, r)
		if revisions > 1 && i%4 == 0 {
			out = append(out, &event.Raw{Source: "code", Tracker: "github", Project: r.Project, ItemID: r.ItemID, Key: r.Key, Kind: event.KindIssue, RecordedAt: r.RecordedAt, Digest: fmt.Sprint(n, i), Content: []byte("{}")})
		}
		if revisions > 1 && i%4 == 1 {
			out = append(out, &event.Classification{
				ItemID: r.ItemID, Change: r.Change, Observation: r.Observation, Ruleset: "r", Forced: 0.5, Long: 0.5, Drive: "forced", Horizon: "long",
				Quadrant: "forced_long", Confidence: 0.5, ValidFrom: r.ValidFrom, RecordedAt: r.RecordedAt, Position: n,
			})
		}
	}
	r := benchRows(1, 3000)[0]
	for i := range activities {
		out = append(out, &event.Activity{ActivityID: fmt.Sprint(n, i), ItemID: r.ItemID, Source: "code", Person: "p", Action: "commented", At: r.ValidFrom, RecordedAt: r.RecordedAt})
	}
	for i := range links {
		out = append(out, &event.Link{LinkID: fmt.Sprint(n, i), ItemID: r.ItemID, Source: "code", ToKey: "k", Relation: event.RelationCloses, ValidFrom: r.ValidFrom, RecordedAt: r.RecordedAt})
	}
	return out
}

// messages encodes events as the log holds them, from an offset on.
func messages(b *testing.B, offset int64, events []event.Payload) []event.Message {
	b.Helper()
	out := make([]event.Message, len(events))
	for i, p := range events {
		m, err := event.Encode(p)
		if err != nil {
			b.Fatal(err)
		}
		m.Offset = offset + int64(i)
		out[i] = m
	}
	return out
}

// cpuTime is what this process and its children that run have used; 0 where /proc does not tell.
func cpuTime(b *testing.B) (sum time.Duration) {
	b.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// After the name in brackets: state is field 3, the parent 4, utime 14 and stime 15, in hundredths of a second.
		begin, rest, _ := strings.Cut(string(text), " (")
		_, rest, _ = strings.Cut(rest, ") ")
		fields := strings.Fields(rest)
		if self := strconv.Itoa(os.Getpid()); begin != self && fields[1] != self {
			continue
		}
		for _, field := range fields[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}
