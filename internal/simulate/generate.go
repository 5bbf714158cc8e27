package simulate

import (
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ahead is how far beyond its end a generated dataset knows what will happen: what [Dataset.Advance] reveals.
const ahead = 8 * 7 * 24 * time.Hour

// generator writes down everything that happens, as steps. All its chances are drawn while writing, in one
// order, so that a dataset is a function of the seed and the end.
type generator struct {
	*rand.Rand
	d      *Dataset
	org    *organisation
	steps  []step
	amount float64 // of work, 1 being the usual

	tickets []*ticket
	pulls   []pulled
	jobs    []*job
}

// Generate makes up an organisation's two years up to a time: six teams and forty people with about 6,000
// items. Equal seed and end give an equal dataset. Nothing in it is later than end; what comes within eight
// weeks after it is in store for [Dataset.Advance].
func Generate(seed uint64, end time.Time) *Dataset { return GenerateSized(seed, end, 1) }

// GenerateSized is Generate with less work: size is the part of it that is filed, above 0 and at most 1. Teams,
// people and years are the same.
func GenerateSized(seed uint64, end time.Time, size float64) *Dataset {
	end = end.UTC().Truncate(time.Second)
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x776f726b6d6978)), d: newDataset(), org: newOrganisation(end), amount: size}
	g.d.org, g.d.made = g.org, g
	for _, t := range g.org.teams {
		for _, r := range t.repos {
			g.d.addRepo(orgName+"/"+r, "The "+t.name+" team's "+r, g.org.start)
		}
		g.d.addProject(t.project, t.name)
	}
	for _, t := range g.org.teams {
		t.due = map[Quadrant]float64{ForcedLong: g.Float64(), DiscretionaryLong: g.Float64()}
	}
	g.calendars()
	g.firefight(g.org.teams[0])
	for w := g.org.start; w.Before(end.Add(ahead)); w = w.AddDate(0, 0, 7) {
		for _, t := range g.org.teams {
			g.week(t, w)
		}
	}
	g.privacyStory()
	g.live()
	slices.SortStableFunc(g.steps, func(a, b step) int { return a.at.Compare(b.at) })
	g.d.future, g.d.building = g.steps, true
	g.d.Advance(end)
	g.d.publish()
	if n := slices.IndexFunc(g.d.future, func(s step) bool { return s.at.After(end.Add(ahead)) }); n >= 0 {
		g.d.future = slices.Clone(g.d.future[:n])
	}
	return g.d
}

// publish ends the building: from now on somebody may be reading what is edited.
func (d *Dataset) publish() {
	d.building = false
	for _, r := range d.repos {
		for _, i := range r.items {
			i.private = false
		}
	}
	for _, i := range d.issues {
		i.private = false
	}
}

// at writes down what happens at a time.
func (g *generator) at(t time.Time, do func()) {
	g.steps = append(g.steps, step{t.Truncate(time.Second), do})
}

// progress is where a time lies between the start (0) and the end (1).
func (g *generator) progress(t time.Time) float64 {
	return float64(t.Sub(g.org.start)) / float64(g.org.end.Sub(g.org.start))
}

// longSize is about how many tickets a long effort has.
const longSize = 5.0

// week writes down a team's week: what is filed in it, with all that follows.
func (g *generator) week(t *orgTeam, w time.Time) {
	p := g.progress(w)
	rate, shares := t.story.rate(p)*g.amount, t.story.mix(p)
	for _, q := range []Quadrant{ForcedShort, ForcedLong, DiscretionaryShort, DiscretionaryLong} {
		mean := rate * shares[q]
		if !q.Long() {
			for range g.poisson(mean) {
				g.single(t, g.theme(t, q, p), g.weekday(w))
			}
			continue
		}
		// Long efforts are few and large: they come when due, as chance would drown the story.
		for t.due[q] += mean / longSize; t.due[q] >= 1; t.due[q]-- {
			g.effort(t, g.theme(t, q, p), w)
		}
	}
	if g.chance(0.5 * g.amount) {
		g.dependencyUpdate(t, g.weekday(w))
	}
}

// firefight is the heap of emergencies under which the firefighting team begins.
func (g *generator) firefight(t *orgTeam) {
	for range int(math.Ceil(28 * g.amount)) {
		k := g.draft(t, g.theme(t, ForcedShort, 0), g.weekday(g.org.start.AddDate(0, 0, 7)), nil)
		g.file(k)
		g.await(k, k.filed.Add(time.Duration(g.between(5, 420)*24)*time.Hour), false)
	}
}

// theme picks what a ticket is about.
func (g *generator) theme(t *orgTeam, q Quadrant, p float64) *theme {
	bank := map[Quadrant]map[string]*theme{ForcedShort: forcedShort, ForcedLong: forcedLong, DiscretionaryShort: discretionaryShort, DiscretionaryLong: discretionaryLong}[q]
	if q == DiscretionaryShort && g.chance(t.story.asked(p)) {
		return bank["ask"]
	}
	names := t.story.themes[q]
	if names == nil {
		for n := range bank {
			if n != "ask" && n != "avalanche" {
				names = append(names, n)
			}
		}
		slices.Sort(names)
	}
	return bank[g.pick(names)]
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func (g *generator) pick(s []string) string { return s[g.IntN(len(s))] }

func (g *generator) between(a, b float64) float64 { return a + (b-a)*g.Float64() }

func (g *generator) poisson(mean float64) int {
	n, p, limit := 0, g.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= g.Float64()
	}
	return n
}

// days is a time span drawn around a mean in days: never nothing, sometimes three times the mean.
func (g *generator) days(mean float64) time.Duration {
	d := mean * (0.25 + 0.75*g.ExpFloat64())
	return time.Duration(min(d, 4*mean) * float64(24*time.Hour))
}

// weekday is a moment in a week: mostly one of five days.
func (g *generator) weekday(w time.Time) time.Time {
	monday := w.AddDate(0, 0, -(int(w.Weekday())+6)%7)
	return later(g.org.start, monday.Add(time.Duration(g.between(0, 5)*float64(24*time.Hour))))
}

// work is the next moment from t on in which somebody works: weekdays nine to six in their zone, rarely else.
func (g *generator) work(t time.Time, m *member) time.Time {
	if g.chance(0.03) {
		return t
	}
	zone := time.Duration(m.hours) * time.Hour
	local := t.Add(zone)
	if h := local.Hour(); h >= 18 {
		local = local.Truncate(24 * time.Hour).Add(33 * time.Hour)
	} else if h < 9 {
		local = local.Truncate(24 * time.Hour).Add(9 * time.Hour)
	}
	for n := 0; n < 60 && m.days != nil && m.days[local.Truncate(24*time.Hour)] == nil && local.Before(g.org.end.Add(ahead)); n++ {
		local = local.Truncate(24 * time.Hour).Add(33 * time.Hour) // away, or a weekend
	}
	at := local.Add(-zone)
	if at.After(t) {
		at = at.Add(time.Duration(g.between(0, 150) * float64(time.Minute)))
	}
	return at
}

// member picks somebody of a team as it is at a time.
func (g *generator) member(t *orgTeam, at time.Time) *member {
	var all, there []*member
	for _, m := range g.org.people {
		if m.teamOn(g.org, at) != t {
			continue
		}
		all = append(all, m)
		if m.on(at) != nil {
			there = append(there, m)
		}
	}
	if len(there) > 0 {
		all = there
	}
	return all[g.IntN(len(all))]
}

// other picks somebody of another team.
func (g *generator) other(t *orgTeam) *member {
	for {
		if m := g.org.people[g.IntN(len(g.org.people))]; m.team != t {
			return m
		}
	}
}

var brace = regexp.MustCompile(`\{\w+\}`)

// fill replaces the words in braces. Those in fixed keep their meaning within one ticket.
func (g *generator) fill(s string, t *orgTeam, fixed map[string]string) string {
	out := brace.ReplaceAllStringFunc(s, func(b string) string {
		name := b[1 : len(b)-1]
		if v, ok := fixed[name]; ok {
			return v
		}
		v := g.word(name, t)
		fixed[name] = v
		return v
	})
	if out != "" && out[0] >= 'a' && out[0] <= 'z' {
		out = strings.ToUpper(out[:1]) + out[1:]
	}
	return out
}

func (g *generator) word(name string, t *orgTeam) string {
	switch name {
	case "svc":
		return g.pick(t.svc)
	case "comp":
		return "the " + g.pick(t.comp)
	case "store":
		return g.pick(t.store)
	case "page":
		return g.pick(t.page)
	case "cmd":
		return g.pick(t.cmd)
	case "n4":
		return strconv.Itoa(10_000 + g.IntN(50_000))
	case "ver":
		return "v" + strconv.Itoa(1+g.IntN(4)) + "." + strconv.Itoa(g.IntN(30)) + "." + strconv.Itoa(g.IntN(6))
	case "name":
		first, _, _ := strings.Cut(g.org.people[g.IntN(len(g.org.people))].Name, " ")
		return first
	case "deadline":
		return g.deadline().Format("2 January 2006")
	}
	return g.pick(words[name])
}

// deadline is when the privacy law applies: a month before the end.
func (g *generator) deadline() time.Time {
	return g.org.end.AddDate(0, 0, -35).Truncate(24 * time.Hour)
}

// quarter is the name of a time's quarter, such as 2026-Q3.
func quarter(t time.Time) string {
	return strconv.Itoa(t.Year()) + "-Q" + strconv.Itoa((int(t.Month())+2)/3)
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
