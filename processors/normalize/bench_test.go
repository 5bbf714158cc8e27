package normalize

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/workmix/workmix/internal/event"
)

// goGitHub is a record's content as the client library declares it: what decoding alone costs without us.
type goGitHub struct {
	Issue    *github.Issue                `json:"issue"`
	Pull     *github.PullRequest          `json:"pull"`
	Timeline []*github.Timeline           `json:"timeline"`
	Reviews  []*github.PullRequestReview  `json:"reviews"`
	Comments []*github.PullRequestComment `json:"comments"`
}

// BenchmarkRatioNormalize decodes and normalizes every recorded item, and decodes the same contents into the client
// library's structs with encoding/json, five times each in turn; it reports how many times as fast the former is, by
// the median of the pairs.
func BenchmarkRatioNormalize(b *testing.B) {
	const pairs = 5
	n := New(Config{})
	var messages []*event.Message
	var contents [][]byte
	bytes := 0
	for _, it := range recordedItems(b) {
		m, err := event.Encode(it.raw)
		if err != nil {
			b.Fatal(err)
		}
		messages, contents = append(messages, &m), append(contents, it.raw.Content)
		bytes += len(it.raw.Content)
	}
	var ours, theirs, ratios []float64
	for range pairs {
		start := time.Now()
		for _, m := range messages {
			if _, err := n.Handle(m); err != nil {
				b.Fatal(err)
			}
		}
		half := time.Now()
		for _, c := range contents {
			var v goGitHub
			if err := json.Unmarshal(c, &v); err != nil {
				b.Fatal(err)
			}
		}
		x, y := half.Sub(start).Seconds(), time.Since(half).Seconds()
		ours, theirs, ratios = append(ours, x), append(theirs, y), append(ratios, y/x)
	}
	median := func(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }
	mega := float64(bytes) / 1e6
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(mega/median(ours), "normalize-MB/s")
	b.ReportMetric(mega/median(theirs), "go-github-MB/s")
	b.ReportMetric(median(ratios), "times-as-fast")
}
