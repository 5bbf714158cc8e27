package retro

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/stats"
)

// titled is a document that says what it is of, and nothing yet.
func (k *whatIsKnown) titled() *Numbers {
	q := k.o.Quarter
	return &Numbers{
		Format: 1, Quarter: q.Name, Previous: k.o.Previous, From: q.From.Format(time.DateOnly),
		Through:  k.at.Add(-time.Millisecond).In(q.From.Location()).Format(time.DateOnly),
		Complete: !k.at.Before(q.To), Team: k.o.Team, TeamName: k.name(k.o.Team), KnownAt: instant{k.o.KnownAt}.text(), Ruleset: k.known.Ruleset,
	}
}

// numbers makes the document of what is known.
func (k *whatIsKnown) numbers() *Numbers {
	n := k.titled()
	for _, r := range k.effort {
		n.Model, n.Config = r.Model, r.Config
	}
	n.Plans = k.planned()
	n.Allocation = k.allocation(k.alloc)
	n.Basis = k.basis()
	n.Headline = k.headline(n)
	n.Basis.Sensitivity = k.sensitivity(n.Headline)
	n.Lost = k.lost()
	n.Forced = k.forced()
	n.Vector = k.vector()
	n.Changes = k.changes(n)
	n.Actions, n.Notes = k.said()
	n.ForcedLong = k.forcedLong()
	n.Weeks = k.weeks()
	n.Digging = k.digging(k.mine)
	n.Initiatives = k.initiatives()
	n.Asks = k.userAsks()
	n.Unplanned = k.unplanned()
	n.Unfinished = k.unfinished()
	n.Overrides = k.late
	n.Items = k.most()
	if k.o.Team == "" {
		n.Teams, n.Thin = k.each()
	}
	n.Questions = worthDiscussing(n)
	return n
}

func (k *whatIsKnown) name(team string) string {
	for _, t := range k.teams {
		if t.ID == team && t.Name != "" {
			return t.Name
		}
	}
	return team
}

// quarter yields the effort of this quarter that belongs to the retrospective.
func (k *whatIsKnown) quarter(do func(*effortRow)) {
	from := k.o.Quarter.From.Format(time.DateOnly)
	for i := range k.effort {
		if r := &k.effort[i]; r.Day >= from && k.mine(r.Team) {
			do(r)
		}
	}
}

// add counts days of a quadrant.
func (m *Mix) add(quadrant string, days float64) {
	switch d := F(days); quadrant {
	case "forced_short":
		m.ForcedShort += d
	case "forced_long":
		m.ForcedLong += d
	case "discretionary_short":
		m.DiscretionaryShort += d
	case "discretionary_long":
		m.DiscretionaryLong += d
	case "unallocated":
		m.Unallocated += d
	default:
		m.Undetermined += d
	}
}

// determined are the days whose verdict decides.
func (m *Mix) determined() float64 {
	return float64(m.ForcedShort + m.ForcedLong + m.DiscretionaryShort + m.DiscretionaryLong)
}

func (k *whatIsKnown) weeks() []Week {
	by := map[string]*Week{}
	k.quarter(func(r *effortRow) {
		w := k.weekOf(r.Day)
		if by[w] == nil {
			by[w] = &Week{Week: w}
		}
		by[w].Mix.add(r.Quadrant, r.Effort)
	})
	var out []Week
	for _, w := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[w])
	}
	return out
}

func (k *whatIsKnown) basis() Basis {
	b := Basis{Known: k.known.Items, Unseen: k.known.Unseen, DeadLetters: k.known.DeadLetters, FirstKnown: k.known.FirstKnownAt.text()}
	var capacity, items, without, nobody, undetermined, overridden, inherited, help, nowhere float64
	declared := map[string]bool{}
	for _, t := range k.teams {
		declared[t.ID] = true
	}
	k.quarter(func(r *effortRow) {
		capacity += r.Effort
		if !declared[r.Team] {
			nowhere += r.Effort
		}
		if r.ItemID == "" {
			without += r.Effort
			return
		}
		items += r.Effort
		if r.Category == "uncategorised" {
			nobody += r.Effort
		}
		if r.Quadrant == "undetermined" {
			undetermined += r.Effort
		}
		if r.ItemTeam != r.Team && r.ItemTeam != "" && k.o.Team != "" {
			help += r.Effort
		}
		if it := k.items[r.ItemID]; it != nil {
			switch it.Source {
			case "override":
				overridden += r.Effort
			case "inherited":
				inherited += r.Effort
			}
		}
	})
	b.Capacity, b.OnItems, b.Help = F(steady(capacity)), F(steady(items)), F(steady(help))
	b.Nowhere = F(steady(nowhere))
	b.Unallocated, b.Uncategorised = ratio(without, capacity), ratio(nobody, capacity)
	b.Undetermined, b.Overridden, b.Inherited = ratio(undetermined, items), ratio(overridden, items), ratio(inherited, items)
	return b
}

// ofForced are broad and strict shares of forced work in determined effort between two days.
func (k *whatIsKnown) ofForced(from, to string) (broad, strict *F) {
	var all, forced, defects float64
	for i := range k.effort {
		r := &k.effort[i]
		if r.Day < from || r.Day >= to || !k.mine(r.Team) || r.Quadrant == "undetermined" || r.Quadrant == "unallocated" {
			continue
		}
		all += r.Effort
		if strings.HasPrefix(r.Quadrant, "forced") {
			forced += r.Effort
			if r.Reason == "defect" {
				defects += r.Effort
			}
		}
	}
	return ratio(forced, all), ratio(forced-defects, all)
}

func (k *whatIsKnown) forced() Forced {
	q := k.o.Quarter
	var f Forced
	from, to := q.From.Format(time.DateOnly), q.To.Format(time.DateOnly)
	f.Broad, f.Strict = k.ofForced(from, to)
	f.BroadBefore, f.StrictBefore = k.ofForced(q.Back(1).Format(time.DateOnly), from)
	by := map[string]float64{}
	k.quarter(func(r *effortRow) {
		if strings.HasPrefix(r.Quadrant, "forced") {
			by[r.Reason] += r.Effort
		}
	})
	f.Reasons = reasons(by)
	return f
}

// reasons are days by name, the most first.
func reasons(by map[string]float64) []Reason {
	out := []Reason{}
	for name, d := range by {
		out = append(out, Reason{name, F(steady(d))})
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// spent is the effort of the quarter by item.
func (k *whatIsKnown) spent() map[string]float64 {
	by := map[string]float64{}
	k.quarter(func(r *effortRow) {
		if r.ItemID != "" {
			by[r.ItemID] += r.Effort
		}
	})
	return by
}

func (k *whatIsKnown) item(it *itemRow, days float64) Item {
	return Item{
		ID: it.ID, Key: it.Key, Title: it.Title, URL: it.URL, Team: it.Team, Days: F(steady(days)), Quadrant: it.Quadrant, Category: it.Category,
		Age: int(k.at.Sub(it.CreatedAt.Time) / day),
	}
}

// listed is how many items a list names.
const listed = 10

func first(items []Item) []Item {
	return items[:min(len(items), listed)]
}

// byDays orders items by their days, the most first.
func byDays(a, b Item) int { return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(a.ID, b.ID)) }

// most are the items that took most of the quarter.
func (k *whatIsKnown) most() []Item {
	out := []Item{}
	for id, d := range k.spent() {
		if it := k.items[id]; it != nil && steady(d) > 0 {
			out = append(out, k.item(it, d))
		}
	}
	slices.SortFunc(out, byDays)
	return first(out)
}

func (k *whatIsKnown) unfinished() Unfinished {
	var u Unfinished
	var all, open float64
	u.Items = []Item{}
	for id, d := range k.spent() {
		all += d
		if it := k.items[id]; it != nil && it.ClosedAt.IsZero() {
			open += d
			u.Items = append(u.Items, k.item(it, d))
		}
	}
	slices.SortFunc(u.Items, byDays)
	u.Items = first(u.Items)
	u.Days, u.Share = F(steady(open)), ratio(open, all)
	return u
}

func (k *whatIsKnown) unplanned() Unplanned {
	u := Unplanned{Askers: []Asker{}}
	var items, known, not, others float64
	kinds, askers := map[string]float64{}, map[Asker]float64{}
	k.quarter(func(r *effortRow) {
		if r.ItemID != "" {
			items += r.Effort
		}
		if r.Planned == nil {
			return
		}
		u.Known = true
		known += r.Effort
		if *r.Planned {
			return
		}
		not += r.Effort
		kinds[r.Unplanned] += r.Effort
		// Whose work it is says the item, not who did it.
		other := r.AskerTeam != "" && r.AskerTeam != r.ItemTeam
		if other {
			others += r.Effort
		}
		askers[Asker{Asker: r.Asker, Others: other}] += r.Effort
	})
	u.Judged, u.Of = F(steady(known)), ratio(known, items)
	u.Days, u.Share, u.Others, u.Kinds = F(steady(not)), ratio(not, known), F(steady(others)), reasons(kinds)
	for a, d := range askers {
		if a.Days = F(steady(d)); a.Days > 0 {
			u.Askers = append(u.Askers, a)
		}
	}
	slices.SortFunc(u.Askers, func(a, b Asker) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(a.Asker, b.Asker), map[bool]int{true: 1}[a.Others])
	})
	return u
}

func (k *whatIsKnown) userAsks() []UserAsk {
	spent := map[string]float64{}
	k.quarter(func(r *effortRow) {
		if r.Ask != "" {
			spent[r.Ask] += r.Effort
		}
	})
	out := []UserAsk{}
	for _, a := range k.asks {
		if !k.mine(a.Team) {
			continue
		}
		u := UserAsk{ID: a.ID, Team: a.Team, Rank: a.Rank, Title: a.Title, Asker: a.Asker, Days: F(steady(spent[a.ID]))}
		if !a.Answered.IsZero() && !a.Answered.After(k.at) {
			u.Answered = a.Answered.In(k.o.Quarter.From.Location()).Format(time.DateOnly)
		}
		out = append(out, u)
	}
	return out
}

// digging is the verdict on the forced work of teams.
func (k *whatIsKnown) digging(mine func(string) bool) Digging {
	d := Digging{Series: []ForcedWeek{}, Bulk: []Bulk{}}
	end := k.weekStart(k.at)
	var firstOpened time.Time
	for _, it := range k.order {
		if mine(it.Team) && (firstOpened.IsZero() || it.CreatedAt.Before(firstOpened)) {
			firstOpened = it.CreatedAt.Time
		}
	}
	forcedDays, determined := map[string]float64{}, map[string]float64{}
	for i := range k.effort {
		r := &k.effort[i]
		if !mine(r.Team) || r.Quadrant == "undetermined" || r.Quadrant == "unallocated" {
			continue
		}
		w := k.weekOf(r.Day)
		determined[w] += r.Effort
		if strings.HasPrefix(r.Quadrant, "forced") {
			forcedDays[w] += r.Effort
		}
	}
	inBulk := map[string]bool{}
	for _, c := range k.bulk {
		inBulk[c.ItemID] = true
	}
	for n := forcedWeeks; n >= 1; n-- {
		start, stop := end.AddDate(0, 0, -7*n), end.AddDate(0, 0, -7*(n-1))
		if firstOpened.IsZero() || firstOpened.After(start) {
			continue
		}
		w := ForcedWeek{Week: start.Format(time.DateOnly)}
		for _, it := range k.order {
			if !mine(it.Team) || !strings.HasPrefix(it.Quadrant, "forced") || !it.CreatedAt.Before(stop) {
				continue
			}
			closed := !it.ClosedAt.IsZero() && it.ClosedAt.Before(stop)
			if !it.CreatedAt.Before(start) {
				w.Inflow++
			}
			if !closed {
				w.Backlog++
			} else if !it.ClosedAt.Before(start) {
				w.Outflow++
				if inBulk[it.ID] {
					w.BulkClosed++
				}
			}
		}
		w.Share = ratio(forcedDays[w.Week], determined[w.Week])
		d.Series = append(d.Series, w)
	}
	weeks := make([]stats.ForcedWeek, len(d.Series))
	for i, w := range d.Series {
		weeks[i] = stats.ForcedWeek{Inflow: float64(w.Inflow), Backlog: float64(w.Backlog), BulkClosed: float64(w.BulkClosed), Share: nan(w.Share)}
	}
	d.Verdict = stats.Dig(weeks)
	d.Bulk = k.bulkOf(mine)
	return d
}

// bulkOf names the bulk closes by actor and hour.
func (k *whatIsKnown) bulkOf(mine func(string) bool) []Bulk {
	out := []Bulk{}
	last := map[string]int{}
	for _, c := range k.bulk {
		it := k.items[c.ItemID]
		if it == nil || !mine(it.Team) || !strings.HasPrefix(it.Quadrant, "forced") {
			continue
		}
		hour := c.At.UTC().Truncate(time.Hour).Format("2006-01-02T15:04Z")
		i, ok := last[c.Actor+" "+hour]
		if !ok {
			i = len(out)
			last[c.Actor+" "+hour] = i
			out = append(out, Bulk{At: hour, Actor: c.Actor})
		}
		out[i].Keys = append(out[i].Keys, it.Key)
	}
	return out
}

func (k *whatIsKnown) forcedLong() ForcedLong {
	f := ForcedLong{Oldest: []Item{}, Avalanche: []Item{}, Ages: []Age{{Days: 30}, {Days: 90}, {Days: 180}, {}}}
	spent := map[string]float64{} // by anybody: a team's work may be done by another
	from := k.o.Quarter.From.Format(time.DateOnly)
	for i := range k.effort {
		if r := &k.effort[i]; r.Day >= from && r.ItemID != "" {
			spent[r.ItemID] += r.Effort
		}
	}
	var ages []float64
	for _, it := range k.order {
		if !k.mine(it.Team) {
			continue
		}
		if it.Quadrant == "forced_short" && k.before[it.ID] {
			f.Avalanche = append(f.Avalanche, k.item(it, spent[it.ID]))
		}
		if it.Quadrant != "forced_long" || !it.ClosedAt.IsZero() {
			continue
		}
		f.Known++
		if steady(spent[it.ID]) > 0 {
			f.Resourced++
			continue
		}
		f.Unresourced++
		v := k.item(it, 0)
		f.Oldest = append(f.Oldest, v)
		ages = append(ages, float64(v.Age))
		for i := range f.Ages {
			if v.Age <= f.Ages[i].Days || f.Ages[i].Days == 0 {
				f.Ages[i].Items++
				break
			}
		}
	}
	slices.SortFunc(f.Oldest, func(a, b Item) int { return cmp.Or(cmp.Compare(b.Age, a.Age), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(f.Avalanche, byDays)
	f.Oldest = first(f.Oldest)
	if slices.Sort(ages); len(ages) > 0 {
		f.AgeDays = pointer((ages[len(ages)/2] + ages[(len(ages)-1)/2]) / 2)
	}
	return f
}

func nan(f *F) float64 {
	if f == nil {
		return notANumber
	}
	return float64(*f)
}
