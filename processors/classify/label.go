package classify

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// tag is a label, a type or a priority in the forms that patterns are held against.
type tag struct {
	said  string // as the item has it
	whole string // see [fold]
	bare  string // without the name of the label's family
	// fits tells by a helper's number whether the tag fits it; nil: nobody asked yet.
	fits []bool
}

// maxTags is how many tags a work keeps: items repeat the same few.
const maxTags = 4096

// tag finds out about a label, type or priority, once for all items that have it.
func (w *work) tag(c *Classifier, said string) *tag {
	said = cutAt(said, maxLabel)
	if t := w.tags[said]; t != nil {
		return t
	}
	said = strings.Clone(said) // not the whole line that it was read from
	t := tagOf(said)
	t.fits = make([]bool, len(c.patterns))
	for i, h := range c.patterns {
		t.fits[i] = h.fitsTag(&t)
	}
	if w.tags == nil || len(w.tags) >= maxTags {
		w.tags = map[string]*tag{}
	}
	w.tags[said] = &t
	return &t
}

// asking are the families of labels that name who asked.
var asking = []string{"asked", "asked by", "asker", "request from", "requested by", "requester", "reporter", "reported by", "from", "customer", "client"}

func (h *helper) fitsTag(t *tag) bool {
	if h.name == "asked" && !slices.Contains(asking, t.family()) {
		return false
	}
	for _, p := range h.args {
		if t.like(p) {
			return true
		}
	}
	return false
}

func tagOf(said string) tag {
	said = cutAt(said, maxLabel)
	whole := fold(said)
	return tag{said: said, whole: whole, bare: bare(said, whole)}
}

// family is the folded name of a label's family: "asked by" of "asked-by: payments"; empty without one.
func (t *tag) family() string {
	i := strings.LastIndexAny(emoji(t.said), "/:")
	if i < 0 {
		return ""
	}
	return fold(strings.TrimRight(t.said[:i], "/: "))
}

// like: a pattern fits the whole label, or what follows its family's name. * stands for anything.
func (t *tag) like(pattern string) bool {
	return fits(pattern, t.whole) || len(t.bare) != len(t.whole) && fits(pattern, t.bare)
}

// fits is path.Match with its usual cases first: an item's labels meet hundreds of patterns, which hardly ever fit and
// have no more than a star at an end.
func fits(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	star := pattern[0] == '*'
	if !star && !special(pattern[0]) && (s == "" || s[0] != pattern[0]) {
		return false
	}
	text := pattern
	if star {
		text = text[1:]
	}
	plain := 0
	for plain < len(text) && !special(text[plain]) {
		plain++
	}
	switch {
	case plain == len(text) && !star:
		return s == text
	case plain == len(text):
		return strings.HasSuffix(s, text) && !strings.Contains(s[:len(s)-len(text)], "/")
	case plain == len(text)-1 && text[plain] == '*' && !star:
		return strings.HasPrefix(s, text[:plain]) && !strings.Contains(s[plain:], "/")
	}
	ok, err := path.Match(pattern, s)
	return err == nil && ok
}

// special says whether a byte of a pattern stands for something else.
func special(b byte) bool { return b == '*' || b == '?' || b == '[' || b == '\\' }

// fold makes the spellings of a label one: lower case, a space for whatever stands between its words, nothing around
// them. "Good-First_Issue", ">good first issue" and "good first issue :seedling:" become "good first issue".
func fold(label string) string {
	if plain(label) {
		return label
	}
	var b strings.Builder
	gap := false
	for _, r := range emoji(strings.ToLower(label)) {
		if !isTag(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain says that folding would change nothing.
func plain(label string) bool {
	for i := range len(label) {
		if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// emoji takes a shortcode such as ":bug:" off a label's end.
func emoji(label string) string {
	cut, ok := strings.CutSuffix(strings.TrimRight(label, " "), ":")
	if !ok {
		return label
	}
	if i := strings.LastIndexByte(cut, ':'); i > 0 && !strings.ContainsAny(cut[i:], " /") {
		return cut[:i]
	}
	return label
}

// isTag: the runes of a folded label; those of patterns among them.
func isTag(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("*?[]+#.", r)
}

// bare returns a label without its family's name: "bug" of "kind/bug", "type: bug", "C-bug" and "00 - bug".
func bare(said, whole string) string {
	said = emoji(said)
	if i := strings.LastIndexAny(said, "/:"); i >= 0 && i+1 < len(said) {
		if s := fold(said[i+1:]); s != "" {
			return s
		}
	}
	head, rest, ok := strings.Cut(whole, " ")
	if ok && (len(head) == 1 && strings.Contains(said, "-") || strings.Trim(head, "0123456789") == "") {
		return rest
	}
	return whole
}

// beginning is a title in lower case from where its sentence begins: after tags in brackets, and after one word or two
// that a colon follows.
func beginning(title string) string {
	s := strings.TrimSpace(strings.ToLower(title))
	for range 4 {
		if s == "" {
			return s
		}
		if i := strings.IndexByte("[(", s[0]); i >= 0 {
			end := strings.IndexByte(s, "])"[i])
			if end < 0 || end > 40 {
				return s
			}
			s = strings.TrimLeft(s[end+1:], " :-")
			continue
		}
		end := strings.IndexByte(s, ':')
		if end < 1 || end > 40 || end+1 >= len(s) || s[end+1] != ' ' || strings.Count(s[:end], " ") > 2 {
			return s
		}
		s = strings.TrimLeft(s[end+1:], " ")
	}
	return s
}

// boxes counts the boxes of a checklist, ticked or not.
func boxes(body string) int {
	n := 0
	for i := 0; ; n++ {
		j := strings.Index(body[i:], "[ ]")
		k := strings.Index(body[i:], "[x]")
		if j < 0 || k >= 0 && k < j {
			j = k
		}
		if j < 0 {
			return n
		}
		i += j + 3
	}
}

// titleWords counts the words of a title, and those among them that are code.
func titleWords(title string) (words, identifiers int) {
	for w := range strings.FieldsSeq(title) {
		words++
		if identifier(w) {
			identifiers++
		}
	}
	return words, identifiers
}

const (
	lowers = "abcdefghijklmnopqrstuvwxyz"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// identifier: readAll, a_b, a::b, a.b(), <tag>, --flag; not a name that small letters begin and capitals end (iOS, mTLS).
func identifier(w string) bool {
	if strings.Contains(w, "://") || strings.HasPrefix(w, "#") || strings.HasPrefix(w, "@") {
		return false
	}
	if bare := strings.TrimRight(w, ":,.;!?)"); len(bare) > 2 && strings.Trim(strings.TrimLeft(bare, lowers), uppers) == "" && bare[0] >= 'a' {
		return false
	}
	for i := 1; i < len(w); i++ {
		a, b := w[i-1], w[i]
		switch {
		case 'a' <= a && a <= 'z' && 'A' <= b && b <= 'Z', b == '_' && i+1 < len(w), a == ':' && b == ':', a == '(' && b == ')', a == '-' && b == '-' && len(w) > 3, a == '<' && b != '=' && b != '-' && len(w) > 2:
			return true
		case a == '.' && i > 1 && ('a' <= b && b <= 'z') && len(w)-i > 1 && 'a' <= w[i-2] && w[i-2] <= 'z':
			return true
		}
	}
	return false
}
