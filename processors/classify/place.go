package classify

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// position is a place in a file of rules; lines and columns count from 1, columns in characters.
type position struct {
	file      string
	line, col int
}

func (p position) errorf(format string, a ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", p.file, p.line, p.col, fmt.Sprintf(format, a...))
}

// place finds where a rule's field stands: the first of the fields that exists, else the rule itself.
func place(name string, tree *ast.File, path string, fields ...string) position {
	for _, f := range append(fields, "") {
		full := path
		if f != "" {
			full += "." + f
		}
		yp, err := yaml.PathString(full)
		if err != nil {
			continue
		}
		if n, err := yp.FilterFile(tree); err == nil && n != nil && n.GetToken() != nil {
			return position{name, n.GetToken().Position.Line, n.GetToken().Position.Column}
		}
	}
	return position{name, 1, 1}
}

// inside finds a character of a value, by its number from 0, in the text of the file where the value begins at p: past
// quotes and what they escape, over folded lines and in blocks. Where the text does not hold the value as it is (an
// alias stands there), the place is where that begins.
func (p position) inside(text, value string, number int) position {
	w := &walk{position: p, quote: ' '}
	for line := range strings.SplitSeq(text, "\n") {
		w.lines = append(w.lines, []rune(strings.TrimSuffix(line, "\r")))
	}
	if p.line > len(w.lines) || p.col > len(w.lines[p.line-1]) {
		return p
	}
	switch first := w.lines[p.line-1][p.col-1]; first {
	case '\'', '"':
		w.quote = first
		w.col++
	case '|', '>':
		w.block = true
		w.line++
		first := w.line
		for w.line <= len(w.lines) && w.blank() {
			w.line++
		}
		if w.line > len(w.lines) {
			return p
		}
		w.indent = len(w.rest()) - len(trimmed(w.rest()))
		w.line = first
		w.col = min(w.indent, len(w.rest())) + 1
	}
	for i, r := range []rune(value) {
		if i == number {
			if w.skip() {
				return w.position
			}
			return p
		}
		if !w.step(r) {
			return p
		}
	}
	return p
}

// walk is a way through a value as a file writes it.
type walk struct {
	position
	lines  [][]rune
	quote  rune // or a space
	block  bool
	indent int // of a block
}

func (w *walk) rest() []rune { return w.lines[w.line-1][min(w.col-1, len(w.lines[w.line-1])):] }

func (w *walk) blank() bool { w.col = 1; return len(trimmed(w.rest())) == 0 }

func trimmed(line []rune) []rune {
	for len(line) > 0 && unicode.IsSpace(line[0]) {
		line = line[1:]
	}
	return line
}

// ends says that nothing of the value is left on the line.
func (w *walk) ends() bool {
	return len(w.rest()) == 0 || !w.block && len(trimmed(w.rest())) == 0
}

// next goes to the beginning of the next line's text; false: there is none.
func (w *walk) next() bool {
	if w.line == len(w.lines) {
		return false
	}
	w.line++
	w.col = 1
	if w.block {
		w.col = min(w.indent, len(w.rest())) + 1
	} else {
		w.col = len(w.rest()) - len(trimmed(w.rest())) + 1
	}
	return true
}

// skip goes on to the line on which the next character stands.
func (w *walk) skip() bool {
	for w.ends() {
		if !w.next() {
			return false
		}
	}
	return true
}

// step goes over one character of the value; false: the text has another one.
func (w *walk) step(r rune) bool {
	if unicode.IsSpace(r) && w.ends() {
		return w.next()
	}
	if !w.skip() {
		return false
	}
	rest := w.rest()
	switch {
	case w.quote == '\'' && rest[0] == '\'' && r == '\'':
		w.col += 2
	case w.quote == '"' && rest[0] == '\\' && len(rest) > 1:
		w.col += 2 + map[rune]int{'x': 2, 'u': 4, 'U': 8}[rest[1]]
	case rest[0] == r:
		w.col++
	default:
		return false
	}
	return true
}
