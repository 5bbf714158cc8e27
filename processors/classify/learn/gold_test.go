package learn

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/workmix/workmix/processors/classify"
)

// dataDir is where real tracker data lies; without it the test is skipped.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WORKMIX_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "labelled")); err != nil {
		t.Skipf("no labelled data at %s: set WORKMIX_TEST_DATA", dir)
	}
	return dir
}

func gold(t *testing.T, dir string) []Example {
	t.Helper()
	all, err := ReadLabelled(filepath.Join(dir, "labelled", "items.jsonl"), filepath.Join(dir, "labelled", "gold.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestGold: rules and text model together, each source judged by a model that has seen nothing of it. The floors are a
// little below what this version reaches, so that a change that makes it worse is seen.
func TestGold(t *testing.T) {
	if testing.Short() {
		t.Skip("trains six models")
	}
	dir := dataDir(t)
	all := gold(t, dir)
	weak, err := ReadWeak(dir, all)
	if err != nil {
		t.Fatal(err)
	}
	models, err := CrossValidated(all, weak, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	for _, pass := range []struct {
		fields []string
		floors map[string]float64
	}{
		{Fields, map[string]float64{"drive accuracy": 0.90, "horizon balanced accuracy": 0.84, "drive coverage": 0.95, "horizon coverage": 0.95}},
		{[]string{"title", "body"}, map[string]float64{"drive accuracy": 0.86, "horizon balanced accuracy": 0.78, "drive coverage": 0.95, "horizon coverage": 0.93}},
	} {
		items := make([]Example, len(all))
		for i, e := range all {
			items[i] = e
			items[i].Item = Strip(e.Item, pass.fields)
		}
		rows, err := Evaluate(items, []Part{{"rules+text", func(e *Example) (*classify.Verdict, error) { return c.WithModel(models[e.Source]).Judge(e.Item) }}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Section != "summary" {
				continue
			}
			t.Logf("%d fields: %s %s %.3f (%.3f to %.3f)", len(pass.fields), r.Axis, r.Measure, r.Value, r.Low, r.High)
			if floor := pass.floors[r.Axis+" "+r.Measure]; r.Value < floor {
				t.Errorf("%s %s is below %.2f", r.Axis, r.Measure, floor)
			}
		}
	}
}

// TestModelHoldsNoNames: no word of the built-in model is part of a person's or an account's name, as far as the
// trackers' data tell them.
func TestModelHoldsNoNames(t *testing.T) {
	people, err := People(dataDir(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(people) < 100 {
		t.Fatalf("only %d names were found", len(people))
	}
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Model().Words {
		if people[w.Stem] {
			t.Errorf("the model knows %q, which is part of a name", w.Stem)
		}
	}
}

// TestModelWordsAreCommon: every word of the built-in model stands in at least five items of at least two sources of what
// it was trained on, and none is part of a source's own name.
func TestModelWordsAreCommon(t *testing.T) {
	dir := dataDir(t)
	labelled := gold(t, dir)
	weak, err := ReadWeak(dir, labelled)
	if err != nil {
		t.Fatal(err)
	}
	var o Training
	all := slices.Concat(labelled, weak)
	o.ExcludeSources(all)
	type seen struct {
		items   int
		sources map[string]bool
	}
	words := map[string]*seen{}
	for i := range all {
		once := count(all[i].Item.Title)
		for w := range count(classify.ModelBody(all[i].Item.Body)) {
			once[w]++
		}
		for w := range once {
			if words[w] == nil {
				words[w] = &seen{sources: map[string]bool{}}
			}
			words[w].items++
			words[w].sources[all[i].Source] = true
		}
	}
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Model().Words {
		if s := words[w.Stem]; s == nil || s.items < 5 || len(s.sources) < 2 {
			t.Errorf("the model knows %q, which too few items hold: %+v", w.Stem, s)
		}
		if o.Exclude[w.Stem] {
			t.Errorf("the model knows %q, which is part of a source's name", w.Stem)
		}
	}
	for _, s := range Sources(all) {
		if !c.Model().TrainedOn(s) {
			t.Errorf("the model does not know that it was trained on %s", s)
		}
	}
	if n := len(Sources(all)); n != len(c.Model().Known) {
		t.Errorf("trained on %d sources, and these are %d", len(c.Model().Known), n)
	}
}
