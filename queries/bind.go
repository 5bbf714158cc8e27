package queries

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bind returns the value of every parameter, given or default, in the form in which ClickHouse takes them. It is
// an error, which lists the parameters that exist, to give one that does not, none where one is needed, or a value
// that is not of the type.
func (q *Question) Bind(given map[string]string) (map[string]string, error) {
	names := make([]string, 0, len(given))
	for n := range given {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if !slices.ContainsFunc(q.Params, func(p Param) bool { return p.Name == n }) {
			return nil, fmt.Errorf("question %s has no parameter %q; %s", q.Name, n, q.list())
		}
	}
	out := make(map[string]string, len(q.Params))
	for _, p := range q.Params {
		v, ok := given[p.Name]
		if !ok && p.Required {
			return nil, fmt.Errorf("question %s needs parameter %s (%s): %s; %s", q.Name, p.Name, p.Type, p.Text, q.list())
		}
		if !ok {
			v = p.Default
		}
		var err error
		if out[p.Name], err = p.value(v); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Name, err)
		}
	}
	return out, nil
}

// list says in words which parameters there are.
func (q *Question) list() string {
	if len(q.Params) == 0 {
		return "it takes none"
	}
	var all []string
	for _, p := range q.Params {
		s := p.Name + " (" + p.Type
		if !p.Required {
			s += fmt.Sprintf(", default %q", p.Default)
		}
		all = append(all, s+")")
	}
	return "it takes " + strings.Join(all, ", ")
}

var instants = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999", "2006-01-02T15:04:05.999", "2006-01-02 15:04", time.DateOnly}

// value checks a value by the parameter's type and returns it as ClickHouse takes it.
func (p *Param) value(v string) (string, error) {
	bad := func(want string) (string, error) {
		return "", fmt.Errorf("parameter %s is %q, want %s", p.Name, v, want)
	}
	if len(p.OneOf) > 0 && !slices.Contains(p.OneOf, v) {
		return bad("one of " + strings.Join(p.OneOf, ", "))
	}
	switch typ, _, _ := strings.Cut(p.Type, "("); typ {
	case "String":
		return v, nil
	case "Date":
		t, err := time.Parse(time.DateOnly, v)
		if err != nil || t.Year() < 1970 || t.After(time.Date(2149, 6, 6, 0, 0, 0, 0, time.UTC)) {
			return bad("a day such as 2026-01-31, from 1970-01-01 to 2149-06-06")
		}
		return v, nil
	case "DateTime64":
		for _, layout := range instants {
			if t, err := time.Parse(layout, v); err == nil && t.Year() >= 1900 && t.Year() <= 2299 {
				return t.UTC().Format("2006-01-02 15:04:05.000"), nil
			}
		}
		return bad("a time such as 2026-01-31T18:00:00Z or 2026-01-31 (its first instant; UTC unless it says otherwise)")
	case "UInt8", "UInt16", "UInt32", "UInt64":
		bits, _ := strconv.Atoi(strings.TrimPrefix(typ, "UInt"))
		if _, err := strconv.ParseUint(v, 10, bits); err != nil {
			return bad("a whole number, not below 0 and not too large for " + typ)
		}
		return v, nil
	case "Float64":
		if f, err := strconv.ParseFloat(v, 64); err != nil || f-f != 0 {
			return bad("a number such as 0.5")
		}
		return v, nil
	case "Array":
		var list []string
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				list = append(list, literal(s))
			}
		}
		return "[" + strings.Join(list, ", ") + "]", nil
	}
	return "", fmt.Errorf("parameter %s has a type that this version cannot check: %s", p.Name, p.Type)
}
