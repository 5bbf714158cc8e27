package classify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// folded are the fields that hold lower case alone.
var folded = []string{"type", "labels", "components", "priority", "status", "resolution"}

// closed are the fields that hold some values alone.
var closed = map[string][]string{
	"kind":  {"issue", "incident", "pull_request"},
	"state": {"open", "in_progress", "done", "dropped"},
}

// vain says what is wrong with a comparison of a field with a text that it never holds, and where that text stands.
func vain(b *ast.BinaryNode) (file.Location, error) {
	for _, pair := range [2][2]ast.Node{{b.Left, b.Right}, {b.Right, b.Left}} {
		field, ok := pair[0].(*ast.IdentifierNode)
		if !ok {
			continue
		}
		texts := []ast.Node{pair[1]}
		if list, ok := pair[1].(*ast.ArrayNode); ok {
			texts = list.Nodes
		}
		for _, n := range texts {
			if s, ok := n.(*ast.StringNode); ok {
				if err := never(field.Value, b.Operator, s.Value); err != nil {
					return s.Location(), err
				}
			}
		}
	}
	return file.Location{}, nil
}

func never(field, operator, text string) error {
	parts := slices.Contains([]string{"contains", "startsWith", "endsWith"}, operator)
	whole := slices.Contains([]string{"==", "!=", "in"}, operator)
	values := closed[field]
	switch {
	case slices.Contains(folded, field) && (parts || whole) && text != strings.ToLower(text):
		return fmt.Errorf("%s is in lower case, and never %q: write %q", field, text, strings.ToLower(text))
	case whole && values != nil && !slices.Contains(values, text):
		return fmt.Errorf("%s is never %q, but %s%s", field, text, strings.Join(values, ", "), didYouMean(text, values))
	}
	return nil
}
