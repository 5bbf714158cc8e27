package normalize

import (
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// mention is a key of another item found in a text.
type mention struct {
	key      string
	relation event.Relation // closes or mentions
}

// mentions finds the keys of items in a text: OPS-12, owner/repo#12, #12 (of project, if that is "owner/repo"),
// and the web addresses of GitHub issues and pull requests and of Jira issues. A key that follows one of
// GitHub's closing keywords ("fixes #12", "Closes: owner/repo#12") is closed by the text, if closing is true.
// Each key comes once, in the order of the text, as closes if it is closed anywhere. Code is read as text.
func mentions(text, project string, closing bool) []mention {
	var out []mention
	index := map[string]int{}
	for i := 0; i < len(text); {
		key, end := keyAt(text, i, project)
		if key == "" {
			i = max(end, skip(text, i))
			continue
		}
		m := mention{key, event.RelationMentions}
		if closing && closes(text[:i]) {
			m.relation = event.RelationCloses
		}
		if j, ok := index[key]; !ok {
			index[key] = len(out)
			out = append(out, m)
		} else if m.relation == event.RelationCloses {
			out[j] = m
		}
		i = end
	}
	return out
}

// skip returns the next place after i at which a key can begin: after the end of a word.
func skip(text string, i int) int {
	if !word(text[i]) {
		return i + 1
	}
	for i < len(text) && word(text[i]) {
		i++
	}
	return i
}

// word says whether a byte can stand inside a word, so that a key beside it is none. Bytes of letters beyond
// ASCII count as such.
func word(c byte) bool { return letter(c) || digit(c) || c == '_' || c == '-' || c >= 0x80 }

func letter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// keyAt reads the key that begins at i, where a word begins, and returns it with the place after it; or "".
func keyAt(text string, i int, project string) (string, int) {
	rest := text[i:]
	switch c := rest[0]; {
	case c == '#':
		if i > 0 && (word(text[i-1]) || text[i-1] == '&') { // the end of another word, or &#39;
			return "", 0
		}
		if n := number(rest[1:]); n > 0 && strings.Contains(project, "/") {
			return project + rest[:1+n], i + 1 + n
		}
	case c == 'h' && strings.HasPrefix(rest, "http"):
		return addressAt(text, i)
	case c >= 'A' && c <= 'Z':
		if n := jiraKey(rest); n > 0 {
			return rest[:n], i + n
		}
		fallthrough
	case letter(c) || digit(c):
		if n := repository(rest); n > 0 && n < len(rest) && rest[n] == '#' {
			if d := number(rest[n+1:]); d > 0 {
				return rest[:n+1+d], i + n + 1 + d
			}
		}
	}
	return "", 0
}

// number returns the length of the number at the beginning of s, or 0 if there is none or a word goes on.
func number(s string) int {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	if n == 0 || n > 9 || s[0] == '0' || n < len(s) && word(s[n]) && s[n] != '-' {
		return 0
	}
	return n
}

// jiraKey returns the length of a key such as OPS-12 at the beginning of s, or 0. Names of standards that look
// like one (UTF-8, SHA-256) are none.
func jiraKey(s string) int {
	p := 0
	for p < len(s) && (s[p] >= 'A' && s[p] <= 'Z' || p > 0 && (digit(s[p]) || s[p] == '_')) {
		p++
	}
	if p < 2 || p >= len(s) || s[p] != '-' {
		return 0
	}
	d := number(s[p+1:])
	if d == 0 || p+1+d < len(s) && s[p+1+d] == '-' && p+2+d < len(s) && digit(s[p+2+d]) { // CVE-2024-1234, a date
		return 0
	}
	switch s[:p] {
	case "UTF", "UCS", "SHA", "SHA1", "SHA2", "SHA3", "MD", "AES", "RSA", "ISO", "IEC", "IEEE", "RFC", "CVE", "CWE", "GHSA", "HTTP", "TLS", "SSL",
		"BIP", "EIP", "PEP", "JEP", "KIP", "ECMA", "ANSI", "ASCII", "CP", "GPT", "GPL", "LGPL", "AGPL", "BSD", "MPL", "WCAG", "PCI", "COVID", "UTC", "GMT":
		return 0
	}
	return p + 1 + d
}

// repository returns the length of "owner/name" at the beginning of s, or 0.
func repository(s string) int {
	slash := 0
	for i := range len(s) {
		switch c := s[i]; {
		case letter(c) || digit(c) || c == '-' || slash > 0 && (c == '_' || c == '.'):
		case c == '/' && slash == 0 && i > 0:
			slash = i
		default:
			if slash == 0 || i == slash+1 {
				return 0
			}
			return i
		}
	}
	return 0
}

// addressAt reads the web or API address of an issue at i and returns its key and the address's end; for another
// address "" and the end.
func addressAt(text string, i int) (string, int) {
	end := i
	for end < len(text) && !strings.ContainsRune(" \t\r\n<>\"'`)]}|", rune(text[end])) {
		end++
	}
	key := keyOfURL(strings.TrimRight(text[i:end], ".,;:!?"))
	return key, end
}

// keyOfURL returns the key of the item at a GitHub or Jira address ("https://host/owner/repo/issues/12",
// "https://api.host/repos/owner/repo/pulls/12", "https://host/browse/OPS-12"), or "".
func keyOfURL(url string) string {
	_, path, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	parts := strings.Split(strings.TrimRight(path, "/"), "/")
	for i := len(parts) - 2; i >= 1; i-- {
		switch parts[i] {
		case "browse":
			if n := jiraKey(parts[i+1]); n > 0 && n == len(parts[i+1]) {
				return parts[i+1]
			}
		case "issues", "pull", "pulls":
			if n := number(parts[i+1]); i >= 3 && n > 0 && n == len(parts[i+1]) && parts[i-1] != "" && parts[i-2] != "" {
				return parts[i-2] + "/" + parts[i-1] + "#" + parts[i+1]
			}
		}
	}
	return ""
}

// closes says whether a text ends with one of GitHub's closing keywords, a colon and spaces allowed after it.
func closes(text string) bool {
	text = strings.TrimRight(text, " \t")
	text = strings.TrimSuffix(text, ":")
	if len(text) > 0 && text[len(text)-1] == '[' { // the text of a Markdown link
		text = strings.TrimRight(text[:len(text)-1], " \t:")
	}
	n := len(text)
	for n > 0 && letter(text[n-1]) {
		n--
	}
	if n > 0 && word(text[n-1]) {
		return false
	}
	switch strings.ToLower(text[n:]) {
	case "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved":
		return true
	}
	return false
}
