package queries

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed catalog/*/*.sql
var catalogFiles embed.FS

// Question is a named question of the catalogue.
type Question struct {
	Name     string // the file's name without .sql
	Area     string // its folder
	Title    string
	Question string // what it asks, in a sentence
	Unit     string // what its numbers count
	Params   []Param
	Columns  []Column // without types
	SQL      string
}

// Param is a parameter of a question, bound in its SQL as {name:type}.
type Param struct {
	Name     string
	Type     string // ClickHouse's name of the type
	Text     string // what it means
	Default  string
	Required bool     // there is no default
	OneOf    []string // the values that it can have; empty: any of its type
}

// Catalog returns the questions, ordered by area and name.
func Catalog() ([]Question, error) {
	files, err := fs.Glob(catalogFiles, "catalog/*/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []Question
	for _, f := range files {
		q, err := readQuestion(f)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o Question) bool { return o.Name == q.Name }) {
			return nil, fmt.Errorf("queries/%s: there is another question named %s", f, q.Name)
		}
		all = append(all, *q)
	}
	return all, nil
}

// Bucket says of a column of the answer whether it is empty for what no team has, see [Unattributed].
func (q *Question) Bucket(column string) bool {
	return slices.ContainsFunc(q.Columns, func(c Column) bool { return c.Name == column && c.Bucket() })
}

func readQuestion(file string) (*Question, error) {
	text, err := catalogFiles.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseQuestion(file, string(text))
}

func parseQuestion(file, text string) (*Question, error) {
	h, err := parseHeader("queries/"+file, text, "title", "question", "parameters", "columns", "unit")
	if err != nil {
		return nil, err
	}
	if err := h.need("title", "question", "columns", "unit"); err != nil {
		return nil, err
	}
	q := &Question{
		Name: strings.TrimSuffix(path.Base(file), ".sql"), Area: path.Base(path.Dir(file)),
		Title: h.values["title"], Question: h.values["question"], Unit: h.values["unit"], SQL: strings.TrimSuffix(h.body, ";"),
	}
	for _, item := range h.lists["parameters"] {
		p, err := parseParam(item)
		if err != nil {
			return nil, fmt.Errorf("queries/%s: %w", file, err)
		}
		q.Params = append(q.Params, p)
	}
	q.Columns, err = h.columns(false)
	return q, err
}

// parseParam reads "name Type = default: what it means", or without "= default" where it must be given. Where the text
// goes on ", one of a, b (what b means), c" only these are values.
func parseParam(item string) (Param, error) {
	left, text, ok := strings.Cut(item, ": ")
	decl, def, optional := strings.Cut(left, " = ")
	name, typ, named := strings.Cut(decl, " ")
	if !ok || !named || text == "" {
		return Param{}, fmt.Errorf("parameter %q is not written as name type = default: what it means", item)
	}
	p := Param{Name: name, Type: typ, Text: text, Default: strings.Trim(def, "'"), Required: !optional}
	if _, values, ok := strings.Cut(text, ", one of "); ok {
		for v := range strings.SplitSeq(values, ", ") {
			v, _, _ = strings.Cut(v, " (")
			p.OneOf = append(p.OneOf, v)
		}
	}
	if _, err := p.value(p.Default); optional && err != nil {
		return p, fmt.Errorf("the default: %w", err)
	}
	return p, nil
}
