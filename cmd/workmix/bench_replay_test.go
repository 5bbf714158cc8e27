package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// replays are the kinds of revisions that are replayed: bytes of their body, and how many.
var replays = []struct {
	name    string
	body, n int
}{{"bodies", 3000, 30_000}, {"bare", 0, 60_000}}

// BenchmarkRatioReplay fills the topic of items, then runs the classifier and the sink over it until every revision
// and every verdict is stored. It counts from the first commit, when both have joined their groups or are about to.
func BenchmarkRatioReplay(b *testing.B) {
	for _, c := range replays {
		b.Run(c.name, func(b *testing.B) {
			var rates, cpu []float64
			for range rounds {
				s := filled(b, c.n, c.body)
				// The sink stores revisions, verdicts and the ruleset.
				rate, each := s.replay(b, map[string]int{"classify": c.n, "sink": 2*c.n + 1}, c.n)
				rates, cpu = append(rates, rate), append(cpu, each)
				s.close()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(rates), "revisions/s")
			b.ReportMetric(median(cpu), "cpu-µs/revision")
		})
	}
}

// BenchmarkRatioParts is the same one stage after the other: first the classifier alone, then the sink alone, which
// finds revisions and verdicts in the log.
func BenchmarkRatioParts(b *testing.B) {
	for _, c := range replays {
		b.Run(c.name, func(b *testing.B) {
			var judged, stored, judgedCPU, storedCPU []float64
			for range rounds {
				s := filled(b, c.n, c.body)
				rate, each := s.replay(b, map[string]int{"classify": c.n}, c.n)
				judged, judgedCPU = append(judged, rate), append(judgedCPU, each)
				rate, each = s.replay(b, map[string]int{"sink": 2*c.n + 1}, 2*c.n+1)
				stored, storedCPU = append(stored, rate), append(storedCPU, each)
				s.close()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(judged), "classify-revisions/s")
			b.ReportMetric(median(judgedCPU), "classify-cpu-µs/revision")
			b.ReportMetric(median(stored), "sink-rows/s")
			b.ReportMetric(median(storedCPU), "sink-cpu-µs/row")
		})
	}
}

// filled opens a new stack whose topic of items holds n revisions.
func filled(b *testing.B, n, body int) *session {
	b.Helper()
	s := benchSession(b)
	w := s.log.Writer()
	defer w.Close()
	if err := w.WriteEvents(b.Context(), benchRevisions(n, body)...); err != nil {
		s.close()
		b.Fatal(err)
	}
	return s
}

// replay runs the stages of want until each has committed so many records. It returns how many of a kind they process
// a second, n being all, and how many microseconds of processor time each takes in this process, which is also the
// broker, and the engine's. The latter says what a machine with nothing else to do could reach.
func (s *session) replay(b *testing.B, want map[string]int, n int) (rate, cpuEach float64) {
	b.Helper()
	p, stop := s.running(b, slices.Sorted(maps.Keys(want))...)
	defer stop()
	in := func() (sum int64, left []string) {
		for _, stage := range p.only {
			got := p.stats[stage].Snapshot()
			sum += got.In
			if got.In < int64(want[stage]) {
				left = append(left, fmt.Sprintf("%s did %d of %d", stage, got.In, want[stage]))
			}
		}
		return sum, left
	}
	all := 0
	for _, w := range want {
		all += w
	}
	var start time.Time
	var before int64
	var cpu time.Duration
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		sum, left := in()
		if start.IsZero() && sum > 0 {
			start, before, cpu = time.Now(), sum, cpuTime(b)
		}
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			b.Fatalf("after two minutes: %s", strings.Join(left, ", "))
		}
	}
	took, used := time.Since(start), cpuTime(b)-cpu
	for _, stage := range p.only {
		if st := p.stats[stage].Snapshot(); st.DeadLetters > 0 {
			b.Fatalf("%s made %d dead letters", stage, st.DeadLetters)
		}
	}
	counted := float64(n) * float64(int64(all)-before) / float64(all)
	return counted / took.Seconds(), float64(used.Microseconds()) / counted
}

// cpuTime is what this process and its children that run have used; 0 where /proc does not tell.
func cpuTime(b *testing.B) (sum time.Duration) {
	b.Helper()
	for _, pid := range append(children(b, os.Getpid()), os.Getpid()) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		// After the name in brackets: state is field 3, utime 14 and stime 15, in hundredths of a second.
		_, rest, _ := strings.Cut(string(text), ") ")
		for _, field := range strings.Fields(rest)[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

// benchRevisions returns revisions of items with eight each, and a body of about so many bytes, or none.
func benchRevisions(n, body int) []event.Payload {
	rnd := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("the service fails under load when a node restarts and its cache is cold so requests time out until we scale add retry budget metric alert owner rollout flag")
	text := func(bytes int) string {
		var t strings.Builder
		for t.Len() < bytes {
			fmt.Fprintf(&t, "%s %x ", words[rnd.IntN(len(words))], rnd.IntN(1<<16))
		}
		return t.String()
	}
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	out := make([]event.Payload, n)
	var now *string
	for i := range out {
		if i%8 == 0 && body > 0 {
			t := text(body*4/5 + rnd.IntN(body*2/5))
			now = &t
		}
		at = at.Add(time.Minute)
		out[i] = &event.Revision{
			ItemID: fmt.Sprintf("code/issue/%d", i/8), Source: "code", Project: fmt.Sprintf("acme/service-%d", i/8%30), Key: fmt.Sprintf("acme/service-%d#%d", i/8%30, i/8),
			URL: fmt.Sprintf("https://tracker.example/acme/service-%d/issues/%d", i/8%30, i/8), Change: fmt.Sprintf("event/%d", i), Observation: fmt.Sprintf("raw-%032x", i/8),
			Seq: i % 8, More: i%8 < 7, ValidFrom: at, RecordedAt: at.Add(time.Hour), Position: int64(i), Actor: fmt.Sprintf("p%012d", i%40), Changed: []string{"labels", "state"},
			Item: event.Item{
				Kind: event.KindIssue, Type: "Bug", Title: text(60), Body: now, State: event.StateOpen, Status: "open", Labels: []string{"area/api", "bug", "p1"},
				Author: fmt.Sprintf("p%012d", i%40), Assignees: []string{fmt.Sprintf("p%012d", i%37)}, CreatedAt: at,
			},
		}
	}
	return out
}
