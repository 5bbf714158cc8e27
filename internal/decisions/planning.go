package decisions

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// More than these are warned of: a team spreads itself thin, or an initiative is none that anybody will finish.
const (
	mostInitiatives = 3  // at once
	mostMonths      = 6  // of an initiative
	mostAsks        = 10 // of a team and quarter
)

func (c *collector) warn(s *source, path, format string, a ...any) {
	c.warnings = append(c.warnings, s.errorAt(path, format, a...).Error())
}

// only notes that there is one of something, refusing a second one.
func (c *collector) only(s *source, path, what string) error {
	if where, ok := c.once[what]; ok {
		return s.errorAt(path, "%s is there twice, first in %s", what, where)
	}
	c.once[what] = s.name
	return nil
}

// days reads a half-open span of days.
func (s *source) days(path, what, from, to, toName string) (f, t time.Time, err error) {
	if f, err = time.Parse(time.DateOnly, from); err != nil {
		return f, t, s.errorAt(path+".from", "%s: from %q is not a date such as 2026-01-31", what, from)
	}
	if t, err = time.Parse(time.DateOnly, to); err != nil || !t.After(f) {
		return f, t, s.errorAt(path+"."+toName, "%s: %s %q is not a date after from", what, toName, to)
	}
	return f, t, nil
}

// instant reads a time, or a day, which is its first instant in UTC; it returns it as it stands in the log.
func (s *source) instant(path, what, name, text string) (time.Time, string, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, t.UTC().Format(time.RFC3339), nil
		}
	}
	return time.Time{}, "", s.errorAt(path+"."+name, "%s: %s %q is not a time such as 2026-07-03T12:00:00Z", what, name, text)
}

func (c *collector) addAbsences(s *source) error {
	for i, a := range s.file.Absences {
		path := fmt.Sprintf("$.absences[%d]", i)
		if !c.has("person", a.Person) {
			return s.errorAt(path+".person", "absence of %q, who is not defined under people", a.Person)
		}
		what := "absence of " + a.Person + " from " + a.From
		from, _, err := s.days(path, what, a.From, a.To, "to")
		if err != nil {
			return err
		}
		if err := c.only(s, path, what); err != nil {
			return err
		}
		a.Person = PersonPseudonym(a.Person)
		if err := c.add("absence", a.Person+"/"+a.From, from, a); err != nil {
			return err
		}
	}
	return nil
}

// running is an initiative's time.
type running struct {
	id       string
	from, to time.Time
}

func (c *collector) addInitiatives(s *source) error {
	for i, in := range s.file.Initiatives {
		path := fmt.Sprintf("$.initiatives[%d]", i)
		if err := define(s, path, "initiative", in.ID, c.initiatives); err != nil {
			return err
		}
		what := "initiative " + in.ID
		from, target, err := s.days(path, what, in.From, in.Target, "target")
		if err != nil {
			return err
		}
		if in.Owner, err = c.party(s, path+".owner", what, "owner", in.Owner); err != nil {
			return err
		}
		for sign, at := range in.Items.signs() {
			if other, ok := c.signs[sign]; ok && other != in.ID {
				return s.errorAt(path+".items."+at, "%s: %s belongs to initiative %s already, and an item is in one only", what, sign, other)
			}
			c.signs[sign] = in.ID
		}
		if target.After(from.AddDate(0, mostMonths, 0)) {
			c.warn(s, path+".target", "%s is to take longer than %d months, to %s: split it, so that something is finished earlier", what, mostMonths, in.Target)
		}
		c.running = append(c.running, running{in.ID, from, target})
		if at := c.atOnce(target, from); len(at) > mostInitiatives {
			c.warn(s, path, "%d initiatives at once (%s), more than %d: each takes attention from the others", len(at), strings.Join(at, ", "), mostInitiatives)
		}
		in.Items = in.Items.whole()
		if err := c.add("initiative", in.ID, from, in); err != nil {
			return err
		}
	}
	return nil
}

// atOnce are the initiatives of the fullest day between two, sorted.
func (c *collector) atOnce(before, from time.Time) (most []string) {
	days := []time.Time{from}
	for _, r := range c.running {
		if r.from.After(from) && r.from.Before(before) {
			days = append(days, r.from)
		}
	}
	for _, day := range days {
		var now []string
		for _, r := range c.running {
			if !r.from.After(day) && day.Before(r.to) {
				now = append(now, r.id)
			}
		}
		if len(now) > len(most) {
			most = now
		}
	}
	slices.Sort(most)
	return most
}

// party is who owns or asks, as it stands in the log: a team, a group, or a person by pseudonym; and customers, who ask.
func (c *collector) party(s *source, path, what, role, id string) (string, error) {
	if id != "" && c.has("person", id) {
		return PersonPseudonym(id), nil
	}
	if id == "" || c.has("team", id) || c.has("group", id) || role == "asker" && strings.HasPrefix(id, "customer") {
		return id, nil
	}
	also := ""
	if role == "asker" {
		also = "; customers are written customer, or customer with a name after it"
	}
	return "", s.errorAt(path, "%s: %s %q is no team, group or person that is defined%s", what, role, id, also)
}

// whole has a list wherever a file has none.
func (it items) whole() items {
	for _, list := range []*[]string{&it.Keys, &it.Epics, &it.Labels} {
		if *list == nil {
			*list = []string{}
		}
	}
	return it
}

// signs are what an item of these bears, each with its place, in their order.
func (it items) signs() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, l := range []struct {
			name, sign string
			all        []string
		}{{"keys", "key ", it.Keys}, {"epics", "key ", it.Epics}, {"labels", "label ", it.Labels}} {
			for i, v := range l.all {
				if l.name == "labels" {
					v = strings.ToLower(v)
				}
				if !yield(l.sign+v, fmt.Sprintf("%s[%d]", l.name, i)) {
					return
				}
			}
		}
	}
}

func (c *collector) addPlans(s *source) error {
	for i, p := range s.file.Plans {
		path := fmt.Sprintf("$.plans[%d]", i)
		if !c.has("team", p.Team) {
			return s.errorAt(path+".team", "plan of team %q, which is not defined under teams", p.Team)
		}
		what := "plan of " + p.Team + " for " + p.Quarter
		from, to, err := c.calendar.Quarter(p.Quarter)
		if err != nil {
			return s.errorAt(path+".quarter", "plan of %s: %v", p.Team, err)
		}
		if err := c.only(s, path, what); err != nil {
			return err
		}
		if err := c.checkShares(s, path, what, p); err != nil {
			return err
		}
		frozen := from
		if p.FrozenAt != "" {
			if frozen, p.FrozenAt, err = s.instant(path, what, "frozen_at", p.FrozenAt); err != nil {
				return err
			}
		}
		if frozen.Before(from.AddDate(0, -3, 0)) || !frozen.Before(to) {
			return s.errorAt(path+".frozen_at", "%s: frozen_at %s is neither in the quarter nor in the one before it, that is from %s and before %s",
				what, p.FrozenAt, from.AddDate(0, -3, 0).Format(time.DateOnly), to.Format(time.DateOnly))
		}
		p.FrozenAt = frozen.UTC().Format(time.RFC3339)
		if err := c.add("plan", p.Team+"/"+p.Quarter, from, p); err != nil {
			return err
		}
		c.out[len(c.out)-1].Reason = p.Reason
	}
	return nil
}

func (c *collector) checkShares(s *source, path, what string, p plan) error {
	if len(p.Shares) == 0 {
		return s.errorAt(path, "%s has no shares, such as {user_asks: 0.4, platform_quality: 0.3, key_initiatives: 0.3}", what)
	}
	sum := 0.0
	for _, category := range slices.Sorted(maps.Keys(p.Shares)) {
		v := p.Shares[category]
		if category == "" || category == "uncategorised" || category == "unallocated" {
			return s.errorAt(path+".shares", "%s: %q cannot be planned, as it is what remains", what, category)
		}
		if !(v >= 0 && v <= 1) {
			return s.errorAt(path+".shares."+category, "%s: share %v of %s is not from 0 to 1", what, v, category)
		}
		sum += v
	}
	if math.Abs(sum-1) > 1e-9 {
		return s.errorAt(path+".shares", "%s: the shares sum to %.10g, not to 1", what, sum)
	}
	if d := p.CapacityDays; d != nil && !(*d > 0 && !math.IsInf(*d, 0)) {
		return s.errorAt(path+".capacity_days", "%s: capacity_days %v is not above 0", what, *d)
	}
	for _, id := range slices.Sorted(maps.Keys(p.InitiativeDays)) {
		if !c.has("initiative", id) {
			return s.errorAt(path+".initiative_days."+id, "%s: initiative %q is not defined under initiatives", what, id)
		}
		if d := p.InitiativeDays[id]; !(d >= 0 && !math.IsInf(d, 0)) {
			return s.errorAt(path+".initiative_days."+id, "%s: %v days for %s is below 0", what, d, id)
		}
	}
	return nil
}

// rankOf is what there may be one ask only of.
func rankOf(a ask) string {
	return fmt.Sprintf("rank %d among the asks of %s for %s", a.Rank, a.Team, a.Quarter)
}

func (c *collector) addAsks(s *source) error {
	for i, a := range s.file.Asks {
		path := fmt.Sprintf("$.asks[%d]", i)
		if a.ID == "" {
			return s.errorAt(path, "an ask without an id")
		}
		what := "ask " + a.ID
		if err := c.only(s, path+".id", what); err != nil {
			return err
		}
		if !c.has("team", a.Team) {
			return s.errorAt(path+".team", "%s of team %q, which is not defined under teams", what, a.Team)
		}
		from, _, err := c.calendar.Quarter(a.Quarter)
		if err != nil {
			return s.errorAt(path+".quarter", "%s: %v", what, err)
		}
		if a.Rank < 1 {
			return s.errorAt(path+".rank", "%s: rank %d is not 1 or more; 1 is the most urgent", what, a.Rank)
		}
		if err := c.only(s, path+".rank", rankOf(a)); err != nil {
			return err
		}
		if a.Asker, err = c.party(s, path+".asker", what, "asker", a.Asker); err != nil {
			return err
		}
		if a.AnsweredAt != "" {
			if _, a.AnsweredAt, err = s.instant(path, what, "answered_at", a.AnsweredAt); err != nil {
				return err
			}
		}
		for sign, at := range a.Items.signs() {
			key := a.Quarter + " " + sign
			if c.asks[key] = append(c.asks[key], a.ID); len(c.asks[key]) > 1 {
				c.warn(s, path+".items."+at, "%s: %s is in %s of the same quarter too: its effort counts for %s", what, sign, c.asks[key][0], slices.Min(c.asks[key]))
			}
		}
		of := a.Team + " for " + a.Quarter
		if c.ranked[of]++; c.ranked[of] > mostAsks && !c.crowded[of] {
			c.crowded[of] = true
			c.warn(s, path, "more than %d asks of %s: of so many none is urgent", mostAsks, of)
		}
		a.Items = a.Items.whole()
		if err := c.add("ask", a.ID, from, a); err != nil {
			return err
		}
	}
	return nil
}

// Late names the plans among changes that are published after their quarter began.
func Late(changes []Change, now time.Time) []string {
	var out []string
	for _, c := range changes {
		if d := c.Decision; d.Kind == "plan" && (c.Verb == "add" || c.Verb == "change") && now.After(d.ValidFrom) {
			out = append(out, fmt.Sprintf("plan %s is late, %d days after its quarter began: wherever it is used that is said", d.ID, int(now.Sub(d.ValidFrom).Hours()/24)))
		}
	}
	return out
}
