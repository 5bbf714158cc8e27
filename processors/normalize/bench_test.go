package normalize

import (
	"encoding/json"
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

// BenchmarkNormalizeGitHub decodes and normalizes every recorded item, and decodes the same contents into the
// client library's structs with encoding/json; it reports how many times faster the former is.
func BenchmarkNormalizeGitHub(b *testing.B) {
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
	var ours, theirs time.Duration
	for b.Loop() {
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
		ours, theirs = ours+half.Sub(start), theirs+time.Since(half)
	}
	mega := float64(bytes) * float64(b.N) / 1e6
	b.ReportMetric(mega/ours.Seconds(), "normalize-MB/s")
	b.ReportMetric(mega/theirs.Seconds(), "go-github-MB/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-as-fast")
}
