package clickhouse

import "strings"

// token is a piece of a statement: a word, a quoted name, a string, or one other character.
type token struct {
	kind       byte // 'w' word or number, 'q' quoted name, 's' string, else the character itself
	text       string
	start, end int
}

// is reports whether the token is a bare word, in any case.
func (t token) is(word string) bool { return t.kind == 'w' && strings.EqualFold(t.text, word) }

// name is the token as an identifier, in lower case; empty if it cannot be one.
func (t token) name() string {
	if t.kind == 'w' || t.kind == 'q' || t.kind == 's' {
		return strings.ToLower(t.text)
	}
	return ""
}

// lexer splits a statement. It goes token by token, so that it never reads into the data after an INSERT.
type lexer struct {
	s   string
	pos int
}

// next returns the next token; ok is false at the end of the text, or in the middle of a quotation.
func (l *lexer) next() (t token, ok bool) {
	l.skip()
	if l.pos >= len(l.s) {
		return token{}, false
	}
	start, c := l.pos, l.s[l.pos]
	switch {
	case wordByte(c):
		for l.pos < len(l.s) && wordByte(l.s[l.pos]) {
			l.pos++
		}
		return token{'w', l.s[start:l.pos], start, l.pos}, true
	case c == '\'':
		return l.quoted(c, 's')
	case c == '"' || c == '`':
		return l.quoted(c, 'q')
	case c == '$':
		if tag := strings.IndexByte(l.s[start+1:], '$'); tag >= 0 {
			mark := l.s[start : start+tag+2]
			if n := strings.Index(l.s[start+len(mark):], mark); n >= 0 && !strings.ContainsAny(mark, " \t\n'\"`") {
				l.pos = start + n + 2*len(mark)
				return token{'s', l.s[start+len(mark) : start+len(mark)+n], start, l.pos}, true
			}
		}
	}
	l.pos++
	return token{c, l.s[start:l.pos], start, l.pos}, true
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (l *lexer) quoted(q, kind byte) (token, bool) {
	var text strings.Builder
	start := l.pos
	for i := start + 1; i < len(l.s); i++ {
		switch c := l.s[i]; {
		case c == '\\' && i+1 < len(l.s):
			i++
			text.WriteByte(l.s[i])
		case c == q && i+1 < len(l.s) && l.s[i+1] == q:
			i++
			text.WriteByte(q)
		case c == q:
			l.pos = i + 1
			return token{kind, text.String(), start, l.pos}, true
		default:
			text.WriteByte(c)
		}
	}
	l.pos = len(l.s)
	return token{}, false
}

// skip passes over white space and comments.
func (l *lexer) skip() {
	for l.pos < len(l.s) {
		rest := l.s[l.pos:]
		var n int
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			n = 1
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "#!"), strings.HasPrefix(rest, "# "):
			if n = strings.IndexByte(rest, '\n') + 1; n == 0 {
				n = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			if n = strings.Index(rest, "*/") + 2; n == 1 {
				n = len(rest)
			}
		default:
			return
		}
		l.pos += n
	}
}
