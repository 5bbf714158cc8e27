package config

import (
	"strings"
	"testing"
	"time"
)

func TestCheckSent(t *testing.T) {
	const most = 16 << 10
	for _, text := range []string{
		"", "plans: [{team: compute, quarter: 2026-Q3, shares: {user_asks: 1}}]", `teams: [{id: a, name: "R&D *new* &c"}]`, "teams:\n  - {id: a, name: R&D}\n  - {id: b, name: a * b}\n",
		"rules:\n  - name: a\n    when: 'titled(\"*\") && !typed(\"&x\")'\n", strings.Repeat("#", most), "asks: [" + strings.Repeat("[]", 200) + "]", strings.Repeat("- a\n", 1000),
		"not: [yaml", "]]]]",
	} {
		if err := CheckSent("decisions", text, most); err != nil {
			t.Errorf("%.60q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		strings.Repeat("#", most+1):  "decisions: the text has 16385 bytes, and at most 16384 are read",
		"teams: &a [x]\nplans: *a":   "decisions:1:8: anchors",
		"plans: *a":                  "decisions:1:8: anchors",
		"a: &a\n  <<: *a\n":          "decisions:1:4: anchors",
		"{x: [&a {}]}":               "decisions:1:6: anchors",
		strings.Repeat("[", 21):      "decisions:1:21: lists and mappings lie more than 20 deep",
		strings.Repeat("[", most):    "decisions:1:21: lists",
		strings.Repeat("{a: ", 21):   "decisions:1:81: lists",
		strings.Repeat("- ", most/2): "decisions:1:41: lists",
		strings.Repeat("? ", most/2): "decisions:1:41: lists",
		strings.Repeat("]", most):    "decisions:1:21: more than 20 lists and mappings end",
	} {
		start := time.Now()
		err := CheckSent("decisions", text, most)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: %v, not %s", text, err, want)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%.60q took %v", text, took)
		}
	}
}
