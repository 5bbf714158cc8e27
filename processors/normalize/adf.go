package normalize

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// adfNode is a node of an Atlassian Document Format document, the form of texts in version 3 of Jira's API.
type adfNode struct {
	Type    string                     `json:"type"`
	Text    string                     `json:"text"`
	Content []adfNode                  `json:"content"`
	Attrs   map[string]json.RawMessage `json:"attrs"`
}

// errDepth is returned for a document nested deeper than any editor makes one.
var errDepth = errors.New("document is nested deeper than 200 levels")

// bodyText returns a description as text, and whether it was an ADF document; a missing or null one is "".
func bodyText(raw json.RawMessage) (string, bool, error) {
	var s *string
	if len(raw) == 0 {
		return "", false, nil
	}
	if json.Unmarshal(raw, &s) == nil {
		if s == nil {
			return "", false, nil
		}
		return *s, false, nil
	}
	var doc adfNode
	if err := json.Unmarshal(raw, &doc); err != nil {
		return "", false, fmt.Errorf("neither a string nor a document: %w", err)
	}
	text, err := adfText(&doc)
	return text, true, err
}

// adfText returns a document's words: one line a block, an empty line between paragraphs, "- " before items of
// lists, " | " between cells of tables. Unknown kinds of nodes give the text inside them.
func adfText(doc *adfNode) (string, error) {
	var b strings.Builder
	if err := adfWrite(&b, doc, "", 0); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

func adfWrite(b *strings.Builder, n *adfNode, indent string, depth int) error {
	if depth > 200 {
		return errDepth
	}
	switch n.Type {
	case "text":
		b.WriteString(n.Text)
		return nil
	case "hardBreak":
		b.WriteString("\n" + indent)
		return nil
	case "mention", "emoji", "status", "date", "inlineCard", "blockCard", "embedCard", "placeholder":
		b.WriteString(adfAttr(n))
		return nil
	case "rule":
		b.WriteString("----\n")
		return nil
	}
	inner, after := indent, ""
	switch n.Type {
	case "paragraph", "heading", "codeBlock":
		after = "\n"
		if indent == "" {
			after = "\n\n"
		}
	case "listItem", "taskItem", "decisionItem":
		b.WriteString(indent + "- ")
		inner += "  "
		if n.Type != "listItem" {
			after = "\n"
		}
	case "tableRow":
		after = "\n"
	}
	for i := range n.Content {
		if n.Type == "tableRow" && i > 0 {
			b.WriteString(" | ")
		}
		child := &n.Content[i]
		if n.Type == "tableCell" || n.Type == "tableHeader" || n.Type == "tableRow" {
			var cell strings.Builder
			if err := adfWrite(&cell, child, inner, depth+1); err != nil {
				return err
			}
			b.WriteString(strings.Join(strings.Fields(cell.String()), " "))
			continue
		}
		if err := adfWrite(b, child, inner, depth+1); err != nil {
			return err
		}
	}
	b.WriteString(after)
	return nil
}

// adfAttr returns the words of a node that has them in its attributes.
func adfAttr(n *adfNode) string {
	for _, name := range [...]string{"text", "shortName", "url", "timestamp"} {
		var s string
		if json.Unmarshal(n.Attrs[name], &s) == nil && s != "" {
			return s
		}
	}
	return ""
}
