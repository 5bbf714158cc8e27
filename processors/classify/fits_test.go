package classify

import (
	"path"
	"testing"

	"pgregory.net/rapid"
)

// TestFitsIsMatch: the short cuts of fits give what path.Match gives.
func TestFitsIsMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[*?\[\]\\/ab-]{0,6}`).Draw(t, "pattern")
		s := rapid.StringMatching(`[ab/ -]{0,6}`).Draw(t, "s")
		want, err := path.Match(pattern, s)
		if got := fits(pattern, s); got != (want && err == nil) {
			t.Fatalf("fits(%q, %q) = %v, path.Match says %v, %v", pattern, s, got, want, err)
		}
	})
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{{"bug", "bug", true}, {"*bug", "docs bug", true}, {"bug*", "bugfix", true}, {"*bug", "a/bug", false}, {"b?g", "bag", true}, {"", "", true}, {"bug", "", false}} {
		if got := fits(c.pattern, c.s); got != c.want {
			t.Errorf("fits(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}
