package classify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/parser"
	"pgregory.net/rapid"
)

// TestErrorsPointIntoConditions: however a file writes a condition, the error names the line and column of the very word
// that is wrong.
func TestErrorsPointIntoConditions(t *testing.T) {
	for name, rules := range map[string]string{
		"plain":             "rules:\n  - name: a\n    when: kind == title || titel\n",
		"plain, two lines":  "rules:\n  - name: a\n    when: kind == title\n      || titel\n",
		"single quotes":     "rules:\n  - {name: a, when: 'titled(\"don''t\", \"größe\") && titel == \"x\"'}\n",
		"double quotes":     "rules:\n  - {name: a, when: \"titled(\\\"x\\\", \\\"\\u00fc\\\") && titel == 'x'\"}\n",
		"quotes, two lines": "rules:\n  - name: a\n    when: 'body == \"x\"  \n       && titel'\n",
		"block":             "rules:\n  - name: a\n    when: |\n      body == \"x\" ||\n        titled(\"y\") && titel\n    forced: 1\n",
		"block, blank line": "rules:\n  - name: a\n    when: |-\n\n      body == \"x\" ||\n\n      titel\n",
		"folded":            "rules:\n  - name: a\n    when: >\n      body == \"x\" ||\n      titled(\"y\") &&\n      titel\n    forced: 1\n",
		"folded, paragraph": "rules:\n  - name: a\n    when: >-\n      body == \"x\" ||\n\n      titled(\"y\") && titel\n",
		"carriage returns":  "rules:\r\n  - name: a\r\n    when: |\r\n      body == \"x\" ||\r\n      titel\r\n",
		"only":              "only: 'body == \"x\" || titel'\n",
	} {
		want := ""
		for i, line := range strings.Split(rules, "\n") {
			if at := strings.Index(line, "titel"); at >= 0 {
				want = fmt.Sprintf("r.yaml:%d:%d: ", i+1, len([]rune(line[:at]))+1)
			}
		}
		if _, err := load(t, rules); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "did you mean title?") {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	// What stands elsewhere in the file is no text to count in.
	if _, err := load(t, "rules:\n  - {name: a, because: &x 'titel', when: *x}\n"); err == nil || !strings.Contains(err.Error(), "r.yaml:2:") {
		t.Errorf("an alias: %v", err)
	}
}

// TestInsideNeverFails: any text, any value, any number: a place in the file or the beginning of the value.
func TestInsideNeverFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "when: " + rapid.StringMatching(`['"|>]?-?\n?[a b'\\"\n]{0,20}`).Draw(t, "text")
		var f struct{ When string }
		tree, err := parser.ParseBytes([]byte(text), 0)
		if err != nil {
			return
		}
		value := rapid.OneOf(rapid.StringMatching(`[a b'\\"\n]{0,20}`), rapid.Just(f.When)).Draw(t, "value")
		p := place("r.yaml", tree, "$", "when")
		at := p.inside(text, value, rapid.IntRange(0, 25).Draw(t, "number"))
		lines := strings.Split(text, "\n")
		if at != p && (at.line < 1 || at.line > len(lines) || at.col < 1 || at.col > len(lines[at.line-1])) {
			t.Fatalf("%q: %v", text, at)
		}
	})
}
