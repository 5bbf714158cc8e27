package learn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/workmix/workmix/processors/classify"
)

// Part is one of the judges that are measured beside each other: the rules and the model together, each alone.
type Part struct {
	Name  string
	Judge func(*Example) (*classify.Verdict, error)
}

// Row is one number of an evaluation. Value, Low and High are NaN where they do not apply.
type Row struct {
	Section string // "summary", "classes", "confusion", "reliability", "sources" or "errors"
	Part    string
	Source  string // "all", a source, or the name of a group of sources
	Axis    string // "drive" or "horizon"
	Class   string // the side, for confusion "label > verdict", for reliability the range of what was stated
	Measure string
	Value   float64
	Low     float64
	High    float64
	Items   int
	UID     string
	Title   string
	Why     string // for an error: the evidence that weighed most
}

// Options says what to report beyond the whole.
type Options struct {
	// Apart are sources to report apart from the rest, such as those that no rule was written against.
	Apart []string
	// Worst is how many errors to list for each axis: those that were stated with the greatest confidence.
	Worst int
}

// The names of the axes' sides; the first is the one whose probability is stated.
var sides = map[string][2]string{"drive": {"forced", "discretionary"}, "horizon": {"long", "short"}}

// Evaluate measures every part on the examples.
func Evaluate(all []Example, parts []Part, o Options) ([]Row, error) {
	for _, s := range o.Apart {
		if !slices.ContainsFunc(all, func(e Example) bool { return e.Source == s }) {
			return nil, fmt.Errorf("no labelled item is from %q: the sources are %s", s, strings.Join(sources(all), ", "))
		}
	}
	var out []Row
	for _, p := range parts {
		verdicts := make([]*classify.Verdict, len(all))
		for i := range all {
			v, err := p.Judge(&all[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", all[i].UID, err)
			}
			verdicts[i] = v
		}
		for _, axis := range []string{"drive", "horizon"} {
			judged := onAxis(all, verdicts, axis)
			add := func(rows ...Row) {
				for _, r := range rows {
					r.Part, r.Axis = p.Name, axis
					out = append(out, r)
				}
			}
			add(summary("summary", "all", judged)...)
			add(classes(judged, axis)...)
			add(reliability(judged)...)
			for _, s := range sources(all) {
				add(summary("sources", s, only(judged, func(e *Example) bool { return e.Source == s }))...)
			}
			if len(o.Apart) > 0 {
				apart := func(e *Example) bool { return slices.Contains(o.Apart, e.Source) }
				add(summary("sources", "(apart)", only(judged, apart))...)
				add(summary("sources", "(rest)", only(judged, func(e *Example) bool { return !apart(e) }))...)
			}
			if p.Name == parts[0].Name {
				add(worst(all, verdicts, axis, o.Worst)...)
			}
		}
	}
	return out, nil
}

func sources(all []Example) []string {
	var out []string
	for i := range all {
		out = append(out, all[i].Source)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func only(all []Judged, keep func(*Example) bool) []Judged {
	var out []Judged
	for _, j := range all {
		if keep(j.Example) {
			out = append(out, j)
		}
	}
	return out
}

// onAxis pairs the verdicts with the labels of one axis; items without one are left out.
func onAxis(all []Example, verdicts []*classify.Verdict, axis string) []Judged {
	var out []Judged
	for i := range all {
		want, p, side := all[i].Forced, verdicts[i].Forced, verdicts[i].Drive
		if axis == "horizon" {
			want, p, side = all[i].Long, verdicts[i].Long, verdicts[i].Horizon
		}
		if want != 0 {
			out = append(out, Judged{Example: &all[i], P: p, Decided: side != "undetermined", Want: want > 0})
		}
	}
	return out
}

func row(section, source, class, measure string, e Estimate, n int) Row {
	return Row{Section: section, Source: source, Class: class, Measure: measure, Value: e.Value, Low: e.Low, High: e.High, Items: n}
}

func summary(section, source string, j []Judged) []Row {
	return []Row{
		row(section, source, "", "accuracy", Accuracy(j), len(j)),
		row(section, source, "", "balanced accuracy", Balanced(j), len(j)),
		row(section, source, "", "coverage", Coverage(j), len(j)),
		row(section, source, "", "accuracy where determined", AccuracyDecided(j), len(j)),
	}
}

func classes(j []Judged, axis string) []Row {
	var out []Row
	c := Confusion(j)
	for i, side := range sides[axis] {
		n := c[1-i][0] + c[1-i][1]
		out = append(out, row("classes", "all", side, "precision", Precision(j, i == 0), n),
			row("classes", "all", side, "recall", Recall(j, i == 0), n), row("classes", "all", side, "f1", F1(j, i == 0), n))
	}
	for i, label := range sides[axis] {
		for k, verdict := range sides[axis] {
			n := c[1-i][1-k]
			out = append(out, row("confusion", "all", label+" > "+verdict, "items", Estimate{float64(n), math.NaN(), math.NaN()}, n))
		}
	}
	return out
}

func reliability(j []Judged) []Row {
	var out []Row
	bins, ece := Reliability(j)
	for _, b := range bins {
		class := fmt.Sprintf("%.1f-%.1f", b.Low, b.High)
		out = append(out, row("reliability", "all", class, "stated", Estimate{b.Stated, math.NaN(), math.NaN()}, b.Items),
			row("reliability", "all", class, "right", b.Right, b.Items))
	}
	return append(out, row("reliability", "all", "0.5-1.0", "calibration error", Estimate{ece, math.NaN(), math.NaN()}, len(j)))
}

// worst lists the verdicts that were wrong, the surest first.
func worst(all []Example, verdicts []*classify.Verdict, axis string, n int) []Row {
	type wrong struct {
		j Judged
		v *classify.Verdict
	}
	byUID := map[string]*classify.Verdict{}
	for i := range all {
		byUID[all[i].UID] = verdicts[i]
	}
	var list []wrong
	for _, j := range onAxis(all, verdicts, axis) {
		if !j.right() {
			list = append(list, wrong{j, byUID[j.Example.UID]})
		}
	}
	slices.SortStableFunc(list, func(a, b wrong) int { return cmp.Compare(math.Abs(b.j.P-0.5), math.Abs(a.j.P-0.5)) })
	var out []Row
	for _, w := range list[:min(n, len(list))] {
		label := sides[axis][1-bit(w.j.Want)]
		r := row("errors", w.j.Example.Source, label, "stated "+sides[axis][0], Estimate{w.j.P, math.NaN(), math.NaN()}, 1)
		r.UID, r.Title, r.Why = w.j.Example.UID, w.j.Example.Title(), why(w.v, axis)
		out = append(out, r)
	}
	return out
}

// why names what weighed on an axis, the heaviest first.
func why(v *classify.Verdict, axis string) string {
	type part struct {
		text   string
		weight float64
	}
	var parts []part
	for _, e := range v.Evidence {
		w := e.Forced
		if axis == "horizon" {
			w = e.Long
		}
		if w != 0 {
			parts = append(parts, part{fmt.Sprintf("%s %+.1f (%s)", e.Rule, w, e.Matched), w})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)) })
	var texts []string
	for _, p := range parts[:min(4, len(parts))] {
		texts = append(texts, p.text)
	}
	return strings.Join(texts, "; ")
}

// Fields are the names that [Strip] keeps.
var Fields = []string{"title", "body", "labels", "type", "priority", "milestone", "components", "state", "comments", "size", "subtasks", "links", "kind"}

// Strip returns the item with only these of its fields; the title is always kept.
func Strip(it *classify.Item, keep []string) *classify.Item {
	o := classify.Offline{Title: it.Title}
	out := o.Item()
	for _, f := range keep {
		switch f {
		case "body":
			out.Body = it.Body
		case "labels":
			out.Labels = it.Labels
		case "type":
			out.Type = it.Type
		case "priority":
			out.Priority = it.Priority
		case "milestone":
			out.Milestone = it.Milestone
		case "components":
			out.Components = it.Components
		case "state":
			out.State, out.Status = it.State, it.Status
		case "comments":
			out.Comments = it.Comments
		case "size":
			out.Additions, out.Deletions, out.Lines, out.Files, out.Commits = it.Additions, it.Deletions, it.Lines, it.Files, it.Commits
		case "subtasks":
			out.Subtasks = it.Subtasks
		case "links":
			out.Links = it.Links
		case "kind":
			out.Kind = it.Kind
		}
	}
	return out
}
