package simulate

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jql is a parsed query of the subset that is served: clauses joined by AND, then ORDER BY.
type jql struct {
	clauses []clause
	sort    []sortKey
}

type clause struct {
	field, op string
	values    []string
	when      time.Time // of a date clause
}

type sortKey struct {
	field string
	desc  bool
}

var jqlToken = regexp.MustCompile(`\s*("(?:[^"\\]|\\.)*"|'[^']*'|>=|<=|!=|[=<>(),]|[^\s=<>!(),"']+)`)

// parseJQL reads a query; dates without a zone are read in loc. Its errors are what Jira would say.
func parseJQL(s string, loc *time.Location, now time.Time) (*jql, error) {
	var tok []string
	for rest := s; strings.TrimSpace(rest) != ""; {
		m := jqlToken.FindStringSubmatchIndex(rest)
		if m == nil || m[0] != 0 {
			return nil, fmt.Errorf("Error in the JQL Query: unexpected %q", rest)
		}
		tok = append(tok, rest[m[2]:m[3]])
		rest = rest[m[1]:]
	}
	q := &jql{}
	p := &tokens{all: tok}
	for !p.done() && !p.is("order") {
		c, err := p.clause(loc, now)
		if err != nil {
			return nil, err
		}
		q.clauses = append(q.clauses, c)
		if p.is("and") {
			p.next()
		} else if !p.done() && !p.is("order") {
			return nil, fmt.Errorf("Error in the JQL Query: expecting AND or ORDER BY but got %q", p.next())
		}
	}
	if p.is("order") {
		p.next()
		if !p.is("by") {
			return nil, fmt.Errorf("Error in the JQL Query: expecting BY after ORDER")
		}
		for p.next(); ; p.next() {
			k := sortKey{field: field(p.next())}
			if !slices.Contains([]string{"id", "updated", "created"}, k.field) {
				return nil, fmt.Errorf("Not able to sort using field %q.", k.field)
			}
			if p.is("asc") || p.is("desc") {
				k.desc = strings.EqualFold(p.next(), "desc")
			}
			q.sort = append(q.sort, k)
			if !p.is(",") {
				break
			}
		}
		if !p.done() {
			return nil, fmt.Errorf("Error in the JQL Query: unexpected %q", p.next())
		}
	}
	return q, nil
}

type tokens struct {
	all []string
	at  int
}

func (p *tokens) done() bool { return p.at >= len(p.all) }

func (p *tokens) is(word string) bool { return !p.done() && strings.EqualFold(p.all[p.at], word) }

func (p *tokens) next() string {
	if p.done() {
		return ""
	}
	p.at++
	return p.all[p.at-1]
}

// field is a field's name; the issue's key sorts and compares as its id here.
func field(s string) string {
	s = strings.ToLower(unquote(s))
	if slices.Contains([]string{"key", "issuekey", "issue"}, s) {
		return "id"
	}
	return s
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') {
		return strings.ReplaceAll(s[1:len(s)-1], `\"`, `"`)
	}
	return s
}

func (p *tokens) clause(loc *time.Location, now time.Time) (clause, error) {
	c := clause{field: field(p.next()), op: strings.ToLower(p.next())}
	known := []string{"project", "updated", "created", "id", "labels", "issuetype", "type", "status", "statuscategory"}
	if !slices.Contains(known, c.field) {
		return c, fmt.Errorf("Field '%s' does not exist or you do not have permission to view it.", c.field)
	}
	if c.op == "not" && p.is("in") {
		p.next()
		c.op = "not in"
	}
	switch c.op {
	case "in", "not in":
		if p.next() != "(" {
			return c, fmt.Errorf("Error in the JQL Query: expecting ( after IN")
		}
		for !p.done() && !p.is(")") {
			if v := p.next(); v != "," {
				c.values = append(c.values, unquote(v))
			}
		}
		if p.next() != ")" {
			return c, fmt.Errorf("Error in the JQL Query: expecting ) at the end")
		}
	case "=", "!=", ">", ">=", "<", "<=":
		if p.done() {
			return c, fmt.Errorf("Error in the JQL Query: expecting a value after %s", c.op)
		}
		c.values = []string{unquote(p.next())}
	default:
		return c, fmt.Errorf("Error in the JQL Query: the operator %q is not served", c.op)
	}
	if c.field == "updated" || c.field == "created" {
		var err error
		c.when, err = jqlDate(c.values[0], loc, now)
		return c, err
	}
	return c, nil
}

var relative = regexp.MustCompile(`^([+-]?)(\d+)([mhdw])$`)

// jqlDate reads a date of JQL: to the minute, in the user's zone, or relative to now.
func jqlDate(s string, loc *time.Location, now time.Time) (time.Time, error) {
	for _, layout := range []string{"2006/01/02 15:04", "2006-01-02 15:04", "2006/01/02", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t, nil
		}
	}
	if m := relative.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[2])
		unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[3]]
		if m[1] == "-" {
			n = -n
		}
		return now.Add(time.Duration(n) * unit), nil
	}
	return time.Time{}, fmt.Errorf("Date value '%s' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", s)
}

// run gives the matching issues in the query's order, else by id downwards as Jira does.
func (q *jql) run(d *Dataset) []*jiraIssue {
	var out []*jiraIssue
	for _, i := range d.byID() {
		if !i.archived && !slices.ContainsFunc(q.clauses, func(c clause) bool { return !c.matches(d, i) }) {
			out = append(out, i)
		}
	}
	sort := q.sort
	if len(sort) == 0 {
		sort = []sortKey{{"created", true}, {"id", true}}
	}
	slices.SortStableFunc(out, func(a, b *jiraIssue) int {
		for _, k := range sort {
			var c int
			switch k.field {
			case "updated":
				c = a.updated.Compare(b.updated)
			case "created":
				c = a.created.Compare(b.created)
			default:
				c = cmp.Compare(a.id, b.id)
			}
			if k.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(a.id, b.id)
	})
	return out
}

func (c *clause) matches(d *Dataset, i *jiraIssue) bool {
	switch c.field {
	case "updated":
		return compare(i.updated.Compare(c.when), c.op)
	case "created":
		return compare(i.created.Compare(c.when), c.op)
	case "id":
		if c.op != "in" && c.op != "not in" && c.op != "=" && c.op != "!=" {
			other := d.jira(c.values[0])
			n, err := strconv.ParseInt(c.values[0], 10, 64)
			if other != nil {
				n = other.id
			} else if err != nil {
				return false
			}
			return compare(cmp.Compare(i.id, n), c.op)
		}
		return c.among(i.key, strconv.FormatInt(i.id, 10))
	case "project":
		return c.among(projectOf(i.key), text(at(i.fields, "project", "id")), text(at(i.fields, "project", "name")))
	case "labels":
		var l []string
		for _, v := range list(i.fields["labels"]) {
			l = append(l, text(v))
		}
		return c.among(l...)
	case "status":
		return c.among(text(at(i.fields, "status", "name")), text(at(i.fields, "status", "id")))
	case "statuscategory":
		return c.among(text(at(i.fields, "status", "statusCategory", "name")), text(at(i.fields, "status", "statusCategory", "key")))
	}
	return c.among(text(at(i.fields, "issuetype", "name")), text(at(i.fields, "issuetype", "id")))
}

// among says whether one of an issue's names is, or for the negated operators none is, among the values.
func (c *clause) among(names ...string) bool {
	found := slices.ContainsFunc(names, func(n string) bool {
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(n, v) })
	})
	return found != (c.op == "!=" || c.op == "not in")
}

func compare(c int, op string) bool {
	switch op {
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case "!=":
		return c != 0
	}
	return c == 0
}
