package retro

import "math"

// worthDiscussing are questions that the numbers raise, in a fixed order; each rule asks about one finding.
func worthDiscussing(n *Numbers) []Question {
	out := []Question{}
	ask := func(when bool, q Question) {
		if when {
			out = append(out, q)
		}
	}
	h := n.Headline
	ask(h.Verdict == "no_plan", Question{Rule: "no_plan"})
	ask(h.First, Question{Rule: "unplaced", Value: pointer(float64(h.Unplaced))})
	late := 0
	for _, p := range n.Plans {
		if p.Counts && p.Late >= latePlan {
			late++
			ask(n.Team != "", Question{Rule: "late_plan", Subject: p.Team, Value: pointer(float64(p.Late))})
		}
	}
	ask(n.Team == "" && late > 0, Question{Rule: "late_plans", Count: late})
	ask(len(n.Plans) > 1 && n.Team != "", Question{Rule: "plan_revised", Count: len(n.Plans) - 1})
	for _, a := range n.Allocation {
		ask(a.Reliable && a.Gap != nil && math.Abs(float64(*a.Gap)) >= 0.05, Question{Rule: "gap", Subject: a.Category, Value: a.Gap})
	}
	ask(h.Holds == "broad" || h.Holds == "strict", Question{Rule: "reading", Subject: h.Holds})
	if len(n.Lost.Causes) > 0 && n.Lost.Days != nil && *n.Lost.Days > 0 {
		c := n.Lost.Causes[0]
		ask(c.Days > 0, Question{Rule: "cause", Subject: c.Cause, Value: pointer(float64(c.Days))})
	}
	ask(n.ForcedLong.Unresourced > 0, Question{Rule: "unresourced", Count: n.ForcedLong.Unresourced, Value: n.ForcedLong.AgeDays})
	ask(len(n.ForcedLong.Avalanche) > 0, Question{Rule: "avalanche", Count: len(n.ForcedLong.Avalanche)})
	ask(n.Digging.Verdict.Verdict == "falling_behind", Question{Rule: "falling_behind"})
	ask(n.Digging.Verdict.Verdict == "digging_out", Question{Rule: "digging_out"})
	ask(len(n.Digging.Bulk) > 0, Question{Rule: "bulk", Count: int(n.Digging.BulkClosed)})
	if len(n.Vector.Path) > 0 {
		p := n.Vector.Path[len(n.Vector.Path)-1]
		for _, w := range p.Warnings {
			ask(true, Question{Rule: w})
		}
		ask(p.Archetype == "firefighting", Question{Rule: "firefighting"})
	}
	ask(n.Vector.Distance != nil && *n.Vector.Distance >= 0.2, Question{Rule: "distance", Value: n.Vector.Distance})
	for _, i := range n.Initiatives {
		ask(i.Slip != nil && *i.Slip >= 7, Question{Rule: "slip", Subject: named(i.Name, i.ID), Value: i.Slip})
		ask(i.Overdue != nil && *i.Overdue >= 7, Question{Rule: "overdue_initiative", Subject: named(i.Name, i.ID), Value: i.Overdue})
		ask(i.Days == 0 && i.Done < i.Items, Question{Rule: "idle_initiative", Subject: named(i.Name, i.ID)})
	}
	missed := 0
	for _, a := range n.Asks {
		if a.Answered == "" {
			missed++
		}
	}
	ask(missed > 0 && n.Complete, Question{Rule: "unanswered", Count: missed})
	// of a team without a plan only its help for others can be judged: that is no finding about its own
	ask(n.Unplanned.Known && n.Unplanned.Of != nil && *n.Unplanned.Of >= 0.5 && n.Unplanned.Share != nil && *n.Unplanned.Share >= 0.3, Question{Rule: "unplanned", Value: n.Unplanned.Share})
	ask(n.Unfinished.Share != nil && *n.Unfinished.Share >= 0.4, Question{Rule: "unfinished", Value: n.Unfinished.Share})
	overdue := 0
	for _, a := range n.Actions {
		if a.State == "overdue" {
			overdue++
		}
	}
	ask(overdue > 0, Question{Rule: "overdue", Count: overdue})
	ask(n.Overrides.Count > 0 && len(n.Overrides.Shift) > 0, Question{Rule: "late_overrides", Count: n.Overrides.Count})
	return out
}
