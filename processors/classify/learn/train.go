package learn

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/workmix/workmix/processors/classify"
)

// Training says how a text model is trained.
type Training struct {
	// MinItems and MinSources are in how many items, and of how many sources, a word must stand to be kept.
	MinItems, MinSources int
	// Exclude are stems that are kept out whatever the data hold: names of people and accounts.
	Exclude map[string]bool
	// Penalty is the strength of the L2 penalty, for drive and for horizon.
	Penalty [2]float64
	// MaxWords is how many words are kept: those with the greatest weights.
	MaxWords int
	// Start is a model whose weights are kept unless the examples speak against them; nil for none.
	Start *classify.Model
}

// Defaults are what `make train` uses. Two sources at least hold a word that may be published; three make it a general
// one.
func Defaults() Training {
	return Training{MinItems: 8, MinSources: 5, Penalty: [2]float64{0.5, 0.5}, MaxWords: 3000}
}

// Further is how a company takes a model further by its own labels: few items, of its own sources.
func Further(from *classify.Model) Training {
	return Training{MinItems: 3, MinSources: 1, Penalty: [2]float64{0.5, 0.5}, MaxWords: 20000, Start: from}
}

// axes are the labels of the two axes.
var axes = [2]func(*Example) int{
	func(e *Example) int { return e.Forced },
	func(e *Example) int { return e.Long },
}

// Train makes a model of examples. Base and Scale are those of the weights themselves: see [Calibrate].
func Train(all []Example, o Training) (*classify.Model, error) {
	m, docs, err := vocabulary(all, o)
	if err != nil {
		return nil, err
	}
	for axis := range axes {
		if err := m.fit(all, docs, axis, o); err != nil {
			return nil, err
		}
	}
	out := &classify.Model{Scale: [2]float64{1, 1}, Base: m.base}
	type kept struct {
		classify.Word
		weight float64
	}
	var words []kept
	for i, w := range m.words {
		k := kept{Word: w}
		for axis := range axes {
			for field := range 2 {
				v := m.weights[axis][2*i+field]
				k.W[axis][field] = v
				k.weight += math.Abs(v) * math.Sqrt(float64(1+m.items[i]))
			}
		}
		if k.weight >= 0.01 {
			words = append(words, k)
		}
	}
	slices.SortFunc(words, func(a, b kept) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.Stem, b.Stem)) })
	words = words[:min(len(words), o.MaxWords)]
	slices.SortFunc(words, func(a, b kept) int { return cmp.Compare(a.Stem, b.Stem) })
	for _, w := range words {
		out.Words = append(out.Words, w.Word)
	}
	for _, s := range sources(all) {
		out.Known = append(out.Known, classify.SourceDigest(s))
	}
	if o.Start != nil {
		out.Known = append(out.Known, o.Start.Known...)
	}
	slices.Sort(out.Known)
	out.Known = slices.Compact(out.Known)
	out.Index()
	return out, nil
}

// trained is a model in the making.
type trained struct {
	words   []classify.Word
	items   []int // in how many examples each word stands
	weights [2][]float64
	base    [2]float64
}

// feature is a word of a field of an example, weighted.
type feature struct {
	i int // 2*word + field
	x float64
}

// vocabulary finds the words of the examples that may be kept, and the examples as vectors.
func vocabulary(all []Example, o Training) (*trained, [][]feature, error) {
	type seen struct {
		items   int
		sources map[string]bool
	}
	words := map[string]*seen{}
	fields := make([][2]map[string]int, len(all))
	for i := range all {
		e := &all[i]
		if e.words[0] == nil {
			e.words = [2]map[string]int{count(e.Item.Title), count(classify.ModelBody(e.Item.Body))}
		}
		fields[i] = e.words
		once := map[string]bool{}
		for _, f := range fields[i] {
			for w := range f {
				if once[w] || o.Exclude[w] {
					continue
				}
				once[w] = true
				s := words[w]
				if s == nil {
					s = &seen{sources: map[string]bool{}}
					words[w] = s
				}
				s.items++
				s.sources[e.Source] = true
			}
		}
	}
	m := &trained{}
	index := map[string]int{}
	var stems []string
	for w, s := range words {
		if isWord(w) && s.items >= o.MinItems && len(s.sources) >= o.MinSources {
			stems = append(stems, w)
		}
	}
	slices.Sort(stems)
	from := map[string]float64{}
	if o.Start != nil {
		for _, w := range o.Start.Words {
			from[w.Stem] = w.IDF
			if s := words[w.Stem]; s == nil || s.items < o.MinItems || len(s.sources) < o.MinSources {
				stems = append(stems, w.Stem)
			}
			if words[w.Stem] == nil {
				words[w.Stem] = &seen{}
			}
		}
		slices.Sort(stems)
	}
	if len(stems) == 0 {
		return nil, nil, fmt.Errorf("no word stands in %d items of %d sources: more examples are needed", o.MinItems, o.MinSources)
	}
	for _, w := range stems {
		index[w] = len(m.words)
		idf, ok := from[w]
		if !ok {
			idf = 1 + math.Log(float64(len(all))/float64(words[w].items))
		}
		m.words = append(m.words, classify.Word{Stem: w, IDF: idf})
		m.items = append(m.items, words[w].items)
	}
	docs := make([][]feature, len(all))
	for i := range all {
		for field, f := range fields[i] {
			from, norm := len(docs[i]), 0.0
			for w, n := range f {
				k, ok := index[w]
				if !ok {
					continue
				}
				x := (1 + math.Log(float64(n))) * m.words[k].IDF
				docs[i] = append(docs[i], feature{2*k + field, x})
				norm += x * x
			}
			// The order of a map is not that of the next run, and sums of floats depend on it.
			slices.SortFunc(docs[i][from:], func(a, b feature) int { return cmp.Compare(a.i, b.i) })
			norm = 0
			for _, f := range docs[i][from:] {
				norm += f.x * f.x
			}
			for k := from; k < len(docs[i]); k++ {
				docs[i][k].x /= math.Sqrt(norm)
			}
		}
	}
	return m, docs, nil
}

func isWord(stem string) bool {
	for _, r := range stem {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return true
}

func count(text string) map[string]int {
	out := map[string]int{}
	classify.Terms([]byte(strings.ToLower(text)), func(w []byte) { out[string(w)]++ })
	return out
}

// fit finds the weights of one axis. The rarer side counts as much as the other, up to tenfold.
func (m *trained) fit(all []Example, docs [][]feature, axis int, o Training) error {
	var mass [2]float64
	for i := range all {
		if y := axes[axis](&all[i]); y != 0 {
			mass[bit(y > 0)] += all[i].Weight
		}
	}
	if (mass[0] == 0 || mass[1] == 0) && o.Start == nil {
		return errors.New("the examples hold one side alone of an axis: " + []string{"drive", "horizon"}[axis])
	}
	balance := [2]float64{1, 1}
	if rarer := bit(mass[1] < mass[0]); o.Start == nil {
		balance[rarer] = min(10, math.Sqrt(mass[1-rarer]/mass[rarer]))
	}
	n := 2*len(m.words) + 1
	start := m.start(axis, o.Start)
	x := slices.Clone(start) // the last is the base
	minimise(x, 200, func(x, g []float64) float64 {
		value := 0.0
		for i := range n - 1 {
			d := x[i] - start[i]
			g[i] = o.Penalty[axis] * d
			value += o.Penalty[axis] * d * d / 2
		}
		g[n-1] = 0
		if o.Start != nil { // few labels may all be of one side: that is no reason to think so of everything
			d := x[n-1] - start[n-1]
			g[n-1] = 20 * d
			value += 10 * d * d
		}
		for i := range all {
			y := axes[axis](&all[i])
			if y == 0 {
				continue
			}
			weight := all[i].Weight * balance[bit(y > 0)]
			z := x[n-1]
			for _, f := range docs[i] {
				z += f.x * x[f.i]
			}
			z *= float64(y)
			value += weight * softplus(-z)
			d := -weight * float64(y) / (1 + math.Exp(z))
			for _, f := range docs[i] {
				g[f.i] += d * f.x
			}
			g[n-1] += d
		}
		return value
	})
	m.weights[axis], m.base[axis] = x[:n-1], x[n-1]
	return nil
}

// start are the weights from which a training departs, and to which its penalty draws it back.
func (m *trained) start(axis int, from *classify.Model) []float64 {
	out := make([]float64, 2*len(m.words)+1)
	if from == nil {
		return out
	}
	known := map[string]*classify.Word{}
	for i := range from.Words {
		known[from.Words[i].Stem] = &from.Words[i]
	}
	for i, w := range m.words {
		if k := known[w.Stem]; k != nil {
			for field, v := range k.W[axis] {
				out[2*i+field] = v * from.Scale[axis]
			}
		}
	}
	out[len(out)-1] = from.Base[axis]
	return out
}

// softplus is log(1 + e^z) without overflow.
func softplus(z float64) float64 {
	if z > 30 {
		return z
	}
	return math.Log1p(math.Exp(z))
}

// Sources are the names of the sources of examples, sorted.
func Sources(all []Example) []string { return sources(all) }

// ExcludeSources keeps the words of the sources' own names out of a model: they tell a project, not a kind of work.
func (o *Training) ExcludeSources(all []Example) {
	out := maps.Clone(o.Exclude)
	if out == nil {
		out = map[string]bool{}
	}
	for _, s := range sources(all) {
		words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r < 'a' || r > 'z' })
		for _, w := range words {
			if w == "github" || w == "jira" {
				continue
			}
			classify.Terms([]byte(w), func(stem []byte) { out[string(stem)] = true })
		}
	}
	o.Exclude = out
}
