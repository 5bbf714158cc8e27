package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestMetricsAreDocumented: docs/operate.md says of each metric what to watch for, and names none that is not there.
func TestMetricsAreDocumented(t *testing.T) {
	find := func(pattern string, path ...string) []string {
		b, err := os.ReadFile(filepath.Join(path...))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			out = append(out, m[1])
		}
		slices.Sort(out)
		return out
	}
	have := find(`prometheus\.NewDesc\("(\w+)"`, "metrics.go")
	documented := find("(?m)^\\| `(workmix_\\w+)` \\| \\S", "..", "..", "docs", "operate.md")
	if len(have) == 0 || !slices.Equal(have, documented) {
		t.Errorf("metrics\n%v\ndocs/operate.md\n%v", have, documented)
	}
}
