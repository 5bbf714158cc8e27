package queries

import (
	"fmt"
	"strings"
)

// header is the comment that a .sql file starts with: lines "-- name: value" before the first line that is none.
// A line "--   text" belongs to the list that the name above it, which has no value, opened.
type header struct {
	file   string
	values map[string]string
	lists  map[string][]string
	body   string
}

// parseHeader reads the header of a file. Names that are not in known are errors, and so is one given twice.
func parseHeader(file, text string, known ...string) (*header, error) {
	h := &header{file: file, values: map[string]string{}, lists: map[string][]string{}}
	open := ""
	for n := 1; ; n++ {
		line, rest, _ := strings.Cut(text, "\n")
		comment, ok := strings.CutPrefix(line, "--")
		if !ok {
			break
		}
		text = rest
		if item, ok := strings.CutPrefix(comment, "   "); ok && open != "" {
			h.lists[open] = append(h.lists[open], strings.TrimSpace(item))
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSpace(comment), ":")
		if !ok || !contains(known, name) {
			return nil, fmt.Errorf("%s:%d: %q is not a header line; those are %s", file, n, line, strings.Join(known, ", "))
		}
		if _, twice := h.values[name]; twice {
			return nil, fmt.Errorf("%s:%d: header line %s is given twice", file, n, name)
		}
		h.values[name] = strings.TrimSpace(value)
		if open = ""; h.values[name] == "" {
			open = name
		}
	}
	if h.body = strings.TrimSpace(text); h.body == "" {
		return nil, fmt.Errorf("%s: no statement follows the header", file)
	}
	return h, nil
}

// need returns an error that names the first header line that is missing or empty.
func (h *header) need(names ...string) error {
	for _, n := range names {
		if h.values[n] == "" && len(h.lists[n]) == 0 {
			return fmt.Errorf("%s: header line %s is missing", h.file, n)
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// Column is one column of a view or of a question's answer.
type Column struct {
	Name    string
	Type    string // ClickHouse's name of the type; a question's columns have none
	Comment string
}

// Unattributed is what people read for the team of what no team has. In rows the team is empty.
const Unattributed = "unattributed"

// Bucket says that the column names a team and is empty for what no team has.
func (c Column) Bucket() bool { return strings.Contains(c.Comment, "; empty: "+Unattributed) }

// columns reads a header's list "name Type: comment", or "name: comment" where typed is false.
func (h *header) columns(typed bool) ([]Column, error) {
	var out []Column
	for _, item := range h.lists["columns"] {
		left, comment, ok := strings.Cut(item, ": ")
		name, typ, has := strings.Cut(left, " ")
		if !ok || has != typed || comment == "" {
			return nil, fmt.Errorf("%s: column %q is not written as name%s: what it is", h.file, item, map[bool]string{true: " type"}[typed])
		}
		out = append(out, Column{name, typ, comment})
	}
	return out, nil
}
