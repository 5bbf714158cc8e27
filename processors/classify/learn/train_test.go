package learn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/processors/classify"
)

// made are items whose words tell their side: of three sources, five of each.
func made() []Example {
	var out []Example
	for s := range 3 {
		for i := range 5 {
			for _, e := range []struct {
				title, body  string
				forced, long int
			}{
				{"Crashes when saving", "it crashed again", 1, -1},
				{"Add a picture", "pictures would be nice", -1, -1},
				{"Migrating the storage", "a roadmap of phases", -1, 1},
			} {
				o := classify.Offline{Title: e.title, Body: e.body + fmt.Sprint(" only", string(rune('a'+s)), " @someone https://example.org/path KEY-12")}
				out = append(out, Example{
					UID: fmt.Sprintf("github:acme/r%d#%d", s, i), Source: fmt.Sprintf("github:acme/r%d", s), Item: o.Item(), Forced: e.forced, Long: e.long, Weight: 1,
				})
			}
		}
	}
	return out
}

func word(t *testing.T, m *classify.Model, stem string) classify.Word {
	t.Helper()
	for _, w := range m.Words {
		if w.Stem == stem {
			return w
		}
	}
	t.Fatalf("no word %q", stem)
	return classify.Word{}
}

func TestTrain(t *testing.T) {
	all := made()
	o := Training{MinItems: 5, MinSources: 3, Penalty: [2]float64{0.1, 0.1}, MaxWords: 100, Exclude: map[string]bool{"nice": true}}
	m, err := Train(all, o)
	if err != nil {
		t.Fatal(err)
	}
	var stems []string
	for _, w := range m.Words {
		stems = append(stems, w.Stem)
	}
	for _, not := range []string{"nice", "onlya", "someon", "exampl", "org", "path", "http", "key"} {
		if slices.Contains(stems, not) {
			t.Errorf("the model knows %q: %v", not, stems)
		}
	}
	if w := word(t, m, "crash"); w.W[0][0] <= 0.5 || w.W[0][1] <= 0.2 || w.W[1][0] >= 0 {
		t.Errorf("crash: %+v", w)
	}
	if w := word(t, m, "migrat"); w.W[1][0] <= 0.5 || w.W[0][0] >= 0 {
		t.Errorf("migrate: %+v", w)
	}
	for i := range all {
		z := m.Odds(all[i].Item.Title, all[i].Item.Body)
		if z[0]*float64(all[i].Forced) <= 0 || z[1]*float64(all[i].Long) <= 0 {
			t.Errorf("%s: %v", all[i].Item.Title, z)
		}
	}
	if !m.TrainedOn("github:acme/r1") || m.TrainedOn("github:acme/r9") {
		t.Error("the model does not know what it was trained on")
	}
	again, err := Train(made(), o)
	if err != nil || again.Text() != m.Text() {
		t.Errorf("another model of the same items: %v", err)
	}
	parsed, err := classify.ParseModel(m.Text())
	if err != nil || parsed.Text() != m.Text() {
		t.Errorf("a model read back is another: %v", err)
	}
	if z, p := m.Odds("Crash of storage", ""), parsed.Odds("Crash of storage", ""); math.Abs(z[0]-p[0]) > 0.05 || math.Abs(z[1]-p[1]) > 0.05 {
		t.Errorf("%v became %v", z, p)
	}
	o.MinItems = 1000
	if _, err := Train(all, o); err == nil || !strings.Contains(err.Error(), "more examples are needed") {
		t.Errorf("too few items: %v", err)
	}
}

// TestTrainFurther: what a company's own labels say outweighs the built-in model where they speak, and there alone.
func TestTrainFurther(t *testing.T) {
	start, err := Train(made(), Training{MinItems: 5, MinSources: 3, Penalty: [2]float64{0.1, 0.1}, MaxWords: 100})
	if err != nil {
		t.Fatal(err)
	}
	var own []Example
	for i := range 30 {
		o := classify.Offline{Title: "Toil of the month"}
		own = append(own, Example{UID: fmt.Sprintf("jira:OPS-%d", i), Source: "jira:OPS", Item: o.Item(), Forced: 1, Weight: 1})
	}
	m, err := TrainCalibrated(own, nil, Further(start))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := start.Odds("More toil", ""), m.Odds("More toil", ""); b[0] < a[0]+1 {
		t.Errorf("toil is not more forced than before: %v, %v", a, b)
	}
	if a, b := start.Odds("Add a picture", ""), m.Odds("Add a picture", ""); b[0] >= 0 || math.Abs(a[1]-b[1]) > 0.1 {
		t.Errorf("what the company said nothing of moved from %v to %v", a, b)
	}
	if !m.TrainedOn("jira:OPS") || !m.TrainedOn("github:acme/r1") {
		t.Error("the model forgot what it was trained on")
	}
}

// TestCrossValidated: the model that judges a source has seen nothing of it.
func TestCrossValidated(t *testing.T) {
	all := made()
	models, err := CrossValidated(all, nil, Training{MinItems: 2, MinSources: 1, Penalty: [2]float64{0.1, 0.1}, MaxWords: 100})
	if err != nil {
		t.Fatal(err)
	}
	for s, m := range models {
		if m.TrainedOn(s) || len(m.Known) != 2 {
			t.Errorf("%s is judged by a model of %v", s, m.Known)
		}
		own := "only" + string(rune('a'+s[len(s)-1]-'0'))
		if slices.ContainsFunc(m.Words, func(w classify.Word) bool { return w.Stem == own }) {
			t.Errorf("the model without %s knows its word %s", s, own)
		}
	}
	if len(models) != 3 {
		t.Errorf("%d models", len(models))
	}
}

// TestMinimise: a bowl whose bottom is known, wider in one direction than in the other.
func TestMinimise(t *testing.T) {
	x := []float64{10, -10, 3}
	minimise(x, 100, func(x, g []float64) float64 {
		value := 0.0
		for i := range x {
			k, d := math.Pow(10, float64(i)), x[i]-float64(i)
			value += k * d * d / 2
			g[i] = k * d
		}
		return value
	})
	for i := range x {
		if math.Abs(x[i]-float64(i)) > 1e-3 {
			t.Errorf("x[%d] = %v", i, x[i])
		}
	}
}
