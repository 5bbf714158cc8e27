package classify

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
)

func terms(text string) []string {
	var out []string
	Terms([]byte(strings.ToLower(text)), func(w []byte) { out = append(out, string(w)) })
	return out
}

// TestTermsArePlainWords: what could tell a person, an address, a key or a path never becomes a word of a model.
func TestTermsArePlainWords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"It crashes, crashed and is crashing.", "it crash crash and is crash"},
		{"client-side caching doesn't work!", "client side cach doesn work"},
		{"see https://example.org/some/path and mail jane@example.org", "see and mail"},
		{"@jane KEY-12 #34 v1.2 a/b/c.go snake_case x86 100ms $HOME C:\\dir", ""},
		{"**bold** `code` (brackets) \"quotes\": done.", "bold code bracket quot done"},
		{"migration migrate migrating migrations", "migrat migrat migrat migrat"},
		{"stopping stopped falling fails", "stop stop fall fail"},
		{"ünïcode слово 日本語", "ünïcod слово 日本語"},
		{strings.Repeat("a", 21) + " \x00 \xff\xfe", "\ufffd\ufffd"},
		{"", ""},
	} {
		if got := strings.Join(terms(c.text), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestBuiltinModel: the model holds nothing but plain stems and weights, knows its sources by digest alone, and speaks
// with visible words.
func TestBuiltinModel(t *testing.T) {
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	m := c.Model()
	plain := regexp.MustCompile(`^[a-z]{2,20}$`)
	for i, w := range m.Words {
		if !plain.MatchString(w.Stem) {
			t.Errorf("%q is no plain word", w.Stem)
		}
		if i > 0 && m.Words[i-1].Stem >= w.Stem {
			t.Errorf("%q stands after %q", w.Stem, m.Words[i-1].Stem)
		}
	}
	if len(m.Words) < 1000 || len(m.Known) == 0 {
		t.Errorf("%d words, trained on %d sources", len(m.Words), len(m.Known))
	}
	if slices.ContainsFunc(m.Known, func(s string) bool { return len(s) != 8 }) {
		t.Errorf("sources %v", m.Known)
	}
	// No rule speaks here: the words do, and the verdict says so.
	v := judge(t, c, &Item{Kind: "issue", Title: "Null equality of the reader, of its whole buffer here", DueInDays: noDue})
	if v.ClassSource != "text" {
		t.Errorf("%+v", v)
	}
	e := v.Evidence[slices.IndexFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == textForced })]
	if !strings.Contains(e.Matched, "null +") || e.Forced == 0 {
		t.Errorf("%+v", e)
	}
}

// TestTextYields: the surer the rules, the less the text model says.
func TestTextYields(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: sure, when: 'labelled(\"sure\")', forced: 6}\n")
	if err != nil {
		t.Fatal(err)
	}
	says := func(labels ...string) float64 {
		v := judge(t, c, &Item{Title: "Reproducible abort of the reader", Labels: labels, DueInDays: noDue})
		for _, e := range v.Evidence {
			if e.Rule == textForced {
				return e.Forced
			}
		}
		return 0
	}
	if alone, beside := says(), says("sure"); beside <= 0 || beside > alone/2 {
		t.Errorf("%v alone, %v beside a sure rule", alone, beside)
	}
	quiet, err := load(t, "text: {forced: 0, long: 0, yield: 1}\n")
	if err != nil {
		t.Fatal(err)
	}
	if v := judge(t, quiet, &Item{Title: "Reproducible abort of the reader", DueInDays: noDue}); v.ClassSource != "rules" || len(v.Evidence) > 0 && strings.HasPrefix(v.Evidence[len(v.Evidence)-1].Rule, "text") {
		t.Errorf("a silenced model speaks: %+v", v)
	}
}

func TestModelsThatAreNone(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"word\t1\t2\n", "1:1: text model: 3 cells, not 6"},
		{"# a\nword\t1\tx\t0\t0\t0\n", `2:8: text model: "x" is not a number`},
		{"word\tNaN\t0\t0\t0\t0\n", `"NaN" is not a number`},
		{"\n", "1:1: text model: an empty line"},
	} {
		if _, err := ParseModel(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}
