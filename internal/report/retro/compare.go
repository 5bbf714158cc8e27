package retro

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
)

// Value is a leaf of the numbers: where it stands and what it is, as text; a missing one is "".
type Value struct{ Path, Text string }

// naming are the fields by one of which the entries of a list are told apart, in the order in which they are looked for.
var naming = []string{"id", "rule", "category", "cause", "what", "reason", "week", "from", "asker", "measure", "up_to_days", "team", "at"}

// aside are the fields that differ from publication to publication or say nothing by themselves.
var aside = map[string]bool{"known_at": true, "first_known_at": true, "format": true, "url": true, "title": true, "key": true}

// Flatten lists the numbers of a document, sorted by path.
func Flatten(document []byte) ([]Value, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("numbers of a retrospective: %w", err)
	}
	var out []Value
	flatten("", v, &out)
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out, nil
}

func flatten(path string, v any, out *[]Value) {
	switch v := v.(type) {
	case map[string]any:
		for k, w := range v {
			if !aside[k] {
				flatten(join(path, k), w, out)
			}
		}
	case []any:
		seen := map[string]int{}
		for i, w := range v {
			name := fmt.Sprint(i + 1)
			if m, ok := w.(map[string]any); ok {
				name = nameOf(m, name)
			} else {
				name = fmt.Sprint(w)
			}
			if seen[name]++; seen[name] > 1 {
				name += fmt.Sprintf("#%d", seen[name])
			}
			flatten(path+"["+name+"]", w, out)
		}
	case nil:
		*out = append(*out, Value{path, "null"})
	default:
		*out = append(*out, Value{path, fmt.Sprint(v)})
	}
}

func nameOf(m map[string]any, otherwise string) string {
	for _, field := range naming {
		if s, ok := m[field]; ok && s != nil && s != "" {
			return fmt.Sprint(s)
		}
	}
	return otherwise
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

// Difference is a number that is not what it was.
type Difference struct {
	Path, Before, Now string
	Causes            []string // why, in the order in which they came to be
}

// Differ lists what two documents do not have in common, sorted by path.
func Differ(before, now []Value) []Difference {
	by := map[string]*Difference{}
	for _, v := range before {
		by[v.Path] = &Difference{Path: v.Path, Before: v.Text}
	}
	for _, v := range now {
		if by[v.Path] == nil {
			by[v.Path] = &Difference{Path: v.Path}
		}
		by[v.Path].Now = v.Text
	}
	var out []Difference
	for _, d := range by {
		if d.Before != d.Now {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// Step is a time at which something became known, and the kind of cause that this is. Between two steps other data
// came.
type Step struct {
	At    int64 // milliseconds of the Unix epoch
	Cause string
}

// LateData is the cause of what changes between decisions.
const LateData = "late data"

// Trace says why numbers that were known at a time differ from those known later: it asks for the numbers as known in
// between, and halves where they differ until one cause is left. steps are the decisions between the two, sorted.
func Trace(from, to int64, steps []Step, at func(known int64) ([]Value, error)) (map[string][]string, error) {
	// The moments: before and after each decision. What changes from one to the next has one cause.
	type moment struct {
		at    int64
		cause string // of the change from the moment before
	}
	all := []moment{{from, ""}}
	for _, s := range steps {
		if s.At <= from || s.At > to {
			continue
		}
		last := &all[len(all)-1]
		if last.at == s.At { // published together
			if last.cause != s.Cause {
				last.cause += ", " + s.Cause
			}
			continue
		}
		if last.at < s.At-1 {
			all = append(all, moment{s.At - 1, LateData})
		}
		all = append(all, moment{s.At, s.Cause})
	}
	if all[len(all)-1].at < to {
		all = append(all, moment{to, LateData})
	}
	known := map[int]([]Value){}
	value := func(i int) ([]Value, error) {
		if v, ok := known[i]; ok {
			return v, nil
		}
		v, err := at(all[i].at)
		known[i] = v
		return v, err
	}
	type span struct{ from, to int }
	found := map[string][]int{}
	var halve func(span) error
	halve = func(s span) error {
		a, err := value(s.from)
		if err != nil {
			return err
		}
		b, err := value(s.to)
		if err != nil {
			return err
		}
		differ := Differ(a, b)
		if len(differ) == 0 {
			return nil
		}
		if s.to-s.from == 1 {
			for _, d := range differ {
				found[d.Path] = append(found[d.Path], s.to)
			}
			return nil
		}
		middle := (s.from + s.to) / 2
		if err := halve(span{s.from, middle}); err != nil {
			return err
		}
		return halve(span{middle, s.to})
	}
	if len(all) > 1 {
		if err := halve(span{0, len(all) - 1}); err != nil {
			return nil, err
		}
	}
	out := map[string][]string{}
	for path, at := range found {
		slices.Sort(at)
		for _, i := range at {
			if !slices.Contains(out[path], all[i].cause) {
				out[path] = append(out[path], all[i].cause)
			}
		}
	}
	return out, nil
}
