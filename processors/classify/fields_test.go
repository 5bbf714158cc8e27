package classify

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// TestTimesAreTheRevisions: age and due date count from the revision's own instant, whenever it is judged.
func TestTimesAreTheRevisions(t *testing.T) {
	created := time.Date(2020, 3, 1, 12, 0, 0, 0, time.UTC)
	due := created.Add(10 * 24 * time.Hour)
	r := &event.Revision{ValidFrom: created.Add(36 * time.Hour), Item: event.Item{Title: "T", CreatedAt: created, DueAt: &due}}
	if it := itemOf(r); it.AgeDays != 1.5 || it.DueInDays != 8.5 {
		t.Errorf("age %v, due in %v days; want 1.5 and 8.5", it.AgeDays, it.DueInDays)
	}
	r.ValidFrom = due.Add(24 * time.Hour)
	if it := itemOf(r); it.DueInDays != -1 {
		t.Errorf("overdue by a day: %v", it.DueInDays)
	}
	r.Item.DueAt = nil
	if it := itemOf(r); it.DueInDays != noDue {
		t.Errorf("no due date: %v", it.DueInDays)
	}
}

// TestBand: within 0.5 ± band an axis is undetermined, and on its border too; without a band nothing is but the coin flip.
func TestBand(t *testing.T) {
	odds := func(p float64) float64 { return math.Log(p / (1 - p)) }
	for _, c := range []struct {
		band, p float64
		want    string
	}{
		{0.1, 0.61, "forced"},
		{0.1, 0.59, "undetermined"},
		{0.1, 0.41, "undetermined"},
		{0.1, 0.39, "discretionary"},
		{0.3, 0.61, "undetermined"},
		{0.3, 0.85, "forced"},
		{0, 0.51, "forced"},
		{0, 0.49, "discretionary"},
		{0, 0.5, "undetermined"},
	} {
		c2, err := load(t, fmt.Sprintf("prior: {forced: %v, long: -9}\nband: %v\ntext: {forced: 0, long: 0, yield: 1}\nrules: []\n", odds(c.p), c.band))
		if err != nil {
			t.Fatal(err)
		}
		v := judge(t, c2, &Item{Title: "It", DueInDays: noDue})
		// A rule of the built-in ones may speak of so short a title, but of the drive none does.
		if v.Drive != c.want || (v.Quadrant == "undetermined") != (c.want == "undetermined") {
			t.Errorf("band %v, forced %v: %s in %s, want %s", c.band, v.Forced, v.Drive, v.Quadrant, c.want)
		}
	}
}

// TestExamplesCanSayEverything: an example, and a line of workmix classify, can set every field that a rule can ask for.
func TestExamplesCanSayEverything(t *testing.T) {
	computed := map[string]string{"lines": "size: {additions: 1}", "additions": "size: {additions: 1}", "deletions": "size: {deletions: 1}", "files": "size: {files: 1}", "commits": "size: {commits: 1}"}
	fields := reflect.TypeFor[Item]()
	for i := range fields.NumField() {
		f := fields.Field(i)
		name := f.Tag.Get("expr")
		value := map[reflect.Kind]string{reflect.String: "x", reflect.Slice: "[x]", reflect.Bool: "true", reflect.Float64: "1", reflect.Int: "1"}[f.Type.Kind()]
		item := fmt.Sprintf("title: t, %s: %s", name, value)
		if name == "title" {
			item = "title: x"
		}
		if s, ok := computed[name]; ok {
			item = "title: t, " + s
		}
		when := map[reflect.Kind]string{reflect.String: ` == "x"`, reflect.Slice: ` == ["x"]`, reflect.Bool: "", reflect.Float64: " == 1", reflect.Int: " == 1"}[f.Type.Kind()]
		x := "x"
		if values := closed[name]; values != nil {
			x = values[1]
		}
		item, when = strings.Replace(item, ": x", ": "+x, 1), strings.Replace(when, `"x"`, `"`+x+`"`, 1)
		c, err := load(t, fmt.Sprintf("rules:\n  - {name: own, when: '%s%s'}\nexamples:\n  - {item: {%s}, expect: {rules: [own]}}\n", name, when, item))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n, failed, err := c.Test(); err != nil || n != 1 || len(failed) != 0 {
			t.Errorf("%s: %d examples, %+v, %v", name, n, failed, err)
		}
		var o Offline
		line := fmt.Sprintf(`{"title": "t", %q: %s}`, name, map[reflect.Kind]string{reflect.String: `"` + x + `"`, reflect.Slice: `["x"]`, reflect.Bool: "true", reflect.Float64: "1", reflect.Int: "1"}[f.Type.Kind()])
		if computed[name] != "" {
			line = `{"title": "t", "size": {"additions": 1, "deletions": 1, "files": 1, "commits": 1}}`
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Errorf("%s: %v", line, err)
		} else if v := judge(t, c, o.Item()); name != "lines" && !slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == "own" }) {
			t.Errorf("%s is not what the rules see", line)
		}
	}
}

// TestListsAreBounded: conditions see no more labels and components than the rules read, and so cannot go through
// thousands of labels within thousands of labels.
func TestListsAreBounded(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: many, when: 'len(labels) + len(components) > 400'}\n  - {name: some, when: 'len(labels) + len(components) == 400'}\n")
	if err != nil {
		t.Fatal(err)
	}
	many := slices.Repeat([]string{"z"}, 50_000)
	v := judge(t, c, &Item{Title: "x", Labels: many, Components: many, DueInDays: noDue})
	if got := strings.Join(names(v), " "); strings.Contains(got, "many(") || !strings.Contains(got, "some(") {
		t.Errorf("the rules see another number of labels and components: %s", got)
	}
}
