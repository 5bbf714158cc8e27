package classify

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// Written is the rule as a file writes it, below "rules:".
func (r *Rule) Written() (string, error) {
	var fields yaml.MapSlice
	for _, f := range []struct {
		name  string
		value any
		says  bool
	}{
		{"name", r.Name, true},
		{"when", r.When, true},
		{"forced", r.Forced, r.Forced != 0},
		{"long", r.Long, r.Long != 0},
		{"category", r.Category, r.Category != ""},
		{"property", r.Property, r.Property != ""},
		{"forced_reason", r.ForcedReason, r.ForcedReason != ""},
		{"initiative", r.Initiative, r.Initiative != ""},
		{"because", r.Because, true},
	} {
		if f.says {
			fields = append(fields, yaml.MapItem{Key: f.name, Value: f.value})
		}
	}
	text, err := yaml.Marshal([]yaml.MapSlice{fields})
	if err != nil {
		return "", fmt.Errorf("rule %s: %w", r.Name, err)
	}
	return "  " + strings.ReplaceAll(strings.TrimSuffix(string(text), "\n"), "\n", "\n  ") + "\n", nil
}
