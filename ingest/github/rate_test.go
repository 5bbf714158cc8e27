package github_test

import (
	"runtime"
	"slices"
	"syscall"
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
	read()
	base.Freeze()
	d = nil // garbage from here on
	runtime.GC()
	before := base.Bytes()
	var r0, r1 syscall.Rusage
	syscall.Getrusage(0, &r0)
	b.ResetTimer()
	var rates []float64
	for range 5 * b.N {
		start := time.Now()
		n := read()
		rates = append(rates, float64(n)/time.Since(start).Seconds())
	}
	syscall.Getrusage(0, &r1)
	b.ReportMetric(float64(r1.Utime.Nano()+r1.Stime.Nano()-r0.Utime.Nano()-r0.Stime.Nano())/1e6/float64(5*b.N), "cpu-ms/round")
	b.ReportMetric(slices.Sorted(slices.Values(rates))[len(rates)/2], "items/s")
	b.ReportMetric(float64(base.Bytes()-before)/1e6/b.Elapsed().Seconds(), "answered-MB/s")
}
