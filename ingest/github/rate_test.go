package github_test

import (
	"encoding/json"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

// BenchmarkRatioRate reads a real repository from a server and into a log that cost nothing: what is left is decoding,
// digests and encoding. An item counts once, though a pull request is written as listed and then whole.
func BenchmarkRatioRate(b *testing.B) {
	d, err := simulate.LoadRecorded(recordedtest.Path(b))
	if err != nil {
		b.Fatal(err)
	}
	names := d.Repositories()
	base := &ingesttest.Canned{Handler: simulate.NewGitHub(d, simulate.Options{})}
	read := func() int {
		src := source(b, github.Options{BaseURL: "http://github.example", Token: "any", Repositories: names, Base: base})
		rep, err := ingest.Once(b.Context(), src, ingest.NewState(), ingesttest.Discard{}, ingest.Options{})
		if err != nil || !rep.Complete() {
			b.Fatal(err, rep.Err())
		}
		in := 0
		for _, n := range rep.Projects[0].InSource {
			in += n
		}
		return in
	}
	items := read()
	base.Freeze()
	runtime.GC()
	before := base.Bytes()
	b.ResetTimer()
	var rates []float64
	for range 5 * b.N {
		start := time.Now()
		n := read()
		rates = append(rates, float64(n)/time.Since(start).Seconds())
	}
	median := slices.Sorted(slices.Values(rates))[len(rates)/2]
	answered := float64(base.Bytes()-before) / float64(5*b.N*items) * median // bytes a second
	b.StopTimer()
	decoded := base.Decoding(func(answer []byte) {
		var v any
		if len(answer) > 0 && json.Unmarshal(answer, &v) != nil {
			b.Error("an answer is no JSON")
		}
	})
	b.ReportMetric(median, "items/s")
	b.ReportMetric(answered/1e6, "answered-MB/s")
	b.ReportMetric(answered/decoded, "of-encoding/json") // that does nothing but decode the same answers on the same cores
}
