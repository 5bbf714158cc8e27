package simulate

import (
	"slices"
	"time"
)

// phases are the parts of a long effort: its children.
var phases = []string{
	"Design", "Prototype", "Inventory", "First user", "Data model", "Roll out to half", "Roll out to all", "Tests under load", "Switch off the old way", "Measure the effect", "Training and docs",
}

// effort is long work: an epic or tracking issue with its children, spread over months.
func (g *generator) effort(t *orgTeam, th *theme, week time.Time) {
	at := g.weekday(week)
	e := g.draft(t, th, at, nil)
	if e.inJira {
		e.more = Object{"duedate": e.filed.AddDate(0, 0, 120).Format(time.DateOnly)}
	} else {
		e.labels = append([]string{"epic"}, e.labels...)
	}
	if i := g.org.initiativeOf(t, at); i != nil && (th.quadrant == DiscretionaryLong && g.chance(0.8) || th.quadrant == ForcedLong && g.chance(0.2)) {
		e.initiative = i
	}
	g.file(e)
	owner := g.member(t, at)
	begin := e.filed.Add(g.days(12))
	g.talk(e, begin)
	g.changes(e, begin)
	n := 3 + g.IntN(3)
	step := g.days(18) + 4*24*time.Hour
	// An effort whose team is overrun slips: each child begins later than it should.
	if !th.quadrant.Forced() && t.id == "devtools" {
		step += time.Duration(float64(step) * 1.5 * g.progress(e.filed))
	}
	var before *ticket
	left := n
	for c := range n {
		from := begin.Add(step * time.Duration(c))
		k := g.child(e, c, later(e.filed.Add(time.Hour), from.Add(-g.days(6))))
		from = later(from, k.filed.Add(5*time.Minute))
		g.talk(k, from)
		g.changes(k, from)
		if before != nil && e.inJira && g.chance(0.25) {
			first, second, when := before, k, later(k.filed, before.filed).Add(10*time.Minute).Truncate(time.Second)
			g.at(when, func() { g.d.linkJira(first.ji, second.ji, &owner.User, when) })
		}
		before = k
		if g.chance(0.03) {
			continue // nobody ever takes this part up
		}
		j := g.job(k, from)
		j.end = func(at time.Time) {
			if left--; left == 0 {
				end := g.work(at.Add(g.days(3)+time.Hour), owner)
				g.spend(owner, end, e, 0.1)
				g.later(e, &owner.User, end, Close("completed"))
			}
		}
	}
	g.lead(e, owner, later(begin, e.filed.Add(2*time.Hour)), step*time.Duration(n))
	if e.inJira && t.id == "devtools" {
		slip := e.filed.AddDate(0, 0, 115)
		g.later(e, &owner.User, g.work(slip, owner), Due(slip.AddDate(0, 0, 60).Format(time.DateOnly)), Comment("Moving the date: other teams' requests came first."))
	}
}

// lead is what the owner of a long effort does for it: now and then they look where it stands and say so.
func (g *generator) lead(e *ticket, owner *member, begin time.Time, span time.Duration) {
	begin = g.work(begin, owner)
	g.at(begin, func() {
		at := begin.Truncate(time.Second)
		if e.inJira {
			g.edit(e, &owner.User, at, Status("In Progress"))
		} else {
			g.edit(e, &owner.User, at, AddLabel(underWay))
		}
	})
	for week := begin; week.Before(begin.Add(span)); week = week.AddDate(0, 0, 7) {
		at := g.work(week.Add(time.Duration(g.between(1, 100))*time.Hour), owner)
		g.spend(owner, at, e, g.between(0.02, 0.15))
		if g.chance(0.3) {
			said := g.pick([]string{"Status: on the way, two parts under review.", "Went through the parts that are left.", "The next part needs a decision, asked for it.", "Numbers of this week are in the document."})
			g.at(at, func() {
				if e.open() {
					g.edit(e, &owner.User, at.Truncate(time.Second), Comment(said))
				}
			})
		}
	}
}

// child is a part of a long effort, filed at a time.
func (g *generator) child(e *ticket, n int, at time.Time) *ticket {
	k := g.draft(e.team, e.theme, at, e)
	k.title = phases[(n*2+g.IntN(2))%len(phases)] + ": " + lowerFirst(e.title)
	k.body = g.fill(g.pick(slices.Concat(e.theme.opening, e.theme.detail))+"\n\nOne part of the larger project; see the parent for the whole.", e.team, k.words)
	g.file(k)
	return k
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

// privacyStory is the long obligation that nobody staffed: epics filed early and left alone, then an avalanche
// of emergencies in the last weeks before the law applies.
func (g *generator) privacyStory() {
	var t *orgTeam
	for _, x := range g.org.teams {
		if x.id == "identity" {
			t = x
		}
	}
	deadline := g.deadline()
	rush := deadline.AddDate(0, 0, -70)
	for n, title := range privacy.titles {
		at := g.weekday(g.org.start.AddDate(0, 0, 7*(8+n)))
		e := g.draft(t, privacy, at, nil)
		e.inJira = true
		e.title = g.fill(title, t, map[string]string{})
		e.more = Object{"duedate": deadline.Format(time.DateOnly)}
		g.file(e)
		for m := range 3 {
			at := e.filed.AddDate(0, 0, 45*(m+1))
			g.later(e, &g.member(t, at).User, g.work(at, g.member(t, at)), Comment(g.pick([]string{"Nobody has time for this at present.", "Moved to the next quarter again.", "Who takes this? The date is fixed.", "Legal asked about the state of this."})))
		}
		for c := range 4 {
			k := g.child(e, c, e.filed.AddDate(0, 0, 3+7*c))
			g.rescue(k, rush, deadline, g.chance(0.2))
		}
		g.rescue(e, rush, deadline, n%4 == 3)
	}
	for day := rush; day.Before(deadline); day = day.AddDate(0, 0, 1) {
		for range g.poisson(0.8 + 3.2*float64(day.Sub(rush))/float64(deadline.Sub(rush))) {
			k := g.draft(t, forcedShort["avalanche"], day.Add(time.Duration(g.IntN(20))*time.Hour), nil)
			k.inJira = g.chance(0.8)
			g.file(k)
			g.await(k, k.filed.Add(g.days(0.5)), g.chance(0.04))
			if j := g.jobs[len(g.jobs)-1]; j.ticket == k && g.chance(0.35) {
				j.helper = g.other(t)
			}
		}
	}
}

// rescue is a neglected ticket taken up in the rush.
func (g *generator) rescue(k *ticket, rush, deadline time.Time, late bool) {
	who := g.member(k.team, rush)
	raised := g.work(rush.Add(g.days(5)), who)
	g.later(k, &who.User, raised, Priority("Highest"), Comment("The date is close now: this comes before everything else."))
	begin := raised.Add(g.days(6))
	if k.kind == "Epic" {
		begin = g.work(begin, who)
		g.later(k, &who.User, begin, Status("In Progress"))
		end := begin.Add(time.Duration(g.between(0.4, 0.95) * float64(deadline.Sub(begin))))
		if late {
			end = deadline.Add(g.days(9))
		}
		end = g.work(later(end, begin.Add(24*time.Hour)), who)
		g.spend(who, end, k, 0.2)
		g.later(k, &who.User, end, Close("completed"))
		return
	}
	if late {
		begin = deadline.Add(-g.days(9))
	}
	g.job(k, begin)
}
