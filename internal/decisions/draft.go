package decisions

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Account is what is known of an account in a tracker, to draft people from.
type Account struct {
	Source, ID, Login, Name string
	Emails                  []string // for which the tracker vouches
	Bot                     bool     // by the tracker's own word
	Person                  string   // pseudonym of the person whom a decision gives it to, or empty
}

// Known is what is known of accounts and of the organisation, to draft decisions from.
type Known struct {
	Accounts  []Account
	Applied   map[string]Applied // by pseudonym: the people that were applied already
	Directory []Told
	Projects  []Project
	First     time.Time // the first day of which anything is known
	Sure      bool      // merge only where a tracker vouches for it
}

// Applied is what a decision says of a person.
type Applied struct {
	Accounts []string // pseudonyms, in the order of the file
	Timezone string
	Bot      bool
}

// Told is what a tracker tells of its organisation, see [event.Directory].
type Told struct {
	Source, Kind, Name string
	Content            string
}

// Project is a repository or project that is read.
type Project struct{ Source, Tracker, Name string }

// git says that it is the author of commits of whom only an address is known.
func (a *Account) git() bool { return strings.HasPrefix(a.ID, "git:") }

// key is what tells accounts apart.
func (a *Account) key() string { return a.Source + "\x00" + a.ID }

// title is the account as a person reads it.
func (a *Account) title() string {
	switch {
	case a.git():
		return fmt.Sprintf("commits by %s <%s> in %s", a.Name, strings.TrimPrefix(a.ID, "git:"), a.Source)
	case a.Login != "":
		return a.Login + " in " + a.Source
	}
	return a.Name + " in " + a.Source
}

// draftHead begins every draft: what it is made of, and what to do with it.
func draftHead(b *strings.Builder, what, of string) {
	fmt.Fprintf(b, "# A draft by workmix suggest %s, from %s. Nothing is published.\n", what, of)
	b.WriteString("# Read it, mend it, then run workmix apply -f with this file or its folder. How sure each entry is stands above it.\n")
}

// comment writes a comment at an indent.
func comment(b *strings.Builder, indent, format string, a ...any) {
	fmt.Fprintf(b, "%s# %s\n", indent, OneLine(fmt.Sprintf(format, a...)))
}

// OneLine is a text without anything that ends a line, so that it cannot end a comment.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_/.-]*$`)

// scalar writes a text for YAML: bare where nothing could be misread.
func scalar(s string) string {
	if plainWord.MatchString(s) && !slices.Contains([]string{"y", "yes", "n", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s)) {
		return s
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return s
	}
	return strconv.Quote(s)
}

// flow writes a list of texts for YAML.
func flow(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = scalar(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// slug makes an id of a name: lower case, letters and digits, single hyphens; empty if nothing is left.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
			continue
		}
		gap = true
	}
	return b.String()
}

// unique returns the id, or it with a number where it is taken, and takes it.
func unique(id string, taken map[string]bool) string {
	out := id
	for n := 2; taken[out]; n++ {
		out = fmt.Sprintf("%s-%d", id, n)
	}
	taken[out] = true
	return out
}
