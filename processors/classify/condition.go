package classify

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// env is what a condition is evaluated over: the item, and what the helpers look at. The helpers note what they
// matched.
type env struct {
	*Item
	titleSeen, bodySeen seen
	folded              []*tag // of Labels
	typ, prio           *tag   // of Type and Priority
	begin               string // the title in lower case, from where its sentence begins
	matched             []string
	Boxes               int `expr:"boxes"`       // of a checklist in the body, ticked or not
	TitleWords          int `expr:"title_words"` // words of the title
	Identifiers         int `expr:"identifiers"` // words of the title that are code: readAll, a_b, a::b, f(), `+"x"+`
}

// helper is one call of a helper in a condition, resolved when the rules are compiled: nothing is looked up by name
// or by reflection while an item is judged.
type helper struct {
	name  string
	args  []string
	terms []int // of says and titled: the numbers of args in [words]
	// number is that of a labelled, asked, typed or prioritised among those of the ruleset.
	number int
}

// helperNames are the functions that conditions call:
//   - says: whether a term stands in the title or the body
//   - titled: whether a term stands in the title
//   - begins: whether the title begins with a term, after tags such as "[ui]", "Android:" or "fix(api):"
//   - prefixed: whether the title begins with a conventional-commit type, as in "fix(api): ..."
//   - labelled: whether a label fits a pattern
//   - asked: whether a label names who asked, as "asked-by: payments" and "customer/acme" do, and that fits a pattern
//   - typed, prioritised: whether the tracker's type, or the priority, fits a pattern
var helperNames = []string{"says", "titled", "begins", "prefixed", "labelled", "asked", "typed", "prioritised"}

// holds answers the call for an item.
func (h *helper) holds(e *env) bool {
	switch h.name {
	case "says":
		return h.in(e, true)
	case "titled":
		return h.in(e, false)
	case "begins":
		return h.begins(e)
	case "prefixed":
		return h.prefixed(e)
	case "labelled", "asked":
		hit := false
		for i := range e.folded {
			hit = h.fits(e, e.folded[i]) || hit
		}
		return hit
	case "typed":
		return h.fits(e, e.typ)
	}
	return h.fits(e, e.prio)
}

func (h *helper) begins(e *env) bool {
	for _, t := range h.args {
		text, open := strings.CutSuffix(t, "*")
		if strings.HasPrefix(e.begin, text) && (open || wordEnds(e.begin, len(text))) {
			e.note(text)
			return true
		}
	}
	return false
}

func wordEnds(s string, at int) bool {
	if at >= len(s) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	after, _ := utf8.DecodeRuneInString(s[at:])
	return apart(before, after)
}

func (h *helper) prefixed(e *env) bool {
	head, _, ok := strings.Cut(e.Title, ":")
	if !ok || len(head) > 60 {
		return false
	}
	head, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(head)), "(")
	head = strings.TrimSuffix(head, "!")
	for _, t := range h.args {
		if head == t {
			e.note(t + ":")
			return true
		}
	}
	return false
}

// fits notes the label if one of the patterns is like it.
func (h *helper) fits(e *env, t *tag) bool {
	if t.fits != nil && !t.fits[h.number] || t.fits == nil && !h.fitsTag(t) {
		return false
	}
	e.note(t.said)
	return true
}

func (h *helper) in(e *env, bodyToo bool) bool {
	hit := false
	for i, n := range h.terms {
		if e.titleSeen.found[n] || bodyToo && e.bodySeen.found[n] {
			e.note(strings.TrimSuffix(h.args[i], "*"))
			hit = true
		}
	}
	return hit
}

func (e *env) note(s string) {
	if len(e.matched) < 5 {
		e.matched = append(e.matched, s)
	}
}

// resolve replaces the calls of helpers by calls of one function with a constant, and gathers those constants.
type resolve struct {
	helpers []*helper
	err     error
	at      file.Location
}

// theHelper is the name of that function, which nobody can write in a condition.
const theHelper = "(helper)"

// Visit implements ast.Visitor.
func (v *resolve) Visit(n *ast.Node) {
	if b, ok := (*n).(*ast.BinaryNode); ok && v.err == nil {
		v.at, v.err = vain(b)
	}
	call, ok := (*n).(*ast.CallNode)
	if !ok {
		return
	}
	id, ok := call.Callee.(*ast.IdentifierNode)
	if !ok || !slices.Contains(helperNames, id.Value) {
		return
	}
	h := &helper{name: id.Value}
	if len(call.Arguments) == 0 {
		v.err, v.at = errors.New(id.Value+" takes one text in quotes or more, and here is none"), call.Location()
		return
	}
	for _, a := range call.Arguments {
		arg, err := h.argument(a)
		if err != nil {
			v.err, v.at = err, a.Location()
			return
		}
		h.args = append(h.args, arg)
	}
	v.helpers = append(v.helpers, h)
	ast.Patch(n, &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: theHelper},
		Arguments: []ast.Node{&ast.IdentifierNode{Value: "$env"}, &ast.ConstantNode{Value: h}},
	})
}

// argument is a term or pattern as the helper looks for it. What could never be found is an error.
func (h *helper) argument(a ast.Node) (string, error) {
	s, ok := a.(*ast.StringNode)
	if !ok || strings.TrimSpace(strings.TrimSuffix(s.Value, "*")) == "" {
		return "", errors.New(h.name + " takes texts in quotes, none of them empty")
	}
	if h.hasPatterns() {
		arg := fold(s.Value)
		if arg == "" {
			return "", errors.New(h.name + " takes texts with a letter or a digit")
		}
		if _, err := path.Match(arg, ""); err != nil {
			return "", fmt.Errorf("%s: %q is not a pattern: %w", h.name, s.Value, err)
		}
		return arg, nil
	}
	switch {
	case h.name == "prefixed" && strings.ContainsAny(s.Value, "*(:!"):
		return "", fmt.Errorf("prefixed: %q is not a type alone, such as fix: scopes and marks are passed over", s.Value)
	case strings.Contains(strings.TrimSuffix(s.Value, "*"), "*"):
		return "", fmt.Errorf("%s: %q would never be found: * stands at the end of a term alone", h.name, s.Value)
	case h.hasTerms():
		return s.Value, nil
	}
	return strings.ToLower(s.Value), nil
}

func (h *helper) hasPatterns() bool {
	return h.name == "labelled" || h.name == "asked" || h.name == "typed" || h.name == "prioritised"
}

func (h *helper) hasTerms() bool { return h.name == "says" || h.name == "titled" }

// callHelper is the function that the calls of helpers become.
func callHelper(a ...any) (any, error) {
	e, ok := a[0].(*env)
	h, ok2 := a[1].(*helper)
	if !ok || !ok2 {
		return nil, errors.New("a helper was called with something else than an item")
	}
	return h.holds(e), nil
}

// condition compiles a rule's condition, typed against [Item], and returns the helpers that it calls.
func condition(r *Rule) (*vm.Program, []*helper, error) {
	v := &resolve{}
	options := []expr.Option{expr.Env(&env{}), expr.AsBool(), expr.Patch(v), expr.Function(theHelper, callHelper, new(func(*env, *helper) bool)), expr.DisableAllBuiltins(), expr.EnableBuiltin("len"), expr.EnableBuiltin("any"), expr.EnableBuiltin("all")}
	p, err := expr.Compile(r.When, options...)
	if v.err != nil {
		return nil, nil, r.at.inside(r.text, r.When, v.at.From).errorf("rule %q: %v", r.Name, v.err)
	}
	var fe *file.Error
	if errors.As(err, &fe) {
		return nil, nil, r.at.inside(r.text, r.When, fe.From).errorf("rule %q: %s%s", r.Name, fe.Message, nearest(fe.Message))
	}
	if err != nil {
		return nil, nil, r.at.errorf("rule %q: %v", r.Name, err)
	}
	return p, v.helpers, nil
}

// nearest suggests the field or helper that an unknown name is most like.
func nearest(message string) string {
	_, name, ok := strings.Cut(message, "unknown name ")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, " ")
	if near := didYouMean(name, Names()); near != "" {
		return near
	}
	return ": a condition knows " + strings.Join(Names(), ", ")
}

// didYouMean suggests what a name is most like, if anything.
func didYouMean(name string, among []string) string {
	best, least := "", 8
	for _, n := range among {
		d := distance(name, n)
		cost := 2*d + bit(name == "" || n == "" || name[0] != n[0]) // of two as near, the one with the same first letter
		if cost < least && d < len(n) && d <= max(1, (len(name)+1)/3) {
			best, least = n, cost
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
	out = append(out, "boxes", "title_words", "identifiers")
	return append(out, helperNames...)
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
