package classify

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/expr-lang/expr/vm"

	"github.com/workmix/workmix/internal/event"
)

//go:embed builtin.yaml
var builtin string

const builtinName = "builtin.yaml"

// engineVersion counts the changes of how rules are evaluated; it is part of every ruleset's id.
const engineVersion = "4"

// Classifier is a ruleset, compiled. It may be used by several goroutines at once.
type Classifier struct {
	id       string
	layers   []layer
	summary  []Layer
	examples []Example
	prior    Prior
	band     float64
	rules    []compiled
	words    *words
	patterns []*helper // labelled, asked, typed and prioritised
	text     Text
	model    *Model    // nil: there is none
	spare    sync.Pool // of *work
}

// work is what judging one item needs, kept for the next.
type work struct {
	env
	machine vm.VM
	text    []byte
	item    Item // as far as it is read
	tags    map[string]*tag
	reading reading
}

// New compiles the built-in rules and, where path is not empty, the file or folder of rules over them. Errors name
// file, line and column.
func New(path string) (*Classifier, error) {
	layers := []layer{{builtinName, builtin}, {"model.tsv", builtinModel}}
	if path != "" {
		more, err := readLayers(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, more...)
	}
	c, err := compile(layers)
	if err != nil {
		return nil, err
	}
	return c, c.tried()
}

// tried judges an item that has nothing but a title: a rule that asks for the first of its labels would make a dead letter of
// every such item.
func (c *Classifier) tried() error {
	if _, err := c.Judge((&Offline{Title: "An item"}).Item()); err != nil {
		return fmt.Errorf("%w: it has to hold or not hold for an item that has nothing but a title, too", err)
	}
	return nil
}

// body is a ruleset as it is published to the log: all that is needed to apply it again.
type body struct {
	Engine string  `json:"engine"`
	Layers []layer `json:"layers"`
}

// FromBody compiles a ruleset that was published.
func FromBody(b json.RawMessage) (*Classifier, error) {
	var v body
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("ruleset: %w", err)
	}
	if v.Engine != engineVersion {
		return nil, fmt.Errorf("the ruleset needs rule engine %s and this program has %s", v.Engine, engineVersion)
	}
	return compile(v.Layers)
}

// Ruleset returns the id of the ruleset, a function of its whole text and of the engine's version, and the body under
// which it is published.
func (c *Classifier) Ruleset() (id string, text json.RawMessage, err error) {
	text, err = json.Marshal(body{engineVersion, c.layers})
	return c.id, text, err
}

// modelExt is how the name of a text model's file ends; of several the last counts.
const modelExt = ".tsv"

// Model is the text model that the ruleset listens to; nil if there is none.
func (c *Classifier) Model() *Model { return c.model }

// Categories are those that a rule names, each once.
func (c *Classifier) Categories() []string {
	var out []string
	for _, r := range c.rules {
		if r.Category != "" && !slices.Contains(out, r.Category) {
			out = append(out, r.Category)
		}
	}
	return out
}

// WithModel is the same ruleset with another text model; nil for none. Its verdicts bear the same ruleset's id, so it
// serves for measurements alone.
func (c *Classifier) WithModel(m *Model) *Classifier {
	out := &Classifier{id: c.id, layers: c.layers, prior: c.prior, band: c.band, rules: c.rules, words: c.words, patterns: c.patterns, text: c.text, model: m}
	out.spare.New = c.spare.New
	return out
}

// TextOnly is the verdict that the text model comes to by itself.
func (c *Classifier) TextOnly(it *Item) *Verdict {
	odds := c.model.Odds(it.Title, it.Body)
	v := &Verdict{Ruleset: c.id, Evidence: []event.Evidence{}, Forced: logistic(odds[0]), Long: logistic(odds[1]), ClassSource: "text"}
	v.place(c.band)
	return v
}

// SourceDigest is the name under which a model remembers a source: enough to recognise it, not to tell it.
func SourceDigest(source string) string {
	sum := sha256.Sum256([]byte(source))
	return hex.EncodeToString(sum[:4])
}

func compile(layers []layer) (*Classifier, error) {
	c := &Classifier{band: 0.1, text: Text{Forced: 1, Long: 1, Yield: 1}}
	h := sha256.New()
	fmt.Fprintf(h, "engine %s\x00", engineVersion)
	var l layering
	for _, file := range layers {
		// A file's place on this machine is not part of what it says.
		fmt.Fprintf(h, "%s\x00", file.Text)
		c.layers = append(c.layers, layer{filepath.Base(file.Name), file.Text})
		if filepath.Ext(file.Name) == modelExt {
			m, err := ParseModel(file.Text)
			if err != nil {
				return nil, fmt.Errorf("%s:%w", file.Name, err)
			}
			c.model = m
			c.summary = append(c.summary, Layer{Name: file.Name, Words: len(m.Words)})
			continue
		}
		f, err := parseFile(file.Name, []byte(file.Text))
		if err != nil {
			return nil, err
		}
		if f.Prior != nil {
			c.prior = *f.Prior
		}
		if f.Band != nil {
			c.band = *f.Band
		}
		if f.Text != nil {
			c.text = *f.Text
		}
		c.examples = append(c.examples, f.Examples...)
		summary, err := l.add(file.Name, f)
		if err != nil {
			return nil, err
		}
		c.summary = append(c.summary, summary)
	}
	names := append(l.names(len(l.rules)), textForced, textLong)
	for i := range c.examples {
		if err := c.examples[i].named(names); err != nil {
			return nil, c.examples[i].at.errorf("example: %v", err)
		}
	}
	c.id = "r" + hex.EncodeToString(h.Sum(nil))[:12]
	rules, helpers, err := l.compile()
	if err != nil {
		return nil, err
	}
	c.rules = rules
	for _, h := range helpers {
		if h.hasPatterns() {
			h.number = len(c.patterns)
			c.patterns = append(c.patterns, h)
		}
	}
	c.words = wordsOf(helpers)
	c.spare.New = func() any {
		n := len(c.words.terms)
		return &work{env: env{titleSeen: seen{found: make([]bool, n)}, bodySeen: seen{found: make([]bool, n)}}}
	}
	return c, nil
}

// With is the ruleset with one more file of rules over it. The error names the file, line and column.
func (c *Classifier) With(name, text string) (*Classifier, error) {
	more, err := compile(append(slices.Clone(c.layers), layer{name, text}))
	if err != nil {
		return nil, err
	}
	return more, more.tried()
}

// Rules are the rules in the order in which they speak; those that are switched off are left out.
func (c *Classifier) Rules() []Rule {
	out := make([]Rule, len(c.rules))
	for i := range c.rules {
		out[i] = c.rules[i].Rule
	}
	return out
}
