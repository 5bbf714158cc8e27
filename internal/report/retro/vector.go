package retro

import (
	"math"
	"time"
)

var notANumber = math.NaN()

// The thresholds of the archetypes, on shares of the effort whose verdict decides: those of the view team_vectors, which
// has months.
const (
	enoughDays       = 20. // of effort on items: below it there is no archetype
	mostUndetermined = 0.4 // of the effort on items: above it likewise
	nearZero         = 0.05
	splitShare       = 0.3 // of emergencies and of research: the mean lies where nobody is
)

// vector is the path over four quarters.
func (k *whatIsKnown) vector() Vector {
	v := Vector{Path: []Point{}}
	for n := 3; n >= 0; n-- {
		v.Path = append(v.Path, k.point(k.o.Quarter.Back(n), k.o.Quarter.Back(n-1), k.mine))
	}
	for _, t := range k.teams {
		if t.ID == k.o.Team && k.o.Team != "" {
			v.DesiredForced, v.DesiredLong = optional(t.DesiredForced), optional(t.DesiredLong)
		}
	}
	last := v.Path[len(v.Path)-1]
	if v.DesiredForced != nil && v.DesiredLong != nil && last.Forced != nil {
		v.Distance = pointer(math.Hypot(float64(*last.Forced-*v.DesiredForced), float64(*last.Long-*v.DesiredLong)))
	}
	return v
}

// mean is a weighted mean in the making.
type mean struct{ sum, weight float64 }

func (m *mean) add(v, weight float64) { m.sum += v * weight; m.weight += weight }

func (m *mean) value() *F { return ratio(m.sum, m.weight) }

// point is where teams lie between two days.
func (k *whatIsKnown) point(begin, end time.Time, mine func(string) bool) Point {
	from, to := begin.Format(time.DateOnly), end.Format(time.DateOnly)
	p := Point{From: from, Warnings: []string{}}
	var forced, long [3]mean // by effort, time and activity
	days, items := 0., 0.
	for i := range k.effort {
		r := &k.effort[i]
		if r.Day < from || r.Day >= to || !mine(r.Team) {
			continue
		}
		p.Mix.add(r.Quadrant, r.Effort)
		if r.Quadrant != "unallocated" {
			items += r.Effort
		}
		if r.Forced == nil || r.Long == nil {
			continue
		}
		days += r.Effort
		for j, w := range []float64{r.Effort, r.Time, r.Activity} {
			forced[j].add(*r.Forced, w)
			long[j].add(*r.Long, w)
		}
	}
	p.Days = F(steady(days))
	p.Forced, p.ForcedLow, p.ForcedHigh = band(forced)
	p.Long, p.LongLow, p.LongHigh = band(long)
	p.Undetermined = ratio(float64(p.Mix.Undetermined), items)
	p.Archetype = archetype(p.Mix, p.Undetermined)
	if det := p.Mix.determined(); items >= enoughDays && det > 0 {
		force := float64(p.Mix.ForcedShort+p.Mix.ForcedLong) / det
		if float64(p.Mix.ForcedShort)/det >= splitShare && float64(p.Mix.DiscretionaryLong)/det >= splitShare {
			p.Warnings = append(p.Warnings, "split")
		}
		if force < nearZero {
			p.Warnings = append(p.Warnings, "no_forced")
		}
		if force > 1-nearZero {
			p.Warnings = append(p.Warnings, "no_discretionary")
		}
	}
	return p
}

// band is the mean under the configured weights, with the least and the greatest under all.
func band(m [3]mean) (v, low, high *F) {
	v = m[0].value()
	if v == nil {
		return nil, nil, nil
	}
	low, high = v, v
	for i := range m {
		if w := m[i].value(); w != nil {
			low, high = pointer(math.Min(float64(*low), float64(*w))), pointer(math.Max(float64(*high), float64(*w)))
		}
	}
	return v, low, high
}

// archetype says what kind of team it is, from the shares of determined effort and not from the mean: half emergencies
// and half research is no balanced team in the middle of the grid.
func archetype(m Mix, undetermined *F) string {
	det := m.determined()
	if det+float64(m.Undetermined) < enoughDays || det <= 0 || undetermined != nil && *undetermined > mostUndetermined {
		return "undetermined"
	}
	forced := float64(m.ForcedShort+m.ForcedLong) / det
	long := float64(m.ForcedLong+m.DiscretionaryLong) / det
	switch {
	case float64(m.ForcedShort)/det >= 0.6:
		return "firefighting"
	case float64(m.DiscretionaryLong)/det >= 0.6 && forced <= 0.1:
		return "research"
	case forced >= 0.25 && forced <= 0.75 && long >= 0.2 && long <= 0.8:
		return "balanced"
	}
	return "mixed"
}
