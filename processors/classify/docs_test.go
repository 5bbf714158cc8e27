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

// TestEveryNameCanBeUsed: a condition over each field and helper compiles and runs.
func TestEveryNameCanBeUsed(t *testing.T) {
	var rules strings.Builder
	rules.WriteString("rules:\n")
	for _, n := range Names() {
		when := n + " == " + n
		if slices.Contains(helperNames, n) {
			when = n + `("x")`
		} else if n == "labels" || n == "components" {
			when = "len(" + n + ") >= 0"
		}
		rules.WriteString("  - {name: 'use " + n + "', when: '" + when + "'}\n")
	}
	c, err := load(t, rules.String())
	if err != nil {
		t.Fatal(err)
	}
	v := judge(t, c, &Item{Title: "x", Labels: []string{"x"}, Type: "x", Priority: "x", DueInDays: noDue})
	for _, n := range Names() {
		if n != "prefixed" && !slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == "use "+n }) {
			t.Errorf("%s cannot be used", n)
		}
	}
}
