package decisions

import (
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

// TestReadText: a text may speak of what was published before, and of nothing else.
func TestReadText(t *testing.T) {
	before, _, err := ReadText("d", `{groups: [{id: core, name: Core}], teams: [{id: compute, name: Compute, group: core}], people: [{id: ana, accounts: [{source: code, id: 1}]}],
initiatives: [{id: mesh, name: Mesh, from: 2026-07-01, target: 2026-10-01}]}`, config.Default().Calendar, nil)
	if err != nil || len(before) != 4 {
		t.Fatalf("%v, %v", before, err)
	}
	const text = `teams: [{id: lab, name: Lab, group: core}]
memberships: [{person: ana, team: compute, from: 2026-07-01}]
plans: [{team: compute, quarter: 2026-Q3, shares: {user_asks: 1}, initiative_days: {mesh: 3}}]
asks: [{id: faster, team: compute, quarter: 2026-Q3, rank: 1, title: Faster, asker: ana}]
`
	after, warnings, err := ReadText("d", text, config.Default().Calendar, before)
	if err != nil || len(warnings) > 0 || len(after) != 4 {
		t.Fatalf("%d decisions, %q, %v", len(after), warnings, err)
	}
	for i := range before {
		gone := append([]event.Decision{}, before...)
		gone[i].Retracted = true
		if _, _, err := ReadText("d", text, config.Default().Calendar, gone); err == nil || !strings.HasPrefix(err.Error(), "d:") || !strings.Contains(err.Error(), "defined") {
			t.Errorf("without %s %s: %v", before[i].Kind, before[i].ID, err)
		}
	}
}
