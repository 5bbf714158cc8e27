package classify

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/recordedtest"
)

// ordinary are words that projects and components of the recorded trackers are named for and that any tracker holds.
var ordinary = []string{
	"core", "cloud", "documentation", "docs", "general", "identity", "models", "runtime", "testing", "tooling", "widgets", "themes", "styling",
	"contributions", "ios", "i18n", "compression", "paint", "map", "gui", "lang", "mod",
}

// TestRulesNameNoTracker: no term of the built-in rules is, or holds as a word, the name of a project, a repository, its owner or a
// component of the trackers that the rules were measured on.
func TestRulesNameNoTracker(t *testing.T) {
	names := trackerNames(t)
	if len(names) < 60 {
		t.Fatalf("only %d names were found: %v", len(names), names)
	}
	quoted := regexp.MustCompile(`"([^"]+)"`)
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rules() {
		for _, m := range quoted.FindAllStringSubmatch(r.When, -1) {
			term := " " + strings.Trim(fold(m[1]), "* ") + " "
			for _, n := range names {
				if strings.Contains(term, " "+n+" ") {
					t.Errorf("rule %s names %q: %q", r.Name, n, m[1])
				}
			}
		}
	}
}

func trackerNames(t *testing.T) []string {
	t.Helper()
	data := filepath.Dir(recordedtest.Path(t, "labelled"))
	var out []string
	add := func(name string) {
		if n := fold(name); len(n) > 2 && !slices.Contains(ordinary, n) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	source := func(uid string) {
		uid = regexp.MustCompile(`[#-]\d+$`).ReplaceAllString(uid, "")
		_, uid, _ = strings.Cut(uid, ":")
		for _, part := range append(strings.FieldsFunc(uid, func(r rune) bool { return r == '/' || r == '-' }), uid) {
			add(part)
		}
	}
	lines(t, filepath.Join(data, "labelled", "items.jsonl"), func(b []byte) {
		var o Offline
		if err := json.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		source(o.UID)
	})
	packed := func(name string) io.Reader {
		f, err := os.Open(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	table := csv.NewReader(packed("labelled/weak/nlbse2024_test.csv.gz"))
	table.LazyQuotes = true
	head, err := table.Read()
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		source("github:" + row[slices.Index(head, "repo")])
	}
	for _, name := range []string{"titanium-alloy", "changelog-samples"} {
		d := json.NewDecoder(packed("jira/" + name + "/issues.jsonl.gz"))
		for {
			type named struct{ Name, Key string }
			var issue struct {
				Key    string
				Fields struct {
					Project    named
					Components []named
				}
			}
			if err := d.Decode(&issue); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			source("jira:" + issue.Key)
			for _, n := range append(issue.Fields.Components, issue.Fields.Project) {
				add(n.Name)
			}
		}
	}
	return out
}
