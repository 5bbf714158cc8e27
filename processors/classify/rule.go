package classify

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Rule is one reason for a verdict. Its field names are the contract with those who write rules.
type Rule struct {
	Name         string  `yaml:"name"`          // unique within a file; the same name in a later file replaces the rule
	When         string  `yaml:"when"`          // a condition over the item, see docs/rules.md
	Forced       float64 `yaml:"forced"`        // log-odds for forced; below 0 for discretionary
	Long         float64 `yaml:"long"`          // log-odds for long; below 0 for short
	Category     string  `yaml:"category"`      // empty: says nothing of it
	Property     string  `yaml:"property"`      // empty: says nothing of it
	ForcedReason string  `yaml:"forced_reason"` // empty: says nothing of it
	Initiative   string  `yaml:"initiative"`    // id of a key initiative that holds the item; empty: says nothing of it
	Because      string  `yaml:"because"`       // for people
	Off          bool    `yaml:"off"`           // silences the rule of this name in an earlier file

	at   position
	text string // of the whole file, for places inside the condition
}

// Prior is what holds before any rule speaks, in log-odds.
type Prior struct {
	Forced float64 `yaml:"forced"`
	Long   float64 `yaml:"long"`
}

// Text says how much the text model counts.
type Text struct {
	// Forced and Long multiply what the model says on the two axes; 0 silences it.
	Forced float64 `yaml:"forced"`
	Long   float64 `yaml:"long"`
	// Yield is the sum of the rules' log-odds, on an axis, at which the model's word counts half.
	Yield float64 `yaml:"yield"`
}

// ruleFile is a file of rules as written.
type ruleFile struct {
	Prior *Prior   `yaml:"prior"` // absent: that of the earlier file
	Band  *float64 `yaml:"band"`  // half the width around 0.5 in which an axis is undetermined; absent: as before
	Text  *Text    `yaml:"text"`  // absent: as before
	// Only is a condition that all rules of the file are held to, as in a team's own layer. Rules that it replaces or
	// silences still speak of the items that it does not hold for. Empty: every item.
	Only     string    `yaml:"only"`
	Rules    []Rule    `yaml:"rules"`
	Examples []Example `yaml:"examples"`

	only *Rule // Only as a rule that is compiled like the others; nil if there is none
}

// Reasons are the values of forced_reason.
var Reasons = []string{"launch", "company_defining_user", "vulnerability", "degradation", "outage", "regulation", "cash", "defect", "deadline", "build"}

// parseFile reads one file of rules. The name is for its errors, which say line and column.
func parseFile(name string, text []byte) (*ruleFile, error) {
	var f ruleFile
	tree, err := parser.ParseBytes(text, 0)
	if err == nil && len(tree.Docs) > 0 && tree.Docs[0].Body != nil && tree.Docs[0].Body.Type() != ast.CommentType {
		err = yaml.UnmarshalWithOptions(text, &f, yaml.Strict())
	}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		p := ye.GetToken().Position
		return nil, fmt.Errorf("%s:%d:%d: %s%s", name, p.Line, p.Column, wanted(ye.GetMessage()), nearestKey(ye.GetMessage()))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(tree.Docs) > 1 {
		at := position{name, 1, 1}
		if d := tree.Docs[1]; d.Start != nil {
			at.line, at.col = d.Start.Position.Line, d.Start.Position.Column
		}
		return nil, at.errorf("a file of rules is one document, and what follows --- would not be read: leave out the line, or make two files")
	}
	if f.Only != "" {
		f.only = &Rule{Name: "only", When: f.Only, at: place(name, tree, "$", "only"), text: string(text)}
		for key, there := range map[string]bool{"prior": f.Prior != nil, "band": f.Band != nil, "text": f.Text != nil} {
			if there {
				return nil, place(name, tree, "$", key).errorf("%s holds for every item, and this file with only for some: write it into a file without only", key)
			}
		}
	}
	for i := range f.Examples {
		e := &f.Examples[i]
		e.at = place(name, tree, fmt.Sprintf("$.examples[%d]", i), "item", "expect")
		if err := e.check(); err != nil {
			return nil, e.at.errorf("example %d: %v", i+1, err)
		}
	}
	seen := map[string]bool{}
	for i := range f.Rules {
		r := &f.Rules[i]
		r.at, r.text = place(name, tree, fmt.Sprintf("$.rules[%d]", i), "when", "name"), string(text)
		switch {
		case r.Name == "":
			return nil, r.at.errorf("rule %d has no name", i+1)
		case seen[r.Name]:
			return nil, r.at.errorf("rule %q stands twice in this file", r.Name)
		case r.Off && r.When == "":
		case r.Off:
			return nil, r.at.errorf("rule %q is off and has a condition: leave out one of them", r.Name)
		case r.When == "":
			return nil, r.at.errorf("rule %q has no condition: give it when", r.Name)
		case !weighs(r.Forced, r.Long):
			return nil, r.at.errorf("rule %q: its weights are log-odds, numbers from -%[2]d to %[2]d", r.Name, heaviest)
		case r.ForcedReason != "" && !slices.Contains(Reasons, r.ForcedReason):
			return nil, r.at.errorf("rule %q: forced_reason %q is not one of %s", r.Name, r.ForcedReason, strings.Join(Reasons, ", "))
		case misnamed(r.Category, usualCategories) != "":
			return nil, r.at.errorf("rule %q: category %q%s", r.Name, r.Category, misnamed(r.Category, usualCategories))
		case misnamed(r.Property, usualProperties) != "":
			return nil, r.at.errorf("rule %q: property %q%s", r.Name, r.Property, misnamed(r.Property, usualProperties))
		}
		seen[r.Name] = true
	}
	if f.Prior != nil && !weighs(f.Prior.Forced, f.Prior.Long) {
		return nil, place(name, tree, "$", "prior").errorf("prior holds log-odds, numbers from -%d to %[1]d", heaviest)
	}
	if f.Band != nil && !(*f.Band >= 0 && *f.Band < 0.5) {
		return nil, place(name, tree, "$", "band").errorf("band %v is not from 0 to below 0.5", *f.Band)
	}
	if f.Text != nil && !(weighs(f.Text.Forced, f.Text.Long, f.Text.Yield) && f.Text.Forced >= 0 && f.Text.Long >= 0 && f.Text.Yield > 0) {
		return nil, place(name, tree, "$", "text").errorf("text needs forced and long of 0 or more, and a yield above 0, none of them above %d", heaviest)
	}
	return &f, nil
}

// heaviest is the greatest weight, in log-odds, beyond which nothing is surer.
const heaviest = 1000

// weighs says that weights are numbers that can be added up.
func weighs(all ...float64) bool {
	return !slices.ContainsFunc(all, func(w float64) bool { return !(w >= -heaviest && w <= heaviest) })
}

// mistyped is what the YAML library says of a value of another type than the field's.
var mistyped = regexp.MustCompile(`^cannot unmarshal (\S+) into Go (?:struct field|value)\b.* of type (\S+)$`)

// wanted says in plain words what type of value a key of a file of rules takes.
func wanted(message string) string {
	m := mistyped.FindStringSubmatch(message)
	switch {
	case m == nil:
		return message
	case m[2] == "float64":
		return "a number is wanted here, not " + m[1]
	case m[2] == "bool":
		return "true or false is wanted here, not " + m[1]
	case m[2] == "string":
		return "a text is wanted here, not " + m[1]
	}
	return message
}

// nearestKey suggests the key of a file of rules that an unknown one is most like.
func nearestKey(message string) string {
	_, name, ok := strings.Cut(message, "unknown field \"")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "\"")
	var keys []string
	for _, t := range []reflect.Type{
		reflect.TypeFor[Rule](), reflect.TypeFor[ruleFile](), reflect.TypeFor[Text](), reflect.TypeFor[Prior](), reflect.TypeFor[Example](), reflect.TypeFor[Expectation](), reflect.TypeFor[Offline](),
	} {
		for i := range t.NumField() {
			key, _, _ := strings.Cut(cmp.Or(t.Field(i).Tag.Get("yaml"), t.Field(i).Tag.Get("json")), ",")
			if key != "" && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return didYouMean(name, keys)
}

// layer is the text of one file, kept so that the ruleset can be published whole.
type layer struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// readLayers reads a file of rules, or every .yaml and .yml file of a folder in the order of their names.
func readLayers(path string) ([]layer, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("rules %s cannot be read: %w", path, err)
	}
	files := []string{path}
	if st.IsDir() {
		files = nil
		for _, pattern := range []string{"*.yaml", "*.yml", "*" + modelExt} {
			found, err := filepath.Glob(filepath.Join(path, pattern))
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		}
		slices.Sort(files)
		if len(files) == 0 {
			return nil, fmt.Errorf("rules folder %s holds no .yaml file", path)
		}
	}
	var out []layer
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("rules %s: %w", f, err)
		}
		out = append(out, layer{f, strings.TrimPrefix(string(text), "\ufeff")}) // some editors begin a file with a mark
	}
	return out, nil
}

// usualCategories and usualProperties are those that there are without any configuration; rules may name others.
var (
	usualCategories = []string{"user_asks", "platform_quality", "key_initiatives"}
	usualProperties = []string{"security", "reliability", "usability", "efficiency", "latency"}
)

// misnamed is what to mend in a name that is so like one of those usual that no other can be meant; empty: nothing.
func misnamed(name string, usual []string) string {
	if name == "" || slices.Contains(usual, name) {
		return ""
	}
	for _, u := range usual {
		if distance(name, u) <= 2 {
			return ": did you mean " + u + "?"
		}
	}
	return ""
}
