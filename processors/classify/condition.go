package classify

import (
	"errors"
	"path"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// env is what a condition is evaluated over: the item, and the helpers. The helpers note what they matched.
type env struct {
	*Item
	words         *words
	inTitle, body []bool
	matched       []string
}

// Says reports whether a term stands in the title or the body.
func (e *env) Says(terms ...string) bool { return e.in(terms, e.inTitle, e.body) }

// Titled reports whether a term stands in the title.
func (e *env) Titled(terms ...string) bool { return e.in(terms, e.inTitle) }

// Prefixed reports whether the title begins with a conventional-commit type, as in "fix(api): ...".
func (e *env) Prefixed(types ...string) bool {
	head, _, ok := strings.Cut(e.Title, ":")
	if !ok {
		return false
	}
	head, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(head)), "(")
	head = strings.TrimSuffix(head, "!")
	for _, t := range types {
		if head == t {
			e.note(t + ":")
			return true
		}
	}
	return false
}

// Labelled reports whether a label fits a pattern. A pattern fits the whole label, or what follows the family's name:
// "bug" fits "bug", "kind/bug", "type: bug" and "C-bug". * stands for anything.
func (e *env) Labelled(patterns ...string) bool {
	hit := false
	for _, l := range e.Labels {
		short := bare(l)
		for _, p := range patterns {
			if like(p, l) || short != l && like(p, short) {
				e.note(l)
				hit = true
				break
			}
		}
	}
	return hit
}

// bare returns a label without its family's name.
func bare(label string) string {
	if i := strings.LastIndexAny(label, "/:"); i >= 0 && i+1 < len(label) {
		return strings.TrimSpace(label[i+1:])
	}
	if len(label) > 2 && label[1] == '-' {
		return label[2:]
	}
	return label
}

func like(pattern, s string) bool {
	if !strings.ContainsAny(pattern, "*?[") {
		return pattern == s
	}
	ok, err := path.Match(pattern, strings.ReplaceAll(s, "/", "-"))
	return err == nil && ok
}

// Typed reports whether the tracker's type is one of these.
func (e *env) Typed(types ...string) bool { return e.equals(e.Type, types) }

// Prioritised reports whether the priority is one of these.
func (e *env) Prioritised(names ...string) bool { return e.equals(e.Priority, names) }

func (e *env) equals(v string, list []string) bool {
	for _, s := range list {
		if v == s {
			e.note(v)
			return true
		}
	}
	return false
}

func (e *env) in(terms []string, sets ...[]bool) bool {
	hit := false
	for _, t := range terms {
		n, ok := e.words.terms[t]
		if !ok {
			continue
		}
		for _, set := range sets {
			if set[n] {
				e.note(strings.TrimSuffix(t, "*"))
				hit = true
				break
			}
		}
	}
	return hit
}

func (e *env) note(s string) {
	if len(e.matched) < 5 {
		e.matched = append(e.matched, s)
	}
}

// helpers are the functions that conditions call, by the names that rules use.
var helpers = map[string]string{"says": "Says", "titled": "Titled", "prefixed": "Prefixed", "labelled": "Labelled", "typed": "Typed", "prioritised": "Prioritised"}

// rename maps a helper's name in the rules to the method, and gathers the terms that it looks for.
type rename struct {
	terms []string
	err   error
	at    file.Location
}

// Visit implements ast.Visitor.
func (v *rename) Visit(n *ast.Node) {
	call, ok := (*n).(*ast.CallNode)
	if !ok {
		return
	}
	id, ok := call.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	method, ok := helpers[id.Value]
	if !ok {
		return
	}
	for _, a := range call.Arguments {
		s, ok := a.(*ast.StringNode)
		if !ok || strings.TrimSuffix(s.Value, "*") == "" {
			v.err, v.at = errors.New(id.Value+" takes texts in quotes, none of them empty"), a.Location()
			return
		}
		if id.Value == "says" || id.Value == "titled" {
			v.terms = append(v.terms, s.Value)
		} else {
			s.Value = strings.ToLower(s.Value)
		}
	}
	id.Value = method
}

// condition compiles a rule's condition, typed against [Item], and returns the terms it looks for.
func condition(r *Rule) (*vm.Program, []string, error) {
	v := &rename{}
	options := []expr.Option{expr.Env(&env{}), expr.AsBool(), expr.Patch(v), expr.DisableAllBuiltins(), expr.EnableBuiltin("len"), expr.EnableBuiltin("any"), expr.EnableBuiltin("all")}
	p, err := expr.Compile(r.When, options...)
	if v.err != nil {
		at := r.at
		at.line, at.col = within(r, v.at)
		return nil, nil, at.errorf("rule %q: %v", r.Name, v.err)
	}
	var fe *file.Error
	if errors.As(err, &fe) {
		at := r.at
		at.line, at.col = within(r, fe.Location)
		return nil, nil, at.errorf("rule %q: %s%s", r.Name, fe.Message, nearest(fe.Message))
	}
	if err != nil {
		return nil, nil, r.at.errorf("rule %q: %v", r.Name, err)
	}
	return p, v.terms, nil
}

// within adds a place inside a condition to where the condition stands.
func within(r *Rule, l file.Location) (line, col int) {
	// Only a condition on one line can be counted on; of a folded one the beginning is named.
	if strings.Contains(strings.TrimSpace(r.When), "\n") {
		return r.at.line, r.at.col
	}
	return r.at.line, r.at.col + min(l.From, len(r.When))
}

// nearest suggests the field or helper that an unknown name is most like.
func nearest(message string) string {
	_, name, ok := strings.Cut(message, "unknown name ")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, " ")
	best, least := "", 4
	for _, n := range Names() {
		if d := distance(name, n); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// Names lists what a condition can use: the fields of [Item] and the helpers.
func Names() []string {
	var out []string
	t := reflect.TypeFor[Item]()
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("expr"))
	}
	for h := range helpers {
		out = append(out, h)
	}
	return out
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
