package classify

import (
	"os"
	"path/filepath"
	"testing"
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
