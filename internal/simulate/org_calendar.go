package simulate

import (
	"slices"
	"time"
)

// personDay is what one person does on one working day, in person-days.
type personDay struct {
	capacity float64
	apart    float64 // meetings, interviews, support by chat, work that nobody writes down
	work     []slice
}

// slice is the part of a day that went into a ticket.
type slice struct {
	k    *ticket
	days float64
}

// free is what of the day nobody has spoken for yet.
func (p *personDay) free() float64 {
	f := p.capacity - p.apart
	for _, s := range p.work {
		f -= s.days
	}
	return f
}

// absence is days on which somebody is away; to is the first day back.
type absence struct {
	from, to time.Time
	known    bool // somebody wrote it down
}

// localDay is the day that a moment is on, where the person lives, as midnight UTC.
func (m *member) localDay(t time.Time) time.Time {
	return t.UTC().Add(time.Duration(m.hours) * time.Hour).Truncate(24 * time.Hour)
}

// on is the person's working day of a moment; nil where they do not work.
func (m *member) on(t time.Time) *personDay { return m.days[m.localDay(t)] }

// calendars draws everybody's leave and what of each day goes into things that no tracker knows.
func (g *generator) calendars() {
	for _, m := range g.org.people {
		g.leave(m)
		m.days = map[time.Time]*personDay{}
		meetings, unwritten := g.between(0.12, 0.20), g.between(0.04, 0.09)
		for day := g.org.start.Truncate(24 * time.Hour); day.Before(g.org.end.Add(ahead + 30*24*time.Hour)); day = day.AddDate(0, 0, 1) {
			part := meetings*g.between(0.4, 1.6) + unwritten*g.ExpFloat64()
			if g.chance(0.03) {
				part += g.between(0.3, 0.8) // a workshop, a day of interviews, a fair
			}
			away := slices.ContainsFunc(m.away, func(a absence) bool { return !day.Before(a.from) && day.Before(a.to) })
			if away || day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
				continue
			}
			m.days[day] = &personDay{capacity: m.share, apart: m.share * min(part, 0.95)}
		}
	}
}

// leave draws a person's holidays, and days of illness, of which some never get written down.
func (g *generator) leave(m *member) {
	for year := g.org.start.Year(); year <= g.org.end.Add(ahead).Year(); year++ {
		at := func(month time.Month, day int) time.Time { return time.Date(year, month, day, 0, 0, 0, 0, time.UTC) }
		summer := at(time.July, 1).AddDate(0, 0, g.IntN(50))
		spring := at(time.February, 10).AddDate(0, 0, g.IntN(90))
		all := []absence{{summer, summer.AddDate(0, 0, 14+g.IntN(8)), true}, {spring, spring.AddDate(0, 0, 7), true}, {at(time.December, 23), at(time.December, 31).AddDate(0, 0, 2), true}}
		for range 2 {
			day := at(time.September, 10).AddDate(0, 0, g.IntN(80))
			all = append(all, absence{day, day.AddDate(0, 0, 1+g.IntN(2)), true})
		}
		for range g.poisson(3) {
			day := at(time.January, 8).AddDate(0, 0, g.IntN(340))
			all = append(all, absence{day, day.AddDate(0, 0, 1+g.IntN(3)), g.chance(0.7)})
		}
		m.away = append(m.away, all...)
	}
	slices.SortFunc(m.away, func(a, b absence) int { return a.from.Compare(b.from) })
}

// spend notes that a person spent a part of a day on a ticket, as far as the day has room for it.
func (g *generator) spend(m *member, at time.Time, k *ticket, days float64) {
	d := m.on(at)
	if d == nil {
		return // whoever works at night or on a Sunday does so beside their time
	}
	if lack := days - d.free(); lack > 0 { // meetings have to wait
		take := min(lack, d.apart)
		d.apart -= take
		days -= lack - take
	}
	if days <= 0 {
		return
	}
	for n := range d.work {
		if d.work[n].k == k {
			d.work[n].days += days
			return
		}
	}
	d.work = append(d.work, slice{k, days})
}
