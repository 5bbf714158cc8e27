package config

import (
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// deepest is how far lists and mappings may lie in each other in a text that came over the network. Nothing that
// workmix reads has more than six levels.
const deepest = 20

// CheckSent refuses YAML that somebody sent, before it is parsed, if reading it would cost much more than its size says: one
// of more than most bytes, one with anchors and aliases, which make much of little, and one that nests deeply, for which
// the parser's time grows with the square. name stands before each place in errors.
func CheckSent(name, text string, most int) error {
	if len(text) > most {
		return fmt.Errorf("%s: the text has %d bytes, and at most %d are read: send it in parts", name, len(text), most)
	}
	depth, line, entries := 0, 0, 0
	for _, t := range lexer.Tokenize(text) {
		at := fmt.Sprintf("%s:%d:%d", name, t.Position.Line, t.Position.Column)
		switch t.Type {
		case token.AnchorType, token.AliasType:
			return fmt.Errorf("%s: anchors (&name) and aliases (*name) are refused in a text that is sent: write out what they stand for, or put a value that begins so into quotes", at)
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType: // "- - -" on a line nests, too
			if t.Position.Line != line {
				line, entries = t.Position.Line, 0
			}
			entries++
		}
		if depth < -deepest { // a few the parser finds in no time
			return fmt.Errorf("%s: more than %d lists and mappings end that began nowhere: remove the brackets, or put the text into quotes", at, deepest)
		}
		if depth > deepest || entries > deepest {
			return fmt.Errorf("%s: lists and mappings lie more than %d deep in each other: no decision or rule needs that", at, deepest)
		}
	}
	return nil
}
