package retro

import (
	"bytes"
	"fmt"
	"strings"
)

// Markdown writes the retrospective as GitHub-flavoured Markdown.
func (n *Numbers) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n**%s**\n\n%s\n", escape(n.Title()), escape(n.Sentence()), escape(n.Subtitle()))
	for _, s := range n.sections() {
		fmt.Fprintf(&b, "\n## %s\n", escape(s.Title))
		for _, l := range s.Leads {
			fmt.Fprintf(&b, "\n%s\n", escape(l))
		}
		for _, t := range s.Tables {
			t.markdown(&b)
		}
		if len(s.List) > 0 {
			b.WriteByte('\n')
		}
		for _, e := range s.List {
			b.WriteString("- ")
			if e.Strong != "" {
				fmt.Fprintf(&b, "**%s** ", escape(e.Strong))
			}
			b.WriteString(escape(e.Text) + "\n")
		}
		for _, a := range s.Afters {
			fmt.Fprintf(&b, "\n%s\n", escape(a))
		}
	}
	return b.Bytes()
}

// Subtitle says what the retrospective covers and how much was known.
func (n *Numbers) Subtitle() string {
	s := fmt.Sprintf("%s to %s, as known at %s UTC", n.From, n.Through, strings.TrimSuffix(strings.Replace(n.KnownAt, "T", " ", 1), "Z"))
	if !n.Complete {
		s += "; the quarter is not over"
	}
	return s + "."
}

func (t *tab) markdown(b *bytes.Buffer) {
	if t.Caption != "" {
		fmt.Fprintf(b, "\n%s:\n", escape(t.Caption))
	}
	if len(t.Rows) == 0 {
		fmt.Fprintf(b, "\n%s\n", escape(t.None))
		return
	}
	b.WriteString("\n|")
	for _, h := range t.Head {
		fmt.Fprintf(b, " %s |", escape(h))
	}
	b.WriteString("\n|")
	for i := range t.Head {
		if i < t.Left {
			b.WriteString(" --- |")
		} else {
			b.WriteString(" ---: |")
		}
	}
	b.WriteByte('\n')
	for _, r := range t.Rows {
		b.WriteByte('|')
		for _, c := range r {
			text := escape(c.Text)
			if c.URL != "" {
				text = "[" + text + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "").Replace(c.URL) + ">)"
			}
			fmt.Fprintf(b, " %s |", text)
		}
		b.WriteByte('\n')
	}
}

// escape makes text of trackers and people plain text in Markdown.
func escape(s string) string {
	return strings.NewReplacer(
		"\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "&", "&amp;", "\n", " ", "\r", " ",
	).Replace(s)
}
