package decisions

import (
	"fmt"
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

// TestReadTextBeside: what a folder of files is checked for, a text is checked for together with what was published before.
func TestReadTextBeside(t *testing.T) {
	const before = `teams: [{id: compute, name: Compute}, {id: lab, name: Lab}]
people: [{id: ana, accounts: [{source: code, id: 1}]}]
memberships: [{person: ana, team: compute, share: 0.6, from: 2026-07-01}]
initiatives:
  - {id: mesh, name: Mesh, from: 2026-07-01, target: 2026-10-01, items: {epics: [OPS-1], labels: [Mesh]}}
  - {id: two, name: Two, from: 2026-07-01, target: 2026-10-01}
  - {id: three, name: Three, from: 2026-07-01, target: 2026-10-01}
asks:
  - {id: first, team: compute, quarter: 2026-Q3, rank: 1, title: First, items: {keys: [OPS-9]}}
  - {id: second, team: compute, quarter: 2026-Q3, rank: 2, title: Second}
`
	calendar := config.Default().Calendar
	current, _, err := ReadText("d", before, calendar, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, wrong, warned string }{
		{text: `asks: [{id: third, team: compute, quarter: 2026-Q3, rank: 1, title: T}]`, wrong: "d:1:59: rank 1 among the asks of compute for 2026-Q3 is there twice, first in what was published before"},
		{text: `asks: [{id: third, team: lab, quarter: 2026-Q3, rank: 1, title: T}]`},
		{text: `asks: [{id: first, team: compute, quarter: 2026-Q3, rank: 2, title: F}, {id: second, team: compute, quarter: 2026-Q3, rank: 1, title: S}]`},
		{text: `asks: [{id: first, team: compute, quarter: 2026-Q3, rank: 2, title: F}]`, wrong: "rank 2 among the asks of compute"},
		{text: `asks: [{id: third, team: lab, quarter: 2026-Q3, rank: 1, title: T, items: {keys: [OPS-9]}}]`, warned: "key OPS-9 is in first of the same quarter too"},
		{text: `initiatives: [{id: x, name: X, from: 2026-10-01, target: 2026-11-01, items: {labels: [mesh]}}]`, wrong: "label mesh belongs to initiative mesh already"},
		{text: `initiatives: [{id: x, name: X, from: 2026-10-01, target: 2026-11-01, items: {keys: [OPS-1]}}]`, wrong: "key OPS-1 belongs to initiative mesh already"},
		{text: `initiatives: [{id: mesh, name: M, from: 2026-07-01, target: 2026-11-01, items: {epics: [OPS-1]}}]`},
		{text: `initiatives: [{id: x, name: X, from: 2026-09-01, target: 2026-11-01}]`, warned: "4 initiatives at once (mesh, three, two, x)"},
		{text: `initiatives: [{id: x, name: X, from: 2026-10-01, target: 2026-11-01}]`},
		{text: `memberships: [{person: ana, team: lab, share: 0.5, from: 2026-08-01}]`, wrong: "is over 100% on 2026-08-01, to 110%"},
		{text: `people: [{id: bo, accounts: [{source: code, id: 1}]}]`, wrong: "belongs to person "},
	} {
		wanted, warnings, err := ReadText("d", c.text, calendar, current)
		if err == nil {
			_, err = Diff(current, wanted, false)
		}
		switch {
		case c.wrong == "" && err != nil, c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: %v, not %q", c.text, err, c.wrong)
		case c.warned == "" && len(warnings) > 0, c.warned != "" && !strings.Contains(strings.Join(warnings, "\n"), c.warned):
			t.Errorf("%s: warns %q, not %q", c.text, warnings, c.warned)
		}
	}
	var more []string
	for i := 3; i <= 11; i++ {
		more = append(more, fmt.Sprintf("{id: n%d, team: compute, quarter: 2026-Q3, rank: %d, title: N}", i, i))
	}
	if _, warnings, err := ReadText("d", "asks: ["+strings.Join(more, ", ")+"]", calendar, current); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "more than 10 asks of compute") {
		t.Errorf("eleven asks, two of them before: %q, %v", warnings, err)
	}
}

// TestDiffBeside: what apply reads from files is checked against what it keeps, too; what was published apart stays no obstacle.
func TestDiffBeside(t *testing.T) {
	read := func(text string) []event.Decision {
		t.Helper()
		all, _, err := ReadText("d", "teams: [{id: compute, name: Compute}]\n"+text, config.Default().Calendar, nil)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	mesh := read(`initiatives: [{id: mesh, name: Mesh, from: 2026-07-01, target: 2026-10-01, items: {labels: [mesh]}}]`)
	other := read(`initiatives: [{id: other, name: Other, from: 2026-07-01, target: 2026-10-01, items: {labels: [MESH]}}]`)
	first := read(`asks: [{id: first, team: compute, quarter: 2026-Q3, rank: 1, title: F}]`)
	second := read(`asks: [{id: second, team: compute, quarter: 2026-Q3, rank: 1, title: S}]`)
	for _, c := range []struct {
		current, wanted []event.Decision
		prune           bool
		wrong           string
	}{
		{mesh, other, false, "label mesh belongs to initiative mesh already"},
		{mesh, other, true, ""},
		{mesh, mesh, false, ""},
		{first, second, false, "is that of ask first already"},
		{first, second, true, ""},
		{append(first, second...), mesh, false, ""},
	} {
		if _, err := Diff(c.current, c.wanted, c.prune); c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s beside %s: %v, not %q", c.wanted[1].ID, c.current[1].ID, err, c.wrong)
		}
	}
}
