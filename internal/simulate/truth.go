package simulate

import (
	"time"
)

// The categories of the truth.
const (
	UserAsks        = "user_asks"
	PlatformQuality = "platform_quality"
	KeyInitiatives  = "key_initiatives"
	Uncategorised   = "uncategorised" // work for none of the three
	Unallocated     = "unallocated"   // time that went into no ticket
)

// customer is who asks for what people outside ask for.
const customer = "customer"

// property is the quality that work of a kind preserves, as those who do it see it; empty for none.
func (th *theme) property() string {
	switch th {
	case forcedShort["outage"], forcedShort["build"], forcedLong["scale"]:
		return "reliability"
	case forcedShort["vulnerability"], forcedShort["avalanche"], forcedLong["compliance"], privacy:
		return "security"
	case forcedShort["degradation"]:
		return "latency"
	}
	return ""
}

// category is where the work on a ticket goes in truth, by the order of the steps that the domain fixes: what
// belongs to an initiative, an ask, preserves a quality, is forced and the team's own, or is asked for by others.
func (k *ticket) category() string {
	switch {
	case k.initiative != nil:
		return KeyInitiatives
	case k.ask != nil || k.asker == customer: // a customer's wish is named so by whoever takes it in
		return UserAsks
	case k.theme.property() != "" || k.theme.quadrant.Forced() && k.asker == "":
		return PlatformQuality
	case k.asker != "":
		return UserAsks
	}
	return Uncategorised
}

// ItemTruth is what is true of a generated item, whatever the trackers show.
type ItemTruth struct {
	Team, Category, Property string
	Quadrant                 Quadrant
	Initiative, Ask          string // ids; empty for none
	Asker                    string // a team's id, or customer; empty for its own team
	Of                       string // of a pull request the key of what it answers
}

// Items is the truth about all generated items that exist now, by key. It is empty for recorded data.
func (d *Dataset) Items() map[string]ItemTruth {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := map[string]ItemTruth{}
	if d.made == nil {
		return out
	}
	for _, k := range d.made.tickets {
		if key := k.key(); key != "" {
			out[key] = k.truth()
		}
	}
	for _, p := range d.made.pulls {
		t := p.k.truth()
		t.Of = p.k.key()
		out[p.it.key()] = t
	}
	return out
}

func (k *ticket) truth() ItemTruth {
	t := ItemTruth{Team: k.team.id, Category: k.category(), Property: k.theme.property(), Quadrant: k.theme.quadrant, Asker: k.asker}
	if k.initiative != nil {
		t.Initiative = k.initiative.id
	}
	if k.ask != nil {
		t.Ask = k.ask.id
	}
	return t
}

// Spent is a part of a person's day in truth.
type Spent struct {
	Person, Team string    // the person's id, and the team they were in on that day
	Day          time.Time // midnight UTC of the day where the person lives
	Item         string    // key of the ticket, its pull requests included; empty: nothing that a tracker knows
	Category     string
	Days         float64 // person-days; those of a person and day sum to their capacity
}

// Effort is what everybody really did from a day on until before another one, day by day. Who is away has no rows.
// It is empty for recorded data.
func (d *Dataset) Effort(from, to time.Time) []Spent {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []Spent
	if d.org == nil {
		return out
	}
	for day := from.UTC().Truncate(24 * time.Hour); day.Before(to); day = day.AddDate(0, 0, 1) {
		for _, m := range d.org.people {
			p := m.days[day]
			if p == nil {
				continue
			}
			s := Spent{Person: m.id, Team: m.teamOn(d.org, day).id, Day: day}
			rest := p.capacity
			for _, w := range p.work {
				s.Item, s.Category, s.Days = w.k.key(), w.k.category(), w.days
				out = append(out, s)
				rest -= w.days
			}
			s.Item, s.Category, s.Days = "", Unallocated, rest
			out = append(out, s)
		}
	}
	return out
}
