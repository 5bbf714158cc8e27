package classify

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// Example is an item and what is expected of its verdict, inside a file of rules.
type Example struct {
	Item   Offline     `yaml:"item"`
	Expect Expectation `yaml:"expect"`

	at position
}

// Expectation holds what the verdict has to be; what is empty is not looked at.
type Expectation struct {
	Drive          string   `yaml:"drive"`
	Horizon        string   `yaml:"horizon"`
	Quadrant       string   `yaml:"quadrant"`
	Category       string   `yaml:"category"`
	CategorySource string   `yaml:"category_source"`
	Property       string   `yaml:"property"`
	ForcedReason   string   `yaml:"forced_reason"`
	Initiative     string   `yaml:"initiative"`
	Rules          []string `yaml:"rules"` // names of rules that have to apply
	Not            []string `yaml:"not"`   // names of rules that must not
}

// named says which rule that the example names there is not: it would never apply, and "not" always hold.
func (e *Example) named(names []string) error {
	for _, r := range slices.Concat(e.Expect.Rules, e.Expect.Not) {
		if !slices.Contains(names, r) {
			return fmt.Errorf("it names a rule %q that no file has%s", r, didYouMean(r, names))
		}
	}
	return nil
}

func (e *Example) check() error {
	if e.Item.Title == "" {
		return errors.New("its item has no title")
	}
	x := &e.Expect
	if x.Drive+x.Horizon+x.Quadrant+x.Category+x.CategorySource+x.Property+x.ForcedReason+x.Initiative == "" && len(x.Rules)+len(x.Not) == 0 {
		return errors.New("it expects nothing: give it expect")
	}
	for _, c := range []struct {
		field, value string
		among        []string
	}{
		{"drive", x.Drive, []string{"forced", "discretionary", "undetermined"}},
		{"horizon", x.Horizon, []string{"long", "short", "undetermined"}},
		{"quadrant", x.Quadrant, []string{"forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined"}},
		{"forced_reason", x.ForcedReason, Reasons},
	} {
		if c.value != "" && !slices.Contains(c.among, c.value) {
			return fmt.Errorf("%s %q is not one of %s", c.field, c.value, strings.Join(c.among, ", "))
		}
	}
	return nil
}

// Failure is an example that the ruleset judges otherwise.
type Failure struct {
	Where   string // file:line:column
	Title   string
	Wrong   []string // "drive is discretionary, not forced"
	Verdict *Verdict
}

// Test judges the examples of the files of rules, but for those of the built-in one if there are others. It returns how
// many there were, and those that failed.
func (c *Classifier) Test() (n int, failed []Failure, err error) {
	for i := range c.examples {
		e := &c.examples[i]
		if e.at.file == builtinName && c.examples[len(c.examples)-1].at.file != builtinName {
			continue
		}
		n++
		v, err := c.Judge(e.Item.Item())
		if err != nil {
			return n, failed, fmt.Errorf("%w, in the example at %s:%d:%d", err, e.at.file, e.at.line, e.at.col)
		}
		if wrong := e.Expect.wrong(v); len(wrong) > 0 {
			failed = append(failed, Failure{fmt.Sprintf("%s:%d:%d", e.at.file, e.at.line, e.at.col), e.Item.Title, wrong, v})
		}
	}
	return n, failed, nil
}

func (x *Expectation) wrong(v *Verdict) []string {
	var out []string
	for _, c := range []struct{ field, got, want string }{
		{"drive", v.Drive, x.Drive},
		{"horizon", v.Horizon, x.Horizon},
		{"quadrant", v.Quadrant, x.Quadrant},
		{"category", v.Category, x.Category},
		{"category_source", v.CategorySource, x.CategorySource},
		{"property", v.Property, x.Property},
		{"forced_reason", v.ForcedReason, x.ForcedReason},
		{"initiative", v.Initiative, x.Initiative},
	} {
		if c.want != "" && c.got != c.want {
			out = append(out, fmt.Sprintf("%s is %q, not %q", c.field, c.got, c.want))
		}
	}
	applied := func(name string) bool {
		return slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == name })
	}
	for _, r := range x.Rules {
		if !applied(r) {
			out = append(out, fmt.Sprintf("rule %q does not apply", r))
		}
	}
	for _, r := range x.Not {
		if applied(r) {
			out = append(out, fmt.Sprintf("rule %q applies", r))
		}
	}
	return out
}

// Layer says what one file of a ruleset does.
type Layer struct {
	Name                      string
	Rules, Replaced, Silenced int
	Examples                  int
	Words                     int // of a text model
}

// Layers says what the files of the ruleset do, in their order.
func (c *Classifier) Layers() []Layer { return slices.Clone(c.summary) }

// Prior is what holds before any rule speaks, in log-odds.
func (c *Classifier) Prior() Prior { return c.prior }

// PublishedPrior is the prior of a published ruleset, whatever engine it needs; false if the text tells none.
func PublishedPrior(text json.RawMessage) (Prior, bool) {
	var b body
	if json.Unmarshal(text, &b) != nil {
		return Prior{}, false
	}
	var p Prior
	found := false
	for _, l := range b.Layers {
		if strings.HasSuffix(l.Name, modelExt) {
			continue
		}
		if f, err := parseFile(l.Name, []byte(l.Text)); err == nil && f.Prior != nil {
			p, found = *f.Prior, true
		}
	}
	return p, found
}
