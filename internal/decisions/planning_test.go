package decisions

import (
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/config"
)

const planned = good + `absences:
  - {person: ana, from: 2026-08-03, to: 2026-08-14}
plans:
  - {team: compute, quarter: 2026-Q3, frozen_at: 2026-07-03T12:00:00Z, capacity_days: 380, shares: {user_asks: 0.4, platform_quality: 0.3, key_initiatives: 0.3}, initiative_days: {mesh: 90}, reason: first plan}
  - {team: compute, quarter: 2026-Q4, shares: {user_asks: 0.1, platform_quality: 0.2, key_initiatives: 0.7}}
initiatives:
  - {id: mesh, name: Service mesh, owner: foundation, from: 2026-05-01, target: 2026-10-31, items: {epics: [PLAT-7], labels: [Mesh], keys: []}}
asks:
  - {id: ask-12, team: compute, quarter: 2026-Q3, rank: 1, title: Faster builds, asker: customer acme, items: {keys: [OPS-99]}, answered_at: null}
`

func TestPlanning(t *testing.T) {
	all, warnings, err := Read(write(t, planned), config.Calendar{})
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	ana := PersonPseudonym("ana")
	got := map[string]string{}
	for _, d := range all[4:] {
		got[d.Kind+" "+d.ID+" "+d.ValidFrom.UTC().Format(time.RFC3339)] = string(d.Body)
		if d.ID == "compute/2026-Q3" && d.Reason != "first plan" {
			t.Errorf("the reason is %q", d.Reason)
		}
	}
	for k, want := range map[string]string{
		"absence " + ana + "/2026-08-03 2026-08-03T00:00:00Z": `{"person":"` + ana + `","from":"2026-08-03","to":"2026-08-14"}`,
		"plan compute/2026-Q3 2026-07-01T00:00:00Z":           `{"team":"compute","quarter":"2026-Q3","frozen_at":"2026-07-03T12:00:00Z","capacity_days":380,"shares":{"key_initiatives":0.3,"platform_quality":0.3,"user_asks":0.4},"initiative_days":{"mesh":90}}`,
		"plan compute/2026-Q4 2026-10-01T00:00:00Z":           `{"team":"compute","quarter":"2026-Q4","frozen_at":"2026-10-01T00:00:00Z","shares":{"key_initiatives":0.7,"platform_quality":0.2,"user_asks":0.1}}`,
		"initiative mesh 2026-05-01T00:00:00Z":                `{"id":"mesh","name":"Service mesh","owner":"foundation","from":"2026-05-01","target":"2026-10-31","items":{"epics":["PLAT-7"],"labels":["Mesh"],"keys":[]}}`,
		"ask ask-12 2026-07-01T00:00:00Z":                     `{"id":"ask-12","team":"compute","quarter":"2026-Q3","rank":1,"title":"Faster builds","asker":"customer acme","items":{"epics":[],"labels":[],"keys":["OPS-99"]}}`,
	} {
		if got[k] != want {
			t.Errorf("%s:\n%s, want\n%s", k, got[k], want)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d decisions, want 5", len(got))
	}
}

// TestPlanningErrors: each says where, and what to mend.
func TestPlanningErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"absences:\n  - {person: ana", "absences:\n  - {person: bob", `d.yaml:9:14: absence of "bob", who is not defined under people`},
		{"to: 2026-08-14}", "to: 2026-08-03}", `absence of ana from 2026-08-03: to "2026-08-03" is not a date after from`},
		{"to: 2026-08-14}", "to: 2026-08-14}\n  - {person: ana, from: 2026-08-03, to: 2026-08-05}", "d.yaml:10:5: absence of ana from 2026-08-03 is there twice"},
		{"- {team: compute, quarter: 2026-Q3, f", "- {team: compote, quarter: 2026-Q3, f", `d.yaml:11:12: plan of team "compote", which is not defined under teams`},
		{"quarter: 2026-Q3, f", "quarter: 2026-3, f", `plan of compute: quarter "2026-3" is not written as 2026-Q3`},
		{"2026-Q4, s", "2026-Q3, s", "plan of compute for 2026-Q3 is there twice"},
		{"2026-07-03T12:00:00Z", "soon", `frozen_at "soon" is not a time such as`},
		{"2026-07-03T12:00:00Z", "2027-07-03T12:00:00Z", "is neither in the quarter nor in the one before it, that is from 2026-04-01 and before 2026-10-01"},
		{"capacity_days: 380", "capacity_days: -1", "capacity_days -1 is not above 0"},
		{"user_asks: 0.4", "user_asks: 0.4001", "d.yaml:11:100: plan of compute for 2026-Q3: the shares sum to 1.0001, not to 1"},
		{"user_asks: 0.4", "user_asks: -0.4", "share -0.4 of user_asks is not from 0 to 1"},
		{"user_asks: 0.4", "user_asks: .nan", "share NaN of user_asks is not from 0 to 1"},
		{"user_asks: 0.4", "unallocated: 0.4", `"unallocated" cannot be planned`},
		{"shares: {user_asks: 0.1, platform_quality: 0.2, key_initiatives: 0.7}", "shares: {}", "has no shares, such as"},
		{"{mesh: 90}", "{mash: 90}", `initiative "mash" is not defined under initiatives`},
		{"{mesh: 90}", "{mesh: -9}", "-9 days for mesh is below 0"},
		{"owner: foundation", "owner: nobody", `d.yaml:14:43: initiative mesh: owner "nobody" is no team, group or person`},
		{"target: 2026-10-31", "target: 2026-05-01", `target "2026-05-01" is not a date after from`},
		{"\nasks:", "\n  - {id: more, name: More, from: 2026-05-01, target: 2026-06-01, items: {labels: [mesh]}}\nasks:", "d.yaml:15:83: initiative more: label mesh belongs to initiative mesh already"},
		{"\nasks:", "\n  - {id: more, name: More, from: 2026-05-01, target: 2026-06-01, items: {keys: [PLAT-7]}}\nasks:", "key PLAT-7 belongs to initiative mesh already"},
		{"id: ask-12, team: compute", "id: ask-12, team: nobody", `ask ask-12 of team "nobody"`},
		{"rank: 1,", "rank: 0,", "rank 0 is not 1 or more"},
		{"asker: customer acme", "asker: payments", `asker "payments" is no team, group or person that is defined; customers are written`},
		{"answered_at: null}", "answered_at: yes}", `answered_at "yes" is not a time`},
		{"answered_at: null}", "answered_at: null}\n  - {id: ask-13, team: compute, quarter: 2026-Q3, rank: 1, title: Other}", "rank 1 among the asks of compute for 2026-Q3 is there twice"},
		{"answered_at: null}", "answered_at: null}\n  - {id: ask-12, team: compute, quarter: 2026-Q3, rank: 2, title: Other}", "ask ask-12 is there twice"},
	} {
		text := strings.Replace(planned, c.old, c.new, 1)
		if text == planned {
			t.Errorf("%s: nothing to replace", c.old)
		}
		_, _, err := Read(write(t, text), config.Calendar{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "d.yaml:") {
			t.Errorf("%s: got %v, want %s", c.new, err, c.want)
		}
	}
}

func TestPlanningWarnings(t *testing.T) {
	more := func(ids ...string) string {
		var b strings.Builder
		for _, id := range ids {
			b.WriteString("  - {id: " + id + ", name: N, from: 2026-10-01, target: 2026-12-01}\n")
		}
		return b.String() + "asks:"
	}
	var many strings.Builder
	for i := range 10 {
		many.WriteString("\n  - {id: a" + string(rune('a'+i)) + ", team: compute, quarter: 2026-Q3, rank: " + string(rune('2'+i)) + ", title: T}")
	}
	for _, c := range []struct{ old, new, want string }{
		{"target: 2026-10-31", "target: 2026-11-02", "d.yaml:14:81: initiative mesh is to take longer than 6 months"},
		{"\nasks:", "\n" + more("a", "b", "c"), "4 initiatives at once (a, b, c, mesh), more than 3"},
		{"\nasks:", "\n" + more("a", "b"), ""},
		{"answered_at: null}", "answered_at: null}\n  - {id: ask-13, team: compute, quarter: 2026-Q3, rank: 2, title: Other, items: {keys: [OPS-99]}}", "ask ask-13: key OPS-99 is in ask-12 of the same quarter too: its effort counts for ask-12"},
		{"answered_at: null}", "answered_at: null}" + strings.ReplaceAll(strings.ReplaceAll(many.String(), "rank: :", "rank: 10"), "rank: ;", "rank: 11"), "more than 10 asks of compute for 2026-Q3"},
	} {
		_, warnings, err := Read(write(t, strings.Replace(planned, c.old, c.new, 1)), config.Calendar{})
		if err != nil {
			t.Errorf("%s: %v", c.new, err)
		}
		if all := strings.Join(warnings, "\n"); !strings.Contains(all, c.want) || (c.want == "") != (all == "") || len(warnings) > 1 {
			t.Errorf("%s: warnings %q, want %q", c.new, warnings, c.want)
		}
	}
}

// TestLate: a plan that is published after its quarter began says so.
func TestLate(t *testing.T) {
	changes, err := Diff(nil, read(t, planned), false)
	if err != nil {
		t.Fatal(err)
	}
	if got := Late(changes, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)); len(got) != 0 {
		t.Errorf("on the first day: %q", got)
	}
	if got := Late(changes, time.Date(2026, 7, 11, 1, 0, 0, 0, time.UTC)); len(got) != 1 || !strings.Contains(got[0], "compute/2026-Q3 is late, 10 days") {
		t.Errorf("ten days later: %q", got)
	}
}

// TestFields: a change says which fields differ.
func TestFields(t *testing.T) {
	changes, err := Diff(read(t, planned), read(t, strings.Replace(planned, "capacity_days: 380", "capacity_days: 400", 1)), false)
	if err != nil || len(changes) != 1 {
		t.Fatal(err, changes)
	}
	if got := strings.Join(changes[0].Fields(), "\n"); got != "capacity_days: 380 -> 400" {
		t.Errorf("fields: %q", got)
	}
}
