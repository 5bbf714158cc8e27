package retro

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// Page is what a page of HTML needs of a retrospective.
type Page struct {
	Title, Sentence, Subtitle string
	Style                     template.CSS
	Sections                  []printed
}

type printed struct {
	section
	Tables []shown
}

// shown is a table whose cells know how they stand.
type shown struct {
	Name, Caption, None string
	Head                []standing
	Lines               [][]standing
	Rows                int
}

type standing struct {
	cell
	Right, Long bool
}

// HTML writes the retrospective as a page that needs nothing else.
func (n *Numbers) HTML() ([]byte, error) {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("page of a retrospective: %w", err)
	}
	p := Page{Title: n.Title(), Sentence: n.Sentence(), Subtitle: n.Subtitle(), Style: template.CSS(pageCSS)}
	for _, s := range n.sections() {
		v := printed{section: s}
		for _, t := range s.Tables {
			v.Tables = append(v.Tables, t.shown(s.Title))
		}
		p.Sections = append(p.Sections, v)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("page of a retrospective: %w", err)
	}
	return b.Bytes(), nil
}

// long is from how many characters on a text may be broken.
const long = 24

func (t *tab) shown(section string) shown {
	v := shown{Name: named(t.Caption, section), Caption: t.Caption, None: t.None, Rows: len(t.Rows)}
	for i, h := range t.Head {
		v.Head = append(v.Head, standing{cell{Text: h}, i >= t.Left, false})
	}
	for _, r := range t.Rows {
		var line []standing
		for i, c := range r {
			line = append(line, standing{c, i >= t.Left, len(c.Text) > long})
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}
