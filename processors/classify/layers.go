package classify

import (
	"errors"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// compiled is a rule that is ready to run.
type compiled struct {
	Rule
	when   clause
	only   *clause  // of its file; nil: every item
	unless []clause // of the files that replace or silence it for some items
}

// clause is a condition that is ready to run, and where it stands.
type clause struct {
	rule    *Rule
	program *vm.Program
}

// layering lays files of rules over each other.
type layering struct {
	rules []layered
	only  []*Rule // of each file that has one
}

// layered is a rule among its layers.
type layered struct {
	Rule
	only   *Rule
	unless []*Rule
	gone   bool // replaced or silenced for every item
}

// add lays a file over those before it.
func (l *layering) add(name string, f *ruleFile) (Layer, error) {
	out := Layer{Name: name, Examples: len(f.Examples)}
	earlier := len(l.rules)
	if f.only != nil {
		l.only = append(l.only, f.only)
	}
	for _, r := range f.Rules {
		known, placed := false, false
		for i := range l.rules[:earlier] {
			old := &l.rules[i]
			switch {
			case old.Name != r.Name || old.gone:
				continue
			case f.only != nil:
				old.unless = append(old.unless, f.only)
			case r.Off || known:
				old.gone = true
			default: // keeps the place of the one that it replaces
				*old, placed = layered{Rule: r}, true
			}
			known = true
		}
		switch {
		case r.Off && !known:
			return out, r.at.errorf("rule %q is switched off, but no earlier file has it%s", r.Name, didYouMean(r.Name, l.names(earlier)))
		case r.Off:
			out.Silenced++
			continue
		case known:
			out.Replaced++
		}
		out.Rules++
		if !placed {
			l.rules = append(l.rules, layered{Rule: r, only: f.only})
		}
	}
	return out, nil
}

func (l *layering) names(n int) []string {
	var out []string
	for _, r := range l.rules[:n] {
		out = append(out, r.Name)
	}
	return out
}

// compile makes the rules ready, each condition of a file once.
func (l *layering) compile() ([]compiled, []*helper, error) {
	var out []compiled
	var helpers []*helper
	files := map[*Rule]*vm.Program{}
	ready := func(r *Rule) (clause, error) {
		if p, ok := files[r]; ok {
			return clause{r, p}, nil
		}
		p, hs, err := condition(r)
		if err != nil {
			return clause{}, err
		}
		helpers = append(helpers, hs...)
		files[r] = p
		return clause{r, p}, nil
	}
	for _, r := range l.only {
		if _, err := ready(r); err != nil {
			return nil, nil, err
		}
	}
	for i := range l.rules {
		r := &l.rules[i]
		if r.gone {
			continue
		}
		c := compiled{Rule: r.Rule}
		var err error
		if c.when, err = ready(&r.Rule); err != nil {
			return nil, nil, err
		}
		if r.only != nil {
			only, err := ready(r.only)
			if err != nil {
				return nil, nil, err
			}
			c.only = &only
		}
		for _, u := range r.unless {
			p, err := ready(u)
			if err != nil {
				return nil, nil, err
			}
			c.unless = append(c.unless, p)
		}
		out = append(out, c)
	}
	return out, helpers, nil
}

// applies runs a rule's conditions on an item.
func (r *compiled) applies(w *work) (bool, error) {
	if r.only != nil {
		if ok, err := r.only.holds(w); err != nil || !ok {
			return false, err
		}
	}
	for i := range r.unless {
		if ok, err := r.unless[i].holds(w); err != nil || ok {
			return false, err
		}
	}
	return r.when.holds(w)
}

// holds runs the condition on an item. One that cannot be answered, as one that asks for the fourth of two labels, is an
// error of one line that names the place.
func (a *clause) holds(w *work) (bool, error) {
	w.matched = w.matched[:0]
	out, err := w.machine.Run(a.program, &w.env)
	var fe *file.Error
	if errors.As(err, &fe) {
		return false, a.rule.at.inside(a.rule.text, a.rule.When, fe.From).errorf("rule %q: %s", a.rule.Name, fe.Message)
	}
	if err != nil {
		return false, a.rule.at.errorf("rule %q: %v", a.rule.Name, err)
	}
	return out == true, nil
}
