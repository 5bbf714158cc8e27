package main

import (
	"errors"
	"testing"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/web"
)

// TestWhoMayDecide: teams and people are for administrators, in whosesoever team; the rest is for the editors of the team that
// has it, before and after.
func TestWhoMayDecide(t *testing.T) {
	calendar := config.Default().Calendar
	current, _, err := decisions.ReadText("d", `groups: [{id: core, name: Core}]
teams: [{id: compute, name: Compute}, {id: lab, name: Lab}]
people: [{id: ana, accounts: [{source: code, id: 1}]}]
memberships: [{person: ana, team: lab, share: 0.5, from: 2026-07-01}]
initiatives: [{id: mesh, name: Mesh, owner: lab, from: 2026-07-01, target: 2026-10-01}, {id: free, name: Free, from: 2026-07-01, target: 2026-10-01}]
asks: [{id: faster, team: lab, quarter: 2026-Q3, rank: 1, title: Faster}]
`, calendar, nil)
	if err != nil {
		t.Fatal(err)
	}
	admin, all := &web.User{Name: "ad", Role: web.Admin}, &web.User{Name: "ed", Role: web.Editor}
	lead, analyst := &web.User{Name: "le", Role: web.Editor, Teams: []string{"compute"}}, &web.User{Name: "an", Role: web.Analyst}
	const plan = `{quarter: 2026-Q3, shares: {user_asks: 1}, team: `
	for _, c := range []struct {
		text            string
		ofAll, ofAsking bool // an editor of all teams may; so may the lead of compute
	}{
		{`groups: [{id: core, name: Heart}]`, false, false},
		{`groups: [{id: more, name: More}]`, false, false},
		{`teams: [{id: compute, name: Ours}]`, false, false},
		{`teams: [{id: new, name: New}]`, false, false},
		{`people: [{id: bo, accounts: [{source: code, id: 2}]}]`, false, false},
		{`people: [{id: ana, accounts: [{source: code, id: 3}]}]`, false, false},
		{`memberships: [{person: ana, team: compute, share: 0.5, from: 2026-07-01}]`, false, false},
		{`memberships: [{person: ana, team: lab, share: 0.5, from: 2026-07-01, to: 2026-08-01}]`, false, false},
		{`absences: [{person: ana, from: 2026-08-03, to: 2026-08-14}]`, false, false},
		{`plans: [` + plan + `compute}]`, true, true},
		{`plans: [` + plan + `lab}]`, true, false},
		{`plans: [` + plan + `compute}, ` + plan + `lab}]`, true, false},
		{`asks: [{id: slower, team: compute, quarter: 2026-Q3, rank: 1, title: S}]`, true, true},
		{`asks: [{id: faster, team: compute, quarter: 2026-Q3, rank: 1, title: Mine}]`, true, false}, // it is lab's
		{`initiatives: [{id: new, name: N, owner: compute, from: 2026-07-01, target: 2026-10-01}]`, true, true},
		{`initiatives: [{id: new, name: N, from: 2026-07-01, target: 2026-10-01}]`, true, false},
		{`initiatives: [{id: mesh, name: M, owner: compute, from: 2026-07-01, target: 2026-10-01}]`, true, false},
		{`initiatives: [{id: free, name: F, owner: compute, from: 2026-07-01, target: 2026-10-01}]`, true, false},
		{`{teams: [{id: new, name: New}], plans: [` + plan + `compute}]}`, false, false}, // one of two is no half
	} {
		for by, may := range map[*web.User]bool{admin: true, all: c.ofAll, lead: c.ofAsking, analyst: false} {
			done, publish, err := textChanges(c.text, calendar, current, by)
			if may && (err != nil || len(publish) == 0 || len(publish) != len(done.Changes)) {
				t.Errorf("%s of %s: %v", c.text, by.Name, err)
			}
			if !may && (!errors.As(err, new(*web.NotAllowed)) || publish != nil || done != nil) {
				t.Errorf("%s of %s is not refused: %v", c.text, by.Name, err)
			}
		}
	}
	// A membership as the page's form writes it: ana leaves the lab, and joins compute for the other half.
	for text, want := range map[string]string{
		`{"memberships": [{"person": "ana", "team": "lab", "share": 0.5, "from": "2026-07-01", "to": "2026-09-01"}]}`: "change",
		`{"memberships": [{"person": "ana", "team": "compute", "share": 0.5, "from": "2026-07-01"}]}`:                 "add",
	} {
		if done, publish, err := textChanges(text, calendar, current, admin); err != nil || len(publish) != 1 || done.Changes[0].Verb != want || done.Changes[0].Kind != "membership" {
			t.Errorf("%s: %+v, %v", text, done, err)
		}
	}
	// What holds already changes nothing, so it is nobody's to refuse.
	if done, publish, err := textChanges(`teams: [{id: compute, name: Compute}]`, calendar, current, lead); err != nil || len(publish) > 0 || len(done.Changes) > 0 {
		t.Errorf("nothing new: %v, %v", publish, err)
	}
}
