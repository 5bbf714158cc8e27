package retro

import (
	"math"
	"slices"
	"time"
)

// initiatives are those of the quarter: that are not over, or received effort all the same, so that their days sum to
// those of the category; of a team those that its plan names or its people worked on. What a plan intends
// is that of the team too: beside its days the intentions of all would say that it missed what others were to do.
func (k *whatIsKnown) initiatives() []Initiative {
	spent := map[string]float64{}
	k.quarter(func(r *effortRow) {
		if r.Initiative != "" {
			spent[r.Initiative] += r.Effort
		}
	})
	out := []Initiative{}
	for _, i := range k.running {
		if i.Target < k.o.Quarter.From.Format(time.DateOnly) && i.Done >= i.Items && spent[i.ID] <= 1e-9 {
			continue // over before the quarter began
		}
		planned := optional(i.Planned)
		if k.o.Team != "" {
			own := slices.Index(i.Teams, k.o.Team)
			if own < 0 && spent[i.ID] <= 1e-9 {
				continue
			}
			planned = nil
			if own >= 0 {
				planned = pointer(i.TeamDays[own])
			}
		}
		v := Initiative{
			ID: i.ID, Name: i.Name, Owner: i.Owner, Items: i.Items, Done: i.Done, Days: F(steady(spent[i.ID])), Planned: planned,
			FirstTarget: i.FirstTarget, Target: i.Target, Slip: optional(i.Slip), Overdue: k.overdue(i),
		}
		v.Low, v.High = k.forecast(i)
		out = append(out, v)
	}
	return out
}

// overdue is how many days have passed since the target of an initiative that is not done; nil where none have.
func (k *whatIsKnown) overdue(i initiativeRow) *F {
	target, err := time.Parse(time.DateOnly, i.Target)
	last := dayOf(k.at.Add(-time.Millisecond).In(k.o.Quarter.From.Location()))
	if err != nil || i.Done >= i.Items || !last.After(target) {
		return nil
	}
	return pointer(float64(last.Sub(target) / day))
}

// forecast is when an initiative is done if the best and the worst of the last eight weeks go on, as in
// initiative_progress: empty where nothing is left, nothing was finished, or no end is in sight.
func (k *whatIsKnown) forecast(i initiativeRow) (low, high string) {
	left, recent := float64(i.Items-i.Done), float64(i.Finished)
	if left <= 0 || recent <= 0 {
		return "", ""
	}
	from := dayOf(k.at.In(k.o.Quarter.From.Location()))
	at := func(days float64) string { return from.AddDate(0, 0, int(math.Ceil(days))).Format(time.DateOnly) }
	low = at(56 * left / (recent + math.Sqrt(recent)))
	if worst := recent - math.Sqrt(recent) - float64(i.Added); worst > 0 && 56*left/worst < 3650 {
		high = at(56 * left / worst)
	}
	return low, high
}

// dayOf is the day of an instant as the first instant of that day in UTC, so that days can be counted.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
