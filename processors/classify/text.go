package classify

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/workmix/workmix/internal/event"
)

// builtinModel is what `make train` writes.
//
//go:embed model.tsv
var builtinModel string

// modelText is how many bytes of a body the text model reads: what an item is about stands at its beginning.
const modelText = 2 << 10

// Model is a text model: for each axis a logistic regression over the words of the title and of the body, weighted by
// TF-IDF, each of the two scaled to length 1. Its text is a table that people can read.
type Model struct {
	// Comments are the lines that say what it was trained on and how good it was.
	Comments []string
	// Known are digests of the names of the sources that it was trained on, see [SourceDigest].
	Known []string
	// Base is the log-odds of the axis before any word is read.
	Base [2]float64
	// Scale makes the sum of the words' weights log-odds; found on sources that the weights were not trained on.
	Scale [2]float64
	// Words are the stems in their order.
	Words []Word

	index map[string]int32
}

// Word is a stem with its weights.
type Word struct {
	Stem string
	IDF  float64
	// W holds the weights: [axis][0 title, 1 body]; axis 0 is forced, 1 is long.
	W [2][2]float64
}

// ParseModel reads a model's text. An error begins with line:column: of what is wrong.
func ParseModel(text string) (*Model, error) {
	m := &Model{}
	sc := bufio.NewScanner(strings.NewReader(text))
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := sc.Text()
		if c, ok := strings.CutPrefix(line, "# "); ok {
			m.Comments = append(m.Comments, c)
			continue
		}
		f := strings.Split(line, "\t")
		if column, err := m.line(f); err != nil {
			return nil, fmt.Errorf("%d:%d: text model: %w", n, column, err)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("1:1: text model: %w", err)
	}
	m.Index()
	return m, nil
}

// line reads one line's cells; of an error it says in which column of the text it is, counted in characters from 1.
func (m *Model) line(f []string) (column int, err error) {
	numbers := func(to ...*float64) (int, error) {
		if len(f) != len(to)+1 {
			return 1, fmt.Errorf("%d cells, not %d", len(f), len(to)+1)
		}
		column := 1
		for i, p := range to {
			column += utf8.RuneCountInString(f[i]) + 1
			v, err := strconv.ParseFloat(f[i+1], 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return column, fmt.Errorf("%q is not a number", f[i+1])
			}
			*p = v
		}
		return 1, nil
	}
	switch f[0] {
	case "":
		return 1, errors.New("an empty line")
	case "(known)":
		m.Known = f[1:]
		return 1, nil
	case "(base)":
		return numbers(&m.Base[0], &m.Base[1])
	case "(scale)":
		return numbers(&m.Scale[0], &m.Scale[1])
	case "(word)": // the head of the table
		return 1, nil
	}
	w := Word{Stem: f[0]}
	column, err = numbers(&w.IDF, &w.W[0][0], &w.W[0][1], &w.W[1][0], &w.W[1][1])
	m.Words = append(m.Words, w)
	return column, err
}

// Text is what [ParseModel] reads.
func (m *Model) Text() string {
	var b strings.Builder
	for _, c := range m.Comments {
		fmt.Fprintf(&b, "# %s\n", c)
	}
	if len(m.Known) > 0 {
		fmt.Fprintf(&b, "(known)\t%s\n", strings.Join(m.Known, "\t"))
	}
	fmt.Fprintf(&b, "(base)\t%.3f\t%.3f\n(scale)\t%.3f\t%.3f\n", m.Base[0], m.Base[1], m.Scale[0], m.Scale[1])
	b.WriteString("(word)\tidf\tforced, title\tforced, body\tlong, title\tlong, body\n")
	for i := range m.Words {
		w := &m.Words[i]
		fmt.Fprintf(&b, "%s\t%.2f\t%s\t%s\t%s\t%s\n", w.Stem, w.IDF, weight(w.W[0][0]), weight(w.W[0][1]), weight(w.W[1][0]), weight(w.W[1][1]))
	}
	return b.String()
}

func weight(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100+0, 'f', -1, 64) }

// Index prepares a model whose words were set by hand.
func (m *Model) Index() {
	m.index = make(map[string]int32, len(m.Words))
	for i := range m.Words {
		m.index[m.Words[i].Stem] = int32(i)
	}
}

// reading is the model's work on one item, kept for the next.
type reading struct {
	title, body string // whose scores these are
	ready       bool
	count       []uint16 // of each word in the field at hand
	touched     []int32
	heard       [2][]heard
	odds        [2]float64 // log-odds relative to the base
	lower       []byte
	evidence    [2]string
}

// heard is a word with what it adds on an axis.
type heard struct {
	word int32
	odds float64
}

// read sets r to the scores of a text.
func (m *Model) read(r *reading, title, body string) {
	if len(body) > modelText {
		body = cutAt(body, modelText)
	}
	if r.ready && r.title == title && r.body == body {
		return
	}
	if len(r.count) < len(m.Words) {
		r.count = make([]uint16, len(m.Words))
	}
	r.title, r.body, r.ready, r.odds, r.evidence = title, body, true, [2]float64{}, [2]string{}
	for axis := range r.heard {
		r.heard[axis] = r.heard[axis][:0]
	}
	m.field(r, title, 0)
	m.field(r, body, 1)
}

// field adds what one field says.
func (m *Model) field(r *reading, text string, field int) {
	r.lower = appendLower(r.lower[:0], text)
	r.touched = r.touched[:0]
	Terms(r.lower, func(word []byte) {
		if i, ok := m.index[string(word)]; ok {
			if r.count[i] == 0 {
				r.touched = append(r.touched, i)
			}
			if r.count[i] < math.MaxUint16 {
				r.count[i]++
			}
		}
	})
	norm := 0.0
	for _, i := range r.touched {
		x := tf(r.count[i]) * m.Words[i].IDF
		norm += x * x
	}
	norm = math.Sqrt(norm)
	for _, i := range r.touched {
		w := &m.Words[i]
		x := tf(r.count[i]) * w.IDF / norm
		r.count[i] = 0
		for axis := range r.odds {
			if v := x * w.W[axis][field] * m.Scale[axis]; v != 0 {
				r.odds[axis] += v
				r.heard[axis] = append(r.heard[axis], heard{i, v})
			}
		}
	}
}

// tf dampens how often a word stands in a text.
func tf(n uint16) float64 {
	if n == 1 {
		return 1
	}
	return 1 + math.Log(float64(n))
}

// Odds returns the model's own log-odds of forced and long for a text.
func (m *Model) Odds(title, body string) [2]float64 {
	var r reading
	m.read(&r, title, body)
	return [2]float64{m.Base[0] + r.odds[0], m.Base[1] + r.odds[1]}
}

// said are the words that weighed most on an axis, with what each added, the heaviest first.
func (m *Model) said(r *reading, axis int) string {
	if r.evidence[axis] != "" {
		return r.evidence[axis]
	}
	var top [4]heard
	for _, h := range r.heard[axis] {
		for k := range top {
			if math.Abs(h.odds) > math.Abs(top[k].odds) {
				copy(top[k+1:], top[k:len(top)-1])
				top[k] = h
				break
			}
		}
	}
	var buf [128]byte
	b := buf[:0]
	for _, h := range top {
		if math.Abs(h.odds) < 0.005 {
			break
		}
		if len(b) > 0 {
			b = append(b, ", "...)
		}
		b = append(b, m.Words[h.word].Stem...)
		b = append(b, ' ')
		if h.odds > 0 {
			b = append(b, '+')
		}
		b = strconv.AppendFloat(b, h.odds, 'f', 2, 64)
	}
	r.evidence[axis] = string(b)
	return r.evidence[axis]
}

// The names under which the text model's evidence stands.
const (
	textForced = "text-drive"
	textLong   = "text-horizon"
)

// speak adds the model's evidence. It says less the more the rules have said: between rules that are sure and a model
// that only knows words, the rules win.
func (c *Classifier) speak(w *work, sum [2]float64, v *Verdict) [2]float64 {
	if c.model == nil {
		return [2]float64{}
	}
	c.model.read(&w.reading, w.item.Title, w.item.Body)
	var out [2]float64
	says := [2]float64{c.text.Forced, c.text.Long}
	for axis, name := range []string{textForced, textLong} {
		odds := round2(says[axis] * w.reading.odds[axis] / (1 + math.Abs(sum[axis])/c.text.Yield))
		if odds == 0 {
			continue
		}
		out[axis] = odds
		e := event.Evidence{Rule: name, Because: "the words are more like those of " + sideOf(axis, odds) + " work", Matched: c.model.said(&w.reading, axis)}
		if axis == 0 {
			e.Forced = odds
		} else {
			e.Long = odds
		}
		v.Evidence = append(v.Evidence, e)
	}
	return out
}

func sideOf(axis int, odds float64) string {
	return [2][2]string{{"discretionary", "forced"}, {"short-term", "long-term"}}[axis][bit(odds > 0)]
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func round2(v float64) float64 { return math.Round(v*100)/100 + 0 }

// TrainedOn says whether the model has seen items of a source.
func (m *Model) TrainedOn(source string) bool { return slices.Contains(m.Known, SourceDigest(source)) }

// ModelBody is what of a body the model reads.
func ModelBody(body string) string { return cutAt(body, modelText) }
