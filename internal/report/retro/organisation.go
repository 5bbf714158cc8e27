package retro

import (
	"cmp"
	"slices"
)

// latePlan is from how many days after the quarter's beginning a plan is called late.
const latePlan = 1

// each are the teams of an organisation, by group and name, and those whose numbers say little.
func (k *whatIsKnown) each() ([]Team, []Thin) {
	out, thin := []Team{}, []Thin{}
	for _, t := range k.teams {
		one := *k
		one.o.Team = t.ID
		v := Team{Team: t.ID, Name: cmp.Or(t.Name, t.ID), Group: t.Group, Allocation: one.allocation(k.alloc), Plan: "none"}
		b := one.basis()
		p := one.point(k.o.Quarter.From, k.o.Quarter.To, one.mine)
		v.Mix, v.Archetype = p.Mix, p.Archetype
		v.Digging = one.digging(one.mine).Verdict.Verdict
		why := []string{}
		if len(v.Allocation) > 0 {
			v.Plan = v.Allocation[0].Source
		}
		if v.Plan == "none" {
			why = append(why, "no_plan")
		}
		for _, r := range k.alloc {
			if r.Team == t.ID && r.Late != nil && *r.Late >= latePlan {
				why = append(why, "late_plan")
				break
			}
		}
		if b.Unallocated == nil {
			why = append(why, "no_effort")
		} else if v.Unplaced = pointer(float64(*b.Unallocated + *b.Uncategorised)); *v.Unplaced > unplacedLimit {
			why = append(why, "unplaced")
		}
		if p.Archetype == "undetermined" && b.Unallocated != nil {
			why = append(why, "undetermined")
		}
		if len(why) > 0 {
			thin = append(thin, Thin{t.ID, why})
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Team) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Team, b.Team))
	})
	slices.SortFunc(thin, func(a, b Thin) int { return cmp.Compare(a.Team, b.Team) })
	return out, thin
}
