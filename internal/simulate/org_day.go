package simulate

import (
	"cmp"
	"slices"
	"time"
)

// job is a ticket as work: how much of it there is, and how far it has come.
type job struct {
	*ticket
	ready   time.Time // from when somebody may take it up
	need    float64   // person-days that it takes
	worked  float64
	quits   float64   // after how much of it it is given up; 0: it is not
	dropped bool      // giving up means to close it
	grows   float64   // person-days that turn out to be needed when half is done
	helper  *member   // of another team, who does it; nil: whoever of the team is free
	who     *member   // who has taken it up
	begun   time.Time // when
	until   time.Time // it has to wait till then for somebody else
	waits   bool      // it will have to
	paused  bool      // the tracker says that it waits again
	parts   int       // pull requests
	opened  int
	merged  time.Time   // when the last of them so far is merged
	commits []time.Time // not yet in a pull request
	end     func(time.Time)
}

func (j *job) urgent() bool { return j.theme.quadrant == ForcedShort }

// rank is the order in which a team takes things up: what is on fire, then what somebody waits for, then by age.
func (j *job) rank() time.Time {
	switch {
	case j.urgent():
		return j.ready.AddDate(0, 0, -60)
	case j.asker != "" || j.theme.quadrant == ForcedLong:
		return j.ready.AddDate(0, 0, -10)
	}
	return j.ready
}

// need is how many person-days a ticket takes.
func (g *generator) need(k *ticket) float64 {
	mean := 2.3
	switch {
	case k.theme == discretionaryShort["question"]:
		mean = 0.4
	case k.theme == forcedShort["avalanche"]:
		mean = 1.1
	case k.theme.quadrant.Long() && k.team.id == "lab":
		mean = 4.5
	case k.theme.quadrant.Long():
		mean = 6.3
	}
	return max(0.15, min(mean*(0.35+0.65*g.ExpFloat64()), 4*mean))
}

// job makes a ticket ready to be taken up.
func (g *generator) job(k *ticket, ready time.Time) *job {
	j := &job{ticket: k, ready: later(ready, k.filed.Add(5*time.Minute)), need: g.need(k), parts: g.parts(k), waits: g.chance(0.05)}
	if g.chance(0.12) {
		j.grows = j.need * g.between(0.3, 0.9)
	}
	g.jobs = append(g.jobs, j)
	return j
}

// live is everybody's days, one after the other: they take up what there is to do, and the trackers show some of it.
func (g *generator) live() {
	slices.SortStableFunc(g.jobs, func(a, b *job) int { return a.ready.Compare(b.ready) })
	next := 0
	for day := g.org.start.Truncate(24 * time.Hour); day.Before(g.org.end.Add(ahead)); day = day.AddDate(0, 0, 1) {
		for ; next < len(g.jobs) && g.jobs[next].ready.Before(day.AddDate(0, 0, 2)); next++ {
			g.offer(g.jobs[next])
		}
		for n := range g.org.people {
			g.day(g.org.people[(n+day.YearDay())%len(g.org.people)], day)
		}
	}
}

// offer puts a job where it will be looked for.
func (g *generator) offer(j *job) {
	list := &j.team.todo
	if j.helper != nil {
		list = &j.helper.todo
	}
	n, _ := slices.BinarySearchFunc(*list, j, func(a, b *job) int {
		return cmp.Or(a.rank().Compare(b.rank()), a.ready.Compare(b.ready), 1) // after its equals
	})
	*list = slices.Insert(*list, n, j)
}

// day is one person's working day.
func (g *generator) day(m *member, day time.Time) {
	d := m.days[day]
	if d == nil {
		return
	}
	begins := day.Add(time.Duration(9-m.hours) * time.Hour)
	room := d.free()
	if room < 0.03 {
		return
	}
	clock := func() time.Time {
		return begins.Add(time.Duration((1 - max(d.free(), 0)/room) * 8 * float64(time.Hour)))
	}
	for range 6 {
		left := d.free()
		if left < 0.03 {
			return
		}
		now := clock()
		j := g.choose(m, now)
		if j == nil {
			return // nothing to do: the rest goes into reading, tidying, helping by word of mouth
		}
		part := left
		if !j.urgent() && left > 0.4 {
			part = left * g.between(0.6, 1.3)
		}
		part = min(part, left, max(j.need-j.worked, 0.03))
		if j.quits > 0 {
			part = min(part, max(j.quits-j.worked, 0.03))
		}
		g.toil(j, m, now, part, clock)
	}
}

// choose is what somebody turns to next; nil for nothing.
func (g *generator) choose(m *member, now time.Time) *job {
	var hand []*job
	burning := false
	for _, j := range m.hand {
		if !j.until.After(now) {
			hand = append(hand, j)
			burning = burning || j.urgent()
		}
	}
	if !burning {
		if j := g.take(m, now, true); j != nil {
			for _, other := range hand {
				g.pause(other, m, now)
			}
			return j
		}
	}
	if len(hand) > 0 && (len(hand) >= 2 || g.chance(0.97)) {
		slices.SortStableFunc(hand, func(a, b *job) int {
			if a.urgent() != b.urgent() {
				return cmp.Compare(b2i(b.urgent()), b2i(a.urgent()))
			}
			return a.begun.Compare(b.begun) // what was begun first is finished first
		})
		if len(hand) > 1 && hand[0].urgent() == hand[1].urgent() && g.chance(0.3) {
			return hand[1]
		}
		return hand[0]
	}
	if j := g.take(m, now, false); j != nil {
		return j
	}
	if len(hand) > 0 {
		return hand[0]
	}
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// take takes up the first thing that waits for the person or the team. Of what is on fire each takes one at a time.
func (g *generator) take(m *member, now time.Time, urgent bool) *job {
	for _, list := range []*[]*job{&m.todo, &m.teamOn(g.org, now).todo} {
		for n, j := range *list {
			if urgent && !j.urgent() {
				break // those come first
			}
			if !j.ready.After(now) {
				*list = slices.Delete(*list, n, n+1)
				g.begin(j, m, now)
				return j
			}
		}
	}
	return nil
}

// begin is somebody taking a job up.
func (g *generator) begin(j *job, m *member, now time.Time) {
	j.who, j.begun = m, now
	m.hand = append(m.hand, j)
	// Work fills the time that there is for it: with nothing else waiting people do it thoroughly.
	waiting, team := 0, m.teamOn(g.org, now)
	for _, other := range team.todo {
		waiting += b2i(!other.ready.After(now))
	}
	pace := max(0.8, 1.9-0.7*float64(waiting)/float64(team.size))
	j.need, j.quits, j.grows = j.need*pace, j.quits*pace, j.grows*pace
	g.start(j.ticket, m, now)
}

// pause is something else coming first. Four of five people put the ticket back till they have time for it again.
func (g *generator) pause(j *job, m *member, now time.Time) {
	if j.paused || !g.chance(0.8) {
		return
	}
	j.paused = true
	g.under(j.ticket, m, now.Add(time.Minute), false)
}

// under is the tracker being told that somebody is at a ticket, or no longer.
func (g *generator) under(k *ticket, m *member, at time.Time, on bool) {
	at = at.Truncate(time.Second)
	g.at(at, func() {
		switch {
		case !k.open():
		case k.inJira && on:
			g.edit(k, &m.User, at, Status("In Progress"))
		case k.inJira:
			g.edit(k, &m.User, at, Status("To Do"))
		case on:
			g.edit(k, &m.User, at, AddLabel(underWay))
		default:
			g.edit(k, &m.User, at, RemoveLabel(underWay))
		}
	})
}

// toil is a stretch of work on a job.
func (g *generator) toil(j *job, m *member, from time.Time, part float64, clock func() time.Time) {
	if j.paused {
		j.paused = false
		g.under(j.ticket, m, from.Add(2*time.Minute), true)
	}
	g.spend(m, from, j.ticket, part)
	j.worked += part
	to := later(clock(), from.Add(3*time.Minute))
	if j.parts > 0 && g.chance(0.3+min(part, 0.6)) {
		j.commits = append(j.commits, from.Add(time.Duration(g.between(0.3, 1)*float64(to.Sub(from)))))
	}
	if g.chance(0.1) {
		said := commentsFree
		if j.theme.quadrant.Forced() {
			said = commentsForced
		}
		g.later(j.ticket, &m.User, to, Comment(g.fill(g.pick(said), j.team, map[string]string{})))
	}
	if j.grows > 0 && j.worked > j.need/2 {
		j.need, j.grows = j.need+j.grows, 0
		if g.chance(0.3) {
			g.later(j.ticket, &m.User, to, Comment("There is more to it than it looked like at first."))
		}
	}
	switch {
	case j.quits > 0 && j.worked >= j.quits-0.01:
		g.quit(j, m, to)
		return
	case j.waits && j.worked < j.need-0.3:
		g.wait(j, m, to)
	}
	for j.opened < j.parts && j.worked >= j.need*float64(j.opened+1)/float64(j.parts)-0.01 {
		j.opened++
		j.merged = later(j.merged, g.pull(j.ticket, m, g.work(to, m), j.opened, j.parts, j.commits))
		j.commits = nil
	}
	if j.worked >= j.need-0.01 {
		m.hand = slices.DeleteFunc(m.hand, func(x *job) bool { return x == j })
		g.finish(j, m, later(to, j.merged))
	}
}

// wait is work that stands still till somebody else has answered.
func (g *generator) wait(j *job, m *member, at time.Time) {
	j.waits = false
	j.until = at.Add(g.days(3))
	if !j.inJira {
		g.later(j.ticket, &m.User, at, Comment("Waiting for an answer from another team."))
		return
	}
	g.at(at, func() {
		if j.open() {
			g.edit(j.ticket, &m.User, at.Truncate(time.Second), Status("Blocked"), Comment("Waiting for an answer from another team."))
		}
	})
	back := g.work(j.until, m).Truncate(time.Second)
	g.at(back, func() {
		if j.open() && text(at2(j.ji.fields["status"], "name")) == "Blocked" {
			g.edit(j.ticket, &m.User, back, Status("In Progress"))
		}
	})
}

// quit is giving a job up: closed, put back, or just left lying.
func (g *generator) quit(j *job, m *member, at time.Time) {
	m.hand = slices.DeleteFunc(m.hand, func(x *job) bool { return x == j })
	switch {
	case j.dropped:
		g.later(j.ticket, &m.User, at, Comment("Not worth it after all, closing."), Close("not_planned"))
	case g.chance(0.25):
		g.later(j.ticket, &m.User, at, Comment(g.fill("Had to stop here, something more urgent in {svc}. Leaving it open.", j.team, j.words)))
	case j.inJira:
		g.later(j.ticket, &m.User, at, Comment("Back to the list, something else comes first."), Status("To Do"))
	default:
		g.later(j.ticket, &m.User, at, Comment("Back to the list, something else comes first."), RemoveLabel(underWay), Unassign())
	}
}

// finish is the end of the work: the ticket is closed then, or when somebody thinks of it.
func (g *generator) finish(j *job, m *member, end time.Time) {
	closing := end.Add(time.Minute)
	switch {
	case g.chance(0.08):
		closing = g.work(end.Add(time.Duration(g.between(16, 80))*time.Hour), m)
	case g.chance(0.02):
		closing = g.work(end.Add(time.Duration(g.between(80, 400))*time.Hour), m)
	}
	closing = closing.Truncate(time.Second)
	g.at(closing, func() {
		if j.open() {
			g.edit(j.ticket, &m.User, closing, Close("completed"))
		}
	})
	last := closing // closing is read when its time has come
	if g.chance(0.045) {
		last = g.again(j.ticket, m, closing)
	}
	if j.end != nil {
		j.end(last)
	}
}
