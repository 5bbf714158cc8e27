package decisions

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

func read(t *testing.T, text string) []event.Decision {
	t.Helper()
	d, _, err := Read(write(t, text), config.Calendar{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func lines(all []Change) string {
	var out []string
	for _, c := range all {
		out = append(out, fmt.Sprintf("%s %s %s", c.Verb, c.Decision.Kind, c.Decision.ID))
	}
	return strings.Join(out, "\n")
}

// TestAbsent: what the files do not name is kept or retracted, in an order that does not depend on the log's.
func TestAbsent(t *testing.T) {
	log := read(t, good)
	log = append(log, event.Decision{Kind: "team", ID: "zoo"}, event.Decision{Kind: "team", ID: "art"}, event.Decision{Kind: "team", ID: "gone", Retracted: true}, event.Decision{Kind: "ruleset", ID: "r"})
	wanted := read(t, "teams: [{id: lab, name: Lab}]")
	ana := PersonPseudonym("ana")
	want := strings.ReplaceAll("add team lab\n? membership "+ana+"/compute/2026-01-01\n? person "+ana+"\n? team art\n? team compute\n? team zoo\n? group foundation", "? ", "keep ")
	for range 2 {
		kept, err := Diff(log, wanted, false)
		if err != nil || lines(kept) != want {
			t.Errorf("kept (%v):\n%s\nwant\n%s", err, lines(kept), want)
		}
		pruned, err := Diff(log, wanted, true)
		if err != nil || lines(pruned) != strings.ReplaceAll(want, "keep", "retract") {
			t.Errorf("pruned (%v):\n%s", err, lines(pruned))
		}
		for _, c := range pruned[1:] {
			if !c.Decision.Retracted || c.Decision.Body != nil {
				t.Errorf("%s %s is published as it was", c.Decision.Kind, c.Decision.ID)
			}
		}
		slices.Reverse(log)
	}
}

// TestTogether: what is kept must go with what is read.
func TestTogether(t *testing.T) {
	log := read(t, good)
	for name, c := range map[string]struct{ text, want string }{
		"over 100%": {strings.Replace(good, "from: 2026-01-01", "from: 2026-03-01", 1), "is over 100% on 2026-03-01, to 160%, with the memberships that the files do not name"},
		"two names": {strings.ReplaceAll(good, "ana", "anna"), "retract the former with --prune"},
	} {
		wanted := read(t, c.text)
		if _, err := Diff(log, wanted, false); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := Diff(log, wanted, true); err != nil {
			t.Errorf("%s, pruned: %v", name, err)
		}
	}
}
