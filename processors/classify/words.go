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
// in * matches the beginning of a word. In writings without spaces it matches wherever it stands.
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

// wordsOf gathers the terms that helpers look for, and gives the helpers their numbers.
func wordsOf(helpers []*helper) *words {
	var terms []string
	for _, h := range helpers {
		if h.hasTerms() {
			terms = append(terms, h.args...)
		}
	}
	w := newWords(terms)
	for _, h := range helpers {
		if h.hasTerms() {
			for _, t := range h.args {
				h.terms = append(h.terms, w.terms[t])
			}
		}
	}
	return w
}

// seen is a text and which terms it holds, by their numbers. The revisions of one item come one after another and
// mostly have the same text.
type seen struct {
	text  string
	found []bool
}

// mark sets s to a text. It works in buf and returns it, perhaps grown.
func (w *words) mark(s *seen, text string, buf []byte) []byte {
	if s.text == text {
		return buf
	}
	s.text = text
	found := s.found
	clear(found)
	lower := appendLower(buf[:0], text)
	w.trie.Walk(lower, func(end, n, pattern int64) bool {
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
	return lower
}

// appendLower is strings.ToLower into a buffer.
func appendLower(buf []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return append(buf[:0], strings.ToLower(text)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf = append(buf, c)
	}
	return buf
}

// boundary says whether no word runs across a byte offset of a text.
func boundary(text []byte, at int) bool {
	if at <= 0 || at >= len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRune(text[:at])
	after, _ := utf8.DecodeRune(text[at:])
	return apart(before, after)
}

// apart says whether a word ends between two runes that follow each other. Writings that put nothing between their words
// have no other ends than those of the term that is looked for.
func apart(before, after rune) bool {
	return !isWord(before) || !isWord(after) || spaceless(before) || spaceless(after)
}

// spaceless are the letters of Chinese, Japanese and Thai, which stand without spaces. A run of katakana is one foreign word:
// ダウン is not the beginning of ダウンロード.
func spaceless(r rune) bool {
	return r >= '\u0e00' && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Thai)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// cut shortens a body to what the rules read.
func cut(body string) string { return cutAt(body, maxText) }

// cutAt shortens a text to n bytes or a little less, at a rune's beginning.
func cutAt(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
