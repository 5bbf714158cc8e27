package classify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
)

// maxText is how many bytes of a body the rules read; what follows is logs and dumps.
const maxText = 32 << 10

// words finds the terms of all rules in one pass over a text. A term matches whole words in lower case; one that ends
// in * matches the beginning of a word.
type words struct {
	trie  *ahocorasick.Trie
	terms map[string]int // term to its number
	// whole and prefix hold for each pattern of the automaton the term that wants a whole word, and the one that
	// wants the beginning of a word; -1 for none.
	whole, prefix []int
}

func newWords(terms []string) *words {
	w := &words{terms: map[string]int{}}
	patterns := map[string]int{}
	var texts []string
	for _, t := range terms {
		if _, ok := w.terms[t]; ok {
			continue
		}
		n := len(w.terms)
		w.terms[t] = n
		text, isPrefix := strings.CutSuffix(strings.ToLower(t), "*")
		p, ok := patterns[text]
		if !ok {
			p = len(texts)
			patterns[text] = p
			texts = append(texts, text)
			w.whole, w.prefix = append(w.whole, -1), append(w.prefix, -1)
		}
		if isPrefix {
			w.prefix[p] = n
		} else {
			w.whole[p] = n
		}
	}
	w.trie = ahocorasick.NewTrieBuilder().AddStrings(texts).Build()
	return w
}

// find returns which terms a text holds, by their numbers.
func (w *words) find(text string) []bool {
	found := make([]bool, len(w.terms))
	lower := strings.ToLower(text)
	w.trie.Walk([]byte(lower), func(end, n, pattern int64) bool {
		from, to := int(end-n)+1, int(end)+1
		if !boundary(lower, from) {
			return true
		}
		if t := w.prefix[pattern]; t >= 0 {
			found[t] = true
		}
		if t := w.whole[pattern]; t >= 0 && boundary(lower, to) {
			found[t] = true
		}
		return true
	})
	return found
}

// boundary says whether no word runs across a byte offset of a text.
func boundary(text string, at int) bool {
	if at <= 0 || at >= len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return !isWord(before) || !isWord(after)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// cut shortens a body to what the rules read, at a rune's beginning.
func cut(body string) string {
	if len(body) <= maxText {
		return body
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(body[n]) {
		n--
	}
	return body[:n]
}
