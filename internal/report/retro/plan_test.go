package retro

import (
	"math"
	"strings"
	"testing"
)

// withAndWithout are two teams, of which one has a plan and works elsewhere than the other.
func withAndWithout(team string) *whatIsKnown {
	one, half, yes, no := 1., 0.5, true, false
	return &whatIsKnown{
		o:     options(team),
		teams: []teamRow{{ID: "api", Name: "API"}, {ID: "lab", Name: "Lab"}},
		items: map[string]*itemRow{},
		alloc: []allocationRow{
			{Team: "api", Category: "key_initiatives", Planned: &half, Actual: 2, Gap: ref(-0.3), GapLow: ref(-0.4), GapHigh: ref(-0.1), Source: "plan"},
			{Team: "api", Category: "platform_quality", Planned: &half, Actual: 8, Gap: ref(0.3), GapLow: ref(0.1), GapHigh: ref(0.4), Source: "plan"},
			{Team: "lab", Category: "key_initiatives", Actual: 10, Source: "none"},
			{Team: "lab", Category: "platform_quality", Actual: 2, Source: "none"},
		},
		effort: []effortRow{
			{Day: "2026-07-02", Team: "api", ItemTeam: "api", ItemID: "a", Category: "key_initiatives", Effort: 2, Planned: &yes, Forced: &one, Long: &one},
			{Day: "2026-07-02", Team: "api", ItemTeam: "api", ItemID: "b", Category: "platform_quality", Effort: 8, Planned: &yes, Step: "forced", Reason: "defect"},
			{Day: "2026-07-02", Team: "lab", ItemTeam: "lab", ItemID: "c", Category: "key_initiatives", Effort: 10},
			{Day: "2026-07-02", Team: "lab", ItemTeam: "api", ItemID: "b", Category: "platform_quality", Effort: 2, Planned: &no, Unplanned: "new", Asker: "api", AskerTeam: "api"},
		},
	}
}

func ref(f float64) *float64 { return &f }

// TestOnlyPlansAreComparedWith: what the headline of an organisation rests on is of the teams that have a plan, as the
// headline is; that of the others stands beside it.
func TestOnlyPlansAreComparedWith(t *testing.T) {
	n := withAndWithout("").numbers()
	h := n.Headline
	if h.Category != "key_initiatives" && h.Category != "platform_quality" || h.Gap == nil || math.Abs(math.Abs(float64(*h.Gap))-0.3) > 1e-9 {
		t.Fatalf("%+v", h)
	}
	if got := n.Basis.Sensitivity[0]; got.Measure != "effort" || got.Gap == nil || math.Abs(float64(*got.Gap-*h.Gap)) > 1e-9 {
		t.Errorf("by effort the difference is %v, in the headline %v", *got.Gap, *h.Gap)
	}
	// without defects all that api did is for initiatives
	if h.Category == "key_initiatives" && math.Abs(float64(*h.Strict)-0.5) > 1e-9 {
		t.Errorf("strictly %v", *h.Strict)
	}
	if got := string(n.Markdown()); !strings.Contains(got, "| key initiatives | 50% | 20% | 55% | −30 |") {
		t.Error(got[:min(len(got), 2000)])
	}
}

// TestWithoutAPlanNothingOfItsOwnIsUnplanned: a team without a plan is not told that all it did was unplanned, because the
// little that it did for a team with one was.
func TestWithoutAPlanNothingOfItsOwnIsUnplanned(t *testing.T) {
	n := withAndWithout("lab").numbers()
	if got := string(n.Markdown()); !strings.Contains(got, "2.0 days, 100% of the 2.0 days (17% of the effort on items) on items of teams with a frozen plan, were not planned at the freeze (2.0 new)") {
		t.Error(got[max(0, strings.Index(got, "## Unplanned")):])
	}
	for _, q := range n.Questions {
		if q.Rule == "unplanned" {
			t.Errorf("asked: %s", q.text())
		}
	}
}

// TestGainsAreNoCauses: among the largest causes of lost days stands nothing that won some.
func TestGainsAreNoCauses(t *testing.T) {
	n := withAndWithout("api").numbers()
	for _, sign := range []F{1, -1} {
		n.Lost = Lost{Days: pointer(float64(sign * 98.9)), Causes: []Cause{{"unplaced", sign * 302.3}, {"unexplained", 0}, {"capacity", sign * -10.6}, {"baseline", sign * -72.4}, {"other_asks", sign * -120.4}}}
		s := n.causes()
		if len(s.Tables[0].Rows) != 1 || len(s.Tables[1].Rows) != 5 {
			t.Errorf("%+v", s.Tables)
		}
	}
}

// TestNobodyDropsOut: the days of people in no team are in an organisation's sums, so it says that there are such.
func TestNobodyDropsOut(t *testing.T) {
	k := withAndWithout("")
	k.effort = append(k.effort, effortRow{Day: "2026-07-03", ItemTeam: "api", ItemID: "b", Category: "platform_quality", Effort: 1.5})
	got := string(k.numbers().Markdown())
	for _, want := range []string{"- **unattributed** 1.5 days of people who were in no declared team", "| days of people who were in no declared team | 1.5 |", "| actual of teams with a plan |"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	k.teams = k.teams[:1] // lab is no longer declared, and has no row of its own either
	if got := k.numbers().Basis.Nowhere; got != 13.5 {
		t.Errorf("%v days", got)
	}
	k = withAndWithout("")
	if got := string(k.numbers().Markdown()); strings.Contains(got, "in no declared team") {
		t.Error("said of nobody")
	}
}
