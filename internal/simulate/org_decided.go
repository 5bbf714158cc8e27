package simulate

import (
	"fmt"
	"slices"
	"time"
)

// initiative is a large project of some teams, over half a year at most.
type initiative struct {
	id, name, owner string
	teams           []string
	from, target    time.Time
	moved           time.Time // the later target that was set when it slipped; zero: none was
	epics           []*ticket // those that do not bear the label
}

// ask is one of the first five things that users want of a team in a quarter.
type ask struct {
	id, team, quarter, title, asker string
	rank                            int
	first                           time.Time // when its first item was filed
	answered                        time.Time // zero: it was not
	items                           []*ticket // those that do not bear the label
}

// plan is what a team meant to spend in a quarter.
type plan struct {
	team, quarter string
	frozen        time.Time
	shares        [3]float64 // user asks, platform quality, key initiatives
	reason        string
	capacity      int                // person-days
	initiatives   map[string]float64 // person-days of each
	before        *plan              // what it revises
}

// orgInitiatives are the key initiatives: two in each half of a year.
func orgInitiatives(start, end time.Time) []*initiative {
	all := []*initiative{
		{id: "mesh", name: "Service mesh everywhere", owner: "foundation", teams: []string{"platform", "compute", "payments"}},
		{id: "workspaces", name: "Workspaces for everybody", owner: "product", teams: []string{"lab", "identity", "devtools"}},
		{id: "hermetic", name: "Builds without surprises", owner: "foundation", teams: []string{"devtools", "compute", "platform"}},
		{id: "ledger", name: "One ledger", owner: "product", teams: []string{"payments", "identity", "lab"}},
		{id: "handsfree", name: "Hosts that look after themselves", owner: "foundation", teams: []string{"compute", "platform", "lab"}},
		{id: "passkeys", name: "One way to sign in", owner: "product", teams: []string{"identity", "payments", "devtools"}},
		{id: "streams", name: "Streams before batches", owner: "product", teams: []string{"lab", "compute", "payments"}},
		{id: "tenfold", name: "Ready for ten times the load", owner: "foundation", teams: []string{"platform", "devtools", "identity"}},
	}
	half := end.Sub(start) / 4
	for n, i := range all {
		i.from = start.Add(half * time.Duration(n/2)).Truncate(24 * time.Hour)
		i.target = i.from.AddDate(0, 0, 150)
		if i.id == "tenfold" {
			i.moved = i.target.AddDate(0, 0, 45)
		}
	}
	return all
}

// initiativeOf is the initiative for which a team's new projects are meant at a time; nil for none.
func (o *organisation) initiativeOf(t *orgTeam, at time.Time) *initiative {
	for n := range o.initiatives {
		i := o.initiatives[len(o.initiatives)-1-n] // the newest that has begun
		if !at.Before(i.from) && slices.Contains(i.teams, t.id) {
			return i
		}
	}
	return nil
}

// asked makes a ticket part of its team's asks of the quarter, if it is one of the first that anybody wants.
func (g *generator) asked(k *ticket) {
	q := quarter(k.filed)
	var mine *ask
	n := 0
	for _, a := range g.org.asks {
		if a.team == k.team.id && a.quarter == q {
			n++
			if a.asker == k.asker {
				mine = a
			}
		}
	}
	if mine == nil && n < 5 && g.chance(0.6) {
		mine = &ask{id: fmt.Sprintf("ask-%s-%s-%d", k.team.id, q[2:4]+q[5:], n+1), team: k.team.id, quarter: q, title: k.title, asker: k.asker, rank: n + 1, first: k.filed}
		g.org.asks = append(g.org.asks, mine)
		if g.chance(0.65) {
			mine.answered = quarterStart(k.filed).AddDate(0, 3, 0).Add(-g.days(9)).Truncate(time.Hour)
		}
	}
	if mine != nil && g.chance(0.7) {
		k.ask = mine
	}
}

// quarterStart is the first moment of a time's quarter.
func quarterStart(t time.Time) time.Time {
	return time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
}

// intended is how a team's plans divide its time.
func intended(team string, n int) [3]float64 {
	switch team {
	case "compute": // digging out: quality first, then projects
		if n < 4 {
			return [3]float64{0.2, 0.6, 0.2}
		}
		return [3]float64{0.3, 0.3, 0.4}
	case "payments":
		return [3]float64{0.3, 0.4, 0.3}
	case "devtools":
		return [3]float64{0.35, 0.2, 0.45}
	}
	return [3]float64{0.4, 0.3, 0.3}
}

// orgPlans are the plans of all quarters, each frozen three days before the quarter begins. The lab makes none; payments
// revises its last whole one, identity is late with its own.
func (o *organisation) orgPlans() (out []*plan) {
	last := quarterStart(o.end).AddDate(0, -3, 0)
	n := 0
	for q := quarterStart(o.start); q.Before(o.end.Add(ahead)); q = q.AddDate(0, 3, 0) {
		for _, t := range o.teams {
			if t.id == "lab" {
				continue
			}
			p := &plan{team: t.id, quarter: quarter(q), frozen: q.AddDate(0, 0, -3).Add(12 * time.Hour), shares: intended(t.id, n), reason: "plan of the quarter", initiatives: map[string]float64{}}
			p.capacity = 55 * len(t.members)
			if i := o.initiativeOf(t, q.AddDate(0, 1, 0)); i != nil {
				p.initiatives[i.id] = float64(int(p.shares[2] * float64(p.capacity)))
			}
			switch {
			case t.id == "identity" && q.Equal(last):
				p.frozen, p.reason = q.AddDate(0, 0, 24).Add(9*time.Hour), "the plan came late: the programme for the privacy law had to be agreed on first"
			case t.id == "payments" && q.Equal(last):
				first := *p
				p.before = &first
				p.frozen, p.shares, p.reason = q.AddDate(0, 0, 40).Add(9*time.Hour), [3]float64{0.2, 0.6, 0.2}, "failures after the release: quality before projects for the rest of the quarter"
				p.initiatives = map[string]float64{}
				for i := range first.initiatives {
					p.initiatives[i] = float64(int(p.shares[2] * float64(p.capacity)))
				}
			}
			out = append(out, p)
		}
		n++
	}
	return out
}
