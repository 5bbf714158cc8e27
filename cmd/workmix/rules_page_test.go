package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/web"
)

// TestTryOfHostileRules: rules that would cost much to read are refused before anything is read, as the asker's fault.
func TestTryOfHostileRules(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("#", mostRules+1):       "change.yaml: the text has 32769 bytes, and at most 32768 are read: send it in parts",
		"rules: &a [*a, *a]":                   "change.yaml:1:8: anchors (&name) and aliases (*name) are refused",
		"rules: " + strings.Repeat("[", 32<<9): "change.yaml:1:28: lists and mappings lie more than 20 deep",
	} {
		_, err := (&ruleBook{}).try(t.Context(), text, `{"title": "x"}`)
		if !errors.As(err, new(*web.BadQuestion)) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v, not %s", text, err, want)
		}
	}
}
