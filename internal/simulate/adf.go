package simulate

import "strings"

// toADF makes an Atlassian document of plain text: paragraphs parted by blank lines, "- " lines as a bullet
// list, ``` fences as a code block. What is a document already stays; null stays null.
func toADF(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	var content []any
	for _, block := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if b := strings.TrimSpace(block); b != "" {
			content = append(content, adfBlock(b))
		}
	}
	if content == nil {
		content = []any{}
	}
	return Object{"type": "doc", "version": 1, "content": content}
}

func adfBlock(b string) Object {
	if code, ok := strings.CutPrefix(b, "```"); ok {
		_, code, _ = strings.Cut(code, "\n")
		code = strings.TrimSuffix(strings.TrimSuffix(code, "```"), "\n")
		return Object{"type": "codeBlock", "content": []any{Object{"type": "text", "text": code}}}
	}
	lines := strings.Split(b, "\n")
	bullets := []any{}
	for _, l := range lines {
		item, ok := strings.CutPrefix(l, "- ")
		if !ok || item == "" {
			return adfParagraph(lines)
		}
		bullets = append(bullets, Object{"type": "listItem", "content": []any{adfParagraph([]string{item})}})
	}
	return Object{"type": "bulletList", "content": bullets}
}

func adfParagraph(lines []string) Object {
	var content []any
	for n, l := range lines {
		if n > 0 {
			content = append(content, Object{"type": "hardBreak"})
		}
		if l != "" {
			content = append(content, Object{"type": "text", "text": l})
		}
	}
	return Object{"type": "paragraph", "content": content}
}

// fromADF is the plain text of an Atlassian document, as version 2 of the API would give it. Text stays text.
func fromADF(v any) any {
	o := object(v)
	if o == nil || text(o["type"]) != "doc" {
		return v
	}
	var blocks []string
	for _, b := range objects(o["content"]) {
		var s strings.Builder
		adfText(&s, b)
		blocks = append(blocks, s.String())
	}
	return strings.Join(blocks, "\n\n")
}

func adfText(s *strings.Builder, o Object) {
	switch text(o["type"]) {
	case "text":
		s.WriteString(text(o["text"]))
	case "hardBreak":
		s.WriteByte('\n')
	}
	for n, c := range objects(o["content"]) {
		if text(c["type"]) == "listItem" {
			if n > 0 {
				s.WriteByte('\n')
			}
			s.WriteString("- ")
		}
		adfText(s, c)
	}
}
