package retro

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// unplacedLimit is the share of unplaced days above which that is said before any gap.
const unplacedLimit = 0.3

// remains are the categories that nobody plans: what is not placed.
func remains(category string) bool { return category == "uncategorised" || category == "unallocated" }

// planned are the revisions of the plans that concern the retrospective.
func (k *whatIsKnown) planned() []Plan {
	out := []Plan{}
	for _, p := range k.plans {
		if k.mine(p.Team) {
			out = append(out, Plan{Team: p.Team, RecordedAt: p.RecordedAt.text(), FrozenAt: p.FrozenAt.text(), Late: F(p.Late), Reason: p.Reason, Counts: p.Counts, Capacity: optional(p.Capacity)})
		}
	}
	return out
}

// intended says whether a team has a plan for the quarter: only its days can be compared with one.
func (k *whatIsKnown) intended(team string) bool {
	for i := range k.alloc {
		if k.alloc[i].Team == team && k.alloc[i].Source == "plan" {
			return true
		}
	}
	return false
}

// categoryOrder puts the three usual ones first and what is not placed last.
func categoryOrder(a, b string) int {
	usual := []string{"user_asks", "platform_quality", "key_initiatives"}
	rank := func(c string) int {
		if i := slices.Index(usual, c); i >= 0 {
			return i
		}
		if remains(c) {
			return len(usual) + 1 + slices.Index([]string{"uncategorised", "unallocated"}, c)
		}
		return len(usual)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// allocation is plan and actual by category: a team's rows as they are. Of an organisation days are added up, and
// planned shares and gaps are the means of the teams that have a plan, weighted by their placed days.
func (k *whatIsKnown) allocation(rows []allocationRow) []Allocation {
	type sums struct {
		actual, low, high, days float64
		planned, gap, lo, hi    mean
	}
	by := map[string]*sums{}
	placed := map[string]float64{} // by team
	has := map[string]bool{}       // a plan
	var all, observed float64
	source := "none"
	for _, r := range rows {
		if !k.mine(r.Team) {
			continue
		}
		all += r.Actual
		if !remains(r.Category) {
			observed += r.Actual
			placed[r.Team] += r.Actual
		}
		if r.Source == "plan" {
			has[r.Team] = true
			source = "plan"
		}
	}
	var order []string
	for _, r := range rows {
		if !k.mine(r.Team) {
			continue
		}
		s := by[r.Category]
		if s == nil {
			s = &sums{}
			by[r.Category] = s
			order = append(order, r.Category)
		}
		s.actual += r.Actual
		s.low += r.Low
		s.high += r.High
		if !has[r.Team] || remains(r.Category) {
			continue
		}
		w := placed[r.Team]
		if r.Planned != nil {
			s.planned.add(*r.Planned, w)
		}
		if r.Days != nil {
			s.days += *r.Days
		}
		if r.Gap != nil && r.GapLow != nil && r.GapHigh != nil {
			s.gap.add(*r.Gap, w)
			s.lo.add(*r.GapLow, w)
			s.hi.add(*r.GapHigh, w)
		}
	}
	slices.SortFunc(order, categoryOrder)
	out := []Allocation{}
	for _, c := range order {
		s := by[c]
		a := Allocation{
			Category: c, Planned: s.planned.value(), Share: ratio(s.actual, all), Actual: F(steady(s.actual)), Low: F(steady(s.low)), High: F(steady(s.high)),
			Gap: s.gap.value(), GapLow: s.lo.value(), GapHigh: s.hi.value(), Source: source,
		}
		if !remains(c) {
			a.Observed = ratio(s.actual, observed)
			if s.planned.weight > 0 {
				a.Days = pointer(steady(s.days))
			}
		}
		a.Reliable = reliable(a.GapLow, a.GapHigh)
		out = append(out, a)
	}
	return out
}

// reliable says whether a band does not hold 0.
func reliable(low, high *F) bool {
	return low != nil && high != nil && (*low > 0 || *high < 0)
}

// headline picks the reliable gap that is the largest, else the largest.
func (k *whatIsKnown) headline(n *Numbers) Headline {
	h := Headline{Verdict: "no_plan", Limit: unplacedLimit}
	var unplaced float64
	for _, s := range []*F{n.Basis.Unallocated, n.Basis.Uncategorised} {
		if s == nil {
			h.Verdict = "no_effort"
			return h
		}
		unplaced += float64(*s)
	}
	h.Unplaced, h.First = F(unplaced), unplaced > unplacedLimit
	var best *Allocation
	for i := range n.Allocation {
		a := &n.Allocation[i]
		if a.Gap == nil {
			continue
		}
		if best == nil || a.Reliable && !best.Reliable || a.Reliable == best.Reliable && math.Abs(float64(*a.Gap)) > math.Abs(float64(*best.Gap)) {
			best = a
		}
	}
	if best == nil {
		return h
	}
	h.Verdict = "no_reliable_difference"
	if best.Reliable {
		h.Verdict = "gap"
	}
	h.Category, h.Gap, h.Low, h.High, h.Planned = best.Category, best.Gap, best.GapLow, best.GapHigh, best.Planned
	if h.Planned != nil {
		h.Observed = pointer(float64(*h.Planned + *h.Gap)) // of the teams with a plan
	}
	shift := k.strictly(best.Category)
	if shift == nil {
		return h
	}
	h.Strict = pointer(float64(*h.Gap) + float64(*shift))
	low, high := *h.Low+*shift, *h.High+*shift
	strict := reliable(&low, &high) && (*h.Strict > 0) == (*h.Gap > 0)
	switch {
	case best.Reliable && strict:
		h.Holds = "both"
	case best.Reliable:
		h.Holds = "broad"
	case reliable(&low, &high):
		h.Holds = "strict"
	}
	return h
}

// strictly is by how much a category's observed share moves if an ordinary defect is no forced work: what has its
// category only because it is forced has none then.
func (k *whatIsKnown) strictly(category string) *F {
	var all, of, less, defects float64
	k.quarter(func(r *effortRow) {
		if remains(r.Category) || !k.intended(r.Team) {
			return
		}
		all += r.Effort
		if r.Category == category {
			of += r.Effort
		}
		if r.Step == "forced" && r.Reason == "defect" {
			defects += r.Effort
			if r.Category == category {
				less += r.Effort
			}
		}
	})
	broad, strict := ratio(of, all), ratio(of-less, all-defects)
	if broad == nil || strict == nil {
		return nil
	}
	return pointer(float64(*strict) - float64(*broad))
}

// sensitivity is the headline's gap by every measure: the category's part of what each measure counts among the items
// that have a category, of teams with a plan, less what they planned.
func (k *whatIsKnown) sensitivity(h Headline) []Measure {
	out := []Measure{}
	if h.Gap == nil || h.Planned == nil {
		return out
	}
	parts := map[string]*mean{}
	names := []string{"effort", "time", "activity", "items", "points", "days_in_progress"}
	for _, m := range names {
		parts[m] = &mean{}
	}
	count := func(measure, category string, v float64) {
		if category == h.Category {
			parts[measure].add(1, v)
		} else {
			parts[measure].add(0, v)
		}
	}
	k.quarter(func(r *effortRow) {
		if !remains(r.Category) && k.intended(r.Team) {
			count("effort", r.Category, r.Effort)
			count("time", r.Category, r.Time)
			count("activity", r.Category, r.Activity)
		}
	})
	for _, it := range k.order {
		if !k.mine(it.Team) || !k.intended(it.Team) || remains(it.Category) || it.Category == "" {
			continue
		}
		if c := it.ClosedAt; !c.IsZero() && !c.Before(k.o.Quarter.From) {
			count("items", it.Category, 1)
			if it.Points != nil {
				count("points", it.Category, *it.Points)
			}
		}
		if !it.StartedAt.IsZero() {
			begin, end := it.StartedAt.Time, k.at
			if begin.Before(k.o.Quarter.From) {
				begin = k.o.Quarter.From
			}
			if !it.ClosedAt.IsZero() && it.ClosedAt.Before(end) {
				end = it.ClosedAt.Time
			}
			if end.After(begin) {
				count("days_in_progress", it.Category, end.Sub(begin).Hours()/24)
			}
		}
	}
	for _, name := range names {
		m := Measure{Measure: name}
		if v := parts[name].value(); v != nil {
			m.Gap = pointer(float64(*v) - float64(*h.Planned))
			m.Agrees = (*m.Gap > 0) == (*h.Gap > 0)
		}
		out = append(out, m)
	}
	return out
}

// lost is the attribution of the days that key initiatives lost.
func (k *whatIsKnown) lost() Lost {
	l := Lost{Category: "key_initiatives", Causes: []Cause{}}
	by, reverse := map[string]float64{}, map[string]float64{}
	reversed := true
	var order []string
	sum := 0.
	for _, r := range k.causes {
		if !k.mine(r.Team) || r.Category != l.Category {
			continue
		}
		if _, ok := by[r.Cause]; !ok {
			order = append(order, r.Cause)
		}
		by[r.Cause] += r.Days
		if r.Reverse == nil {
			reversed = false
		} else {
			reverse[r.Cause] += *r.Reverse
		}
		sum += r.Days
	}
	if len(order) == 0 {
		return l
	}
	l.Days = pointer(steady(sum))
	for _, c := range order {
		l.Causes = append(l.Causes, Cause{Cause: c, Days: F(steady(by[c]))})
	}
	way := F(1) // what made the difference comes first, what made up for it last
	if sum < 0 {
		way = -1
	}
	slices.SortStableFunc(l.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(way*b.Days, way*a.Days), strings.Compare(a.Cause, b.Cause))
	})
	if l.Largest = l.Causes[0].Cause; reversed {
		l.Reverse = pointer(steady(reverse[l.Largest]))
	}
	return l
}

// changes are the numbers of which the quarter before has its own.
func (k *whatIsKnown) changes(n *Numbers) []Change {
	out := []Change{}
	before := k.allocation(k.earlier)
	find := func(all []Allocation, c string) *Allocation {
		for i := range all {
			if all[i].Category == c {
				return &all[i]
			}
		}
		return &Allocation{}
	}
	for _, a := range n.Allocation {
		if !remains(a.Category) {
			out = append(out, Change{"observed " + a.Category, find(before, a.Category).Observed, a.Observed})
		}
	}
	for _, c := range []string{"uncategorised", "unallocated"} {
		out = append(out, Change{"share " + c, find(before, c).Share, find(n.Allocation, c).Share})
	}
	out = append(out, Change{"forced broad", n.Forced.BroadBefore, n.Forced.Broad}, Change{"forced strict", n.Forced.StrictBefore, n.Forced.Strict})
	if p := n.Vector.Path; len(p) > 1 {
		a, b := p[len(p)-2], p[len(p)-1]
		out = append(out, Change{"vector forced", a.Forced, b.Forced}, Change{"vector long", a.Long, b.Long})
	}
	return out
}
