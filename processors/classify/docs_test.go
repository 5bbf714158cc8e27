package classify

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
)

// TestRulesAreDocumented: docs/rules.md names what a condition can use, and nothing else.
func TestRulesAreDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)").FindAllStringSubmatch(text, -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(documented)
	names := Names()
	slices.Sort(names)
	if !slices.Equal(documented, names) {
		t.Errorf("docs/rules.md names\n%v\nand conditions can use\n%v", documented, names)
	}
	if want := "forced_reason: outage           # " + strings.Join(Reasons, ", "); !strings.Contains(text, want) {
		t.Errorf("docs/rules.md lacks %q", want)
	}
	example, _, _ := strings.Cut(text[strings.Index(text, "```yaml\n")+len("```yaml\n"):], "```")
	c, err := load(t, example)
	if err != nil {
		t.Fatalf("the example of docs/rules.md: %v", err)
	}
	v := judge(t, c, &Item{Kind: "issue", Title: "Outage of the shop", Labels: []string{"payments"}, DueInDays: noDue})
	if !slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == "payments-outage" }) {
		t.Errorf("the example's rule does not apply to what it is for: %+v", v)
	}
}
