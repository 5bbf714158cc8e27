package classify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
)

// TestInitiative: the heaviest rule that names an initiative counts the item to it, before any category.
func TestInitiative(t *testing.T) {
	file := filepath.Join(t.TempDir(), "own.yaml")
	text := `rules:
  - {name: light, when: 'titled("mesh")', forced: 0.5, initiative: edge, because: a}
  - {name: heavy, when: 'titled("mesh")', forced: 1, initiative: mesh, because: b}
  - {name: wiki, when: 'titled("wiki")', long: 5, category: our_wiki, because: c}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(file)
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string][3]string{
		"The mesh and the wiki": {"mesh", "key_initiatives", "initiative"},
		"The wiki":              {"", "our_wiki", "rule"},
	} {
		v, err := c.Judge((&Offline{Title: title}).Item())
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]string{v.Initiative, v.Category, v.CategorySource}; got != want {
			t.Errorf("%s: %v, want %v", title, got, want)
		}
	}
}

// TestAsked: labels of a family that names who asked fit by what follows the family's name.
func TestAsked(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: asked, when: 'asked(\"payments\", \"acme*\")', category: user_asks, forced: 1}\n")
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]bool{
		"asked-by: payments": true, "Asked by: Payments": true, "customer/acme corp": true, "from:payments": true, "requested by / payments": true,
		"payments": false, "area/payments": false, "team: payments": false, "asked-by: lab": false, "customer": false, "customer:": false,
	} {
		v := judge(t, c, (&Offline{Title: "x", Labels: []string{label}}).Item())
		if got := slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == "asked" && strings.EqualFold(e.Matched, label) }); got != want {
			t.Errorf("%q: %v, want %v", label, got, want)
		}
	}
}
