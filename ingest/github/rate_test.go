package github_test

import (
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
	base := &ingesttest.Canned{Handler: simulate.NewGitHub(d, simulate.Options{})}
	read := func() int {
		src := source(b, github.Options{BaseURL: "http://github.example", Token: "any", Repositories: d.Repositories(), Base: base})
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
	read()
	b.ResetTimer()
	items := 0
	var best float64
	for range 5 * b.N {
		start := time.Now()
		n := read()
		items += n
		best = max(best, float64(n)/time.Since(start).Seconds())
	}
	b.ReportMetric(float64(items)/b.Elapsed().Seconds(), "items/s")
	b.ReportMetric(best, "best-items/s")
}
