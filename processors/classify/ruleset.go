package classify

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/expr-lang/expr/vm"
)

//go:embed builtin.yaml
var builtin string

// engineVersion counts the changes of how rules are evaluated; it is part of every ruleset's id.
const engineVersion = "2"

// compiled is a rule that is ready to run.
type compiled struct {
	Rule
	program *vm.Program
}

// Classifier is a ruleset, compiled. It may be used by several goroutines at once.
type Classifier struct {
	id     string
	layers []layer
	prior  Prior
	band   float64
	rules  []compiled
	words  *words
	spare  sync.Pool // of *work
}

// work is what judging one item needs, kept for the next.
type work struct {
	env
	machine vm.VM
	text    []byte
}

// New compiles the built-in rules and, where path is not empty, the file or folder of rules over them. Errors name
// file, line and column.
func New(path string) (*Classifier, error) {
	layers := []layer{{"builtin.yaml", builtin}}
	if path != "" {
		more, err := readLayers(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, more...)
	}
	return compile(layers)
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

func compile(layers []layer) (*Classifier, error) {
	c := &Classifier{band: 0.1}
	h := sha256.New()
	fmt.Fprintf(h, "engine %s\x00", engineVersion)
	index := map[string]int{}
	var rules []Rule
	for _, l := range layers {
		f, err := parseFile(l.Name, []byte(l.Text))
		if err != nil {
			return nil, err
		}
		// A file's place on this machine is not part of what it says.
		fmt.Fprintf(h, "%s\x00", l.Text)
		c.layers = append(c.layers, layer{filepath.Base(l.Name), l.Text})
		if f.Prior != nil {
			c.prior = *f.Prior
		}
		if f.Band != nil {
			c.band = *f.Band
		}
		for _, r := range f.Rules {
			if i, ok := index[r.Name]; ok {
				rules[i] = r
				continue
			}
			if r.Off {
				return nil, r.at.errorf("rule %q is switched off, but no earlier file has it", r.Name)
			}
			index[r.Name] = len(rules)
			rules = append(rules, r)
		}
	}
	c.id = "r" + hex.EncodeToString(h.Sum(nil))[:12]
	var helpers []*helper
	for _, r := range rules {
		if r.Off {
			continue
		}
		p, hs, err := condition(&r)
		if err != nil {
			return nil, err
		}
		helpers = append(helpers, hs...)
		c.rules = append(c.rules, compiled{r, p})
	}
	c.words = wordsOf(helpers)
	c.spare.New = func() any {
		n := len(c.words.terms)
		return &work{env: env{inTitle: seen{found: make([]bool, n)}, body: seen{found: make([]bool, n)}}}
	}
	return c, nil
}
