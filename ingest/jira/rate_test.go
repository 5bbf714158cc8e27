package jira_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

// BenchmarkRatioRate reads real projects from a site and into a log that cost nothing: what is left is decoding, digests
// and encoding.
func BenchmarkRatioRate(b *testing.B) {
	d, err := simulate.LoadRecorded(recordedtest.Path(b))
	if err != nil {
		b.Fatal(err)
	}
	base := &ingesttest.Canned{Handler: simulate.NewJira(d, simulate.Options{})}
	read := func() int {
		src := source(b, jira.Options{BaseURL: "http://jira.example", Projects: []string{"*"}, Base: base})
		rep, err := ingest.Once(b.Context(), src, ingest.NewState(), ingesttest.Discard{}, ingest.Options{})
		if err != nil || !rep.Complete() {
			b.Fatal(err, rep.Err())
		}
		in := 0
		for _, p := range rep.Projects {
			for _, n := range p.InSource {
				in += n
			}
		}
		return in
	}
	read()
	base.Freeze()
	d = nil // garbage from here on
	runtime.GC()
	before := base.Bytes()
	b.ResetTimer()
	var rates []float64
	for range 5 * b.N {
		start := time.Now()
		n := read()
		rates = append(rates, float64(n)/time.Since(start).Seconds())
	}
	b.ReportMetric(slices.Sorted(slices.Values(rates))[len(rates)/2], "items/s")
	b.ReportMetric(float64(base.Bytes()-before)/1e6/b.Elapsed().Seconds(), "answered-MB/s")
}
