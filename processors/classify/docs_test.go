package classify

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
)

var update = flag.Bool("update", false, "write the table of rules in docs/rules.md anew")

// TestBuiltinRulesAreRendered: docs/rules.md shows the built-in rules as they are.
func TestBuiltinRulesAreRendered(t *testing.T) {
	const begin, end = "<!-- the built-in rules, written by go test ./processors/classify -run Rendered -update -->\n", "<!-- end of the built-in rules -->"
	file := filepath.Join("..", "..", "docs", "rules.md")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the built-in rules", file)
	}
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"([^"]+)"`)
	var w strings.Builder
	fmt.Fprintf(&w, "| rule | because | forced | long | also says | looks for |\n|---|---|---|---|---|---|\n")
	for _, r := range c.rules {
		var also, terms []string
		for _, a := range []string{r.Category, r.Property, r.ForcedReason} {
			if a != "" {
				also = append(also, a)
			}
		}
		all := quoted.FindAllStringSubmatch(r.When, -1)
		for _, m := range all[:min(5, len(all))] {
			terms = append(terms, "`"+strings.ReplaceAll(m[1], "|", "")+"`")
		}
		text := strings.Join(terms, ", ")
		if n := len(all) - 5; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		if len(all) == 0 {
			text = "`" + strings.ReplaceAll(r.When, "|", "\\|") + "`"
		}
		fmt.Fprintf(&w, "| %s | %s | %s | %s | %s | %s |\n", r.Name, r.Because, signed(r.Forced), signed(r.Long), strings.Join(also, ", "), text)
	}
	if old == w.String() {
		return
	}
	if !*update {
		t.Errorf("%s does not show the rules as they are: go test ./processors/classify -run Rendered -update", file)
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+w.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func signed(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%+g", v)
}

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
	v := judge(t, c, &Item{Title: "x", Labels: []string{"x", "asked by: x"}, Type: "x", Priority: "x", DueInDays: noDue})
	for _, n := range Names() {
		if n != "prefixed" && !slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == "use "+n }) {
			t.Errorf("%s cannot be used", n)
		}
	}
}
