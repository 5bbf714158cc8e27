package retro

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// section is a part of the printed retrospective; both Markdown and HTML are written from these.
type section struct {
	ID     string
	Title  string
	Page   int      // 1: belongs to the first page
	Leads  []string // paragraphs before the rest
	Charts []chart
	Tables []tab
	List   []entry
	Afters []string
}

// chart is a drawing; what it shows stands in the table that follows, which is all that Markdown has of it.
type chart struct {
	Title, Text string
	SVG         template.HTML
}

// tab is a table.
type tab struct {
	Caption string
	Head    []string
	Left    int // the first columns are text, the others numbers
	Rows    [][]cell
	None    string // what to say if there are no rows
}

type cell struct{ Text, URL string }

type entry struct{ Text, Strong string }

func row(texts ...string) []cell {
	out := make([]cell, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

// sections are the retrospective in its order.
func (n *Numbers) sections() []section {
	all := []section{n.planned(), n.causes(), n.changed(), n.agreed()}
	if n.Team == "" {
		all = append(all, n.eachTeam(), n.thin())
	}
	return append(all, n.mandatory(), n.readings(), n.mix(), n.grid(), n.dug(), n.running(), n.wanted(), n.surprises(), n.open(), n.rests(), n.discuss(), n.comments(), n.links(), n.box())
}

func (n *Numbers) planned() section {
	s := section{ID: "plan", Title: "Plan versus actual", Page: 1}
	t := tab{Caption: "Shares of the placed time, differences in points, person-days", Head: []string{"category", "planned", "actual", "difference", "from", "to", "days", "from", "to", "of all time"}, Left: 1, None: "No effort is known."}
	some := n.partly()
	if some {
		t.Head = slices.Insert(t.Head, 2, "actual of teams with a plan")
		t.Head[3] = "actual of all teams"
	}
	for _, a := range n.Allocation {
		name := plain(a.Category)
		gap, low, high := points(a.Gap), points(a.GapLow), points(a.GapHigh)
		if a.Gap != nil && !a.Reliable {
			gap += " (not reliable)"
		}
		r := row(name, share(a.Planned), share(a.Observed), gap, low, high, days(a.Actual), days(a.Low), days(a.High), share(a.Share))
		if some {
			r = slices.Insert(r, 2, cell{Text: share(a.compared())})
		}
		t.Rows = append(t.Rows, r)
	}
	s.Tables = []tab{t}
	if len(n.Allocation) > 0 {
		s.Charts = []chart{n.bullets()}
	}
	if n.Headline.Verdict == "no_plan" {
		s.Leads = append(s.Leads, "No plan was recorded for the quarter. None is assumed.")
	}
	for _, p := range n.Plans {
		which := "An earlier plan"
		if p.Counts {
			which = "The plan that counts"
		}
		text := fmt.Sprintf("%s, of %s, was recorded on %s", which, p.Team, p.RecordedAt[:min(10, len(p.RecordedAt))])
		if p.Late >= latePlan {
			text += fmt.Sprintf(", %.0f days after the quarter began (late)", float64(p.Late))
		}
		if p.Reason != "" {
			text += ": " + p.Reason
		}
		if n.Team != "" {
			s.Afters = append(s.Afters, text+".")
		}
	}
	if n.Team == "" && n.Headline.Gap != nil {
		s.Afters = append(s.Afters, "Planned shares and differences are the means of the teams that have a plan, weighted by their placed days; days and shares of the time are of all teams.")
	}
	return s
}

// partly says whether some teams of an organisation have a plan and others none: what is compared is then not the whole.
func (n *Numbers) partly() bool {
	with, without := false, n.Basis.Nowhere > 0
	for _, t := range n.Teams {
		with, without = with || t.Plan == "plan", without || t.Plan != "plan"
	}
	return with && without
}

// compared is the actual share that the difference is reckoned from: that of the teams with a plan.
func (a *Allocation) compared() *F {
	if a.Planned == nil || a.Gap == nil {
		return nil
	}
	return pointer(float64(*a.Planned + *a.Gap))
}

func (n *Numbers) causes() section {
	s := section{ID: "causes", Title: "Where the time of key initiatives went", Page: 1}
	l := n.Lost
	if l.Days == nil || len(l.Causes) == 0 {
		s.Leads = []string{"Without a plan nothing can be lost."}
		return s
	}
	word := "fewer"
	if *l.Days < 0 {
		word = "more"
	}
	s.Leads = []string{fmt.Sprintf("Key initiatives received %s days %s than planned. Each cause is counted once, in a fixed order; together they make exactly that. A minus stands for days that were gained.", strings.TrimLeft(days(*l.Days), "−"), word)}
	main := tab{Caption: "The largest causes", Head: []string{"cause", "days"}, Left: 1, None: "No cause by itself."}
	rest := tab{Caption: "The others, and all together", Head: main.Head, Left: 1}
	for _, c := range l.Causes {
		switch r := row(plain(c.Cause), days(c.Days)); {
		case c.Days == 0 && c.Cause != "unexplained": // the numbers have them all
		case len(main.Rows) < 3 && (c.Days > 0) == (*l.Days > 0) && c.Days != 0: // what went the other way caused none of it
			main.Rows = append(main.Rows, r)
		default:
			rest.Rows = append(rest.Rows, r)
		}
	}
	rest.Rows = append(rest.Rows, row("all together", days(*l.Days)))
	s.Tables = []tab{main, rest}
	if l.Reverse != nil {
		s.Afters = []string{fmt.Sprintf("Taken in the reverse order %s would be %s days instead of %s.", plain(l.Largest), days(*l.Reverse), days(l.Causes[0].Days))}
	}
	return s
}

func (n *Numbers) changed() section {
	s := section{ID: "changes", Title: "What changed since " + n.Previous, Page: 1}
	t := tab{Head: []string{"", n.Previous, n.Quarter, "difference"}, Left: 1}
	for _, c := range n.Changes {
		kind, what, _ := strings.Cut(c.What, " ")
		name, form, step := "", share, points
		switch kind {
		case "observed":
			name = plain(what) + ", of the placed time"
		case "share":
			name = plain(what) + ", of all time"
		case "forced":
			name = "forced work, " + what + ", of the effort with a verdict"
		default:
			name = "place on the axis " + what
			form, step = decimal, moved
		}
		diff := "–"
		if c.Before != nil && c.Now != nil {
			diff = step(pointer(float64(*c.Now - *c.Before)))
		}
		t.Rows = append(t.Rows, row(name, form(c.Before), form(c.Now), diff))
	}
	s.Tables = []tab{t}
	return s
}

func (n *Numbers) agreed() section {
	s := section{ID: "actions", Title: "Agreed actions", Page: 1}
	t := tab{Head: []string{"state", "agreed for", "action", "owner", "due", "id"}, Left: 6, None: "None was agreed on earlier. workmix note --action notes one."}
	for _, a := range n.Actions {
		t.Rows = append(t.Rows, row(a.State, a.Quarter, a.Text, a.Owner, a.Due, a.ID))
	}
	s.Tables = []tab{t}
	return s
}

func (n *Numbers) mandatory() section {
	f := n.ForcedLong
	s := section{ID: "forced-long", Title: "Forced-long work: mandatory, and not yet urgent"}
	s.Leads = []string{fmt.Sprintf("%s known and open: %d had effort this quarter, %d had none.", several(f.Known, "item is", "items are"), f.Resourced, f.Unresourced)}
	ages := tab{Caption: "Those without effort, by age", Head: []string{"age", "items"}, Left: 1}
	before := 0
	for _, a := range f.Ages {
		name := fmt.Sprintf("%d to %d days", before, a.Days)
		if a.Days == 0 {
			name = fmt.Sprintf("over %d days", before)
		}
		before = a.Days
		ages.Rows = append(ages.Rows, row(name, fmt.Sprint(a.Items)))
	}
	if f.Unresourced > 0 {
		s.Tables = append(s.Tables, ages, itemTable("The oldest of them", f.Oldest, "age"))
	}
	if len(f.Avalanche) == 0 {
		s.Afters = append(s.Afters, "None of what was mandatory future work at the beginning became an emergency by the end.")
	} else {
		s.Tables = append(s.Tables, itemTable("The avalanche: forced-long at the quarter's beginning, forced-short by its end", first(f.Avalanche), "days"))
		if len(f.Avalanche) > listed {
			s.Afters = append(s.Afters, fmt.Sprintf("%d of %d are shown.", listed, len(f.Avalanche)))
		}
	}
	return s
}

// itemTable lists items with their links.
func itemTable(caption string, items []Item, number string) tab {
	t := tab{Caption: caption, Head: []string{"item", "title", map[string]string{"age": "days old", "days": "person-days"}[number]}, Left: 2, None: "None."}
	for _, it := range items {
		v := days(it.Days)
		if number == "age" {
			v = fmt.Sprint(it.Age)
		}
		t.Rows = append(t.Rows, []cell{{it.Key, it.URL}, {Text: it.Title}, {Text: v}})
	}
	return t
}

func (n *Numbers) readings() section {
	f := n.Forced
	s := section{ID: "forced", Title: "Forced work, broad and strict"}
	s.Leads = []string{"Broad counts every ordinary defect as forced, as the guide says; strict leaves them out. Shares are of the effort whose verdict decides."}
	t := tab{Head: []string{"reading", n.Previous, n.Quarter}, Left: 1}
	t.Rows = append(t.Rows, row("broad", share(f.BroadBefore), share(f.Broad)), row("strict", share(f.StrictBefore), share(f.Strict)))
	r := tab{Caption: "Forced effort by reason", Head: []string{"reason", "days"}, Left: 1, None: "No forced effort."}
	for _, v := range f.Reasons {
		r.Rows = append(r.Rows, row(plain(v.Reason), days(v.Days)))
	}
	s.Tables = []tab{t, r}
	return s
}

var quadrants = []string{"forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined", "unallocated"}

// by lists the days in the order of quadrants.
func (m Mix) by() []F {
	return []F{m.ForcedShort, m.ForcedLong, m.DiscretionaryShort, m.DiscretionaryLong, m.Undetermined, m.Unallocated}
}

func (n *Numbers) mix() section {
	s := section{ID: "mix", Title: "Work mix by week"}
	t := tab{Caption: "Person-days by week (its first day); weeks at the edges count only their days in the quarter", Head: []string{"week"}, Left: 1}
	for _, q := range quadrants {
		t.Head = append(t.Head, plain(q))
	}
	for _, w := range n.Weeks {
		r := row(w.Week)
		for _, d := range w.Mix.by() {
			r = append(r, cell{Text: days(d)})
		}
		t.Rows = append(t.Rows, r)
	}
	s.Charts = []chart{n.stacked()}
	s.Tables = []tab{t}
	return s
}

func (n *Numbers) grid() section {
	s := section{ID: "vector", Title: "Where the work lies, and how it moved"}
	if len(n.Vector.Path) == 0 {
		return s
	}
	last := n.Vector.Path[len(n.Vector.Path)-1]
	text := fmt.Sprintf("%s's archetype this quarter is %s.", n.who(), plain(last.Archetype))
	if n.Vector.Distance != nil {
		text += fmt.Sprintf(" It lies %s from its desired position (forced %s, long %s).", decimal(n.Vector.Distance), decimal(n.Vector.DesiredForced), decimal(n.Vector.DesiredLong))
	}
	for _, w := range last.Warnings {
		text += " " + capital(map[string]string{"no_forced": "next to nothing is forced: no users yet, or a broken feedback loop", "no_discretionary": "next to nothing is chosen", "split": "emergencies and research have three tenths each or more, so the mean lies where nobody is"}[w]) + "."
	}
	s.Leads = []string{text}
	t := tab{Caption: "Effort-weighted mean of the scores, with the range over the weightings of effort", Head: []string{"quarter from", "archetype", "forced", "from", "to", "long", "from", "to", "days"}, Left: 2}
	for _, p := range n.Vector.Path {
		t.Rows = append(t.Rows, row(p.From, plain(p.Archetype), decimal(p.Forced), decimal(p.ForcedLow), decimal(p.ForcedHigh), decimal(p.Long), decimal(p.LongLow), decimal(p.LongHigh), days(p.Days)))
	}
	s.Charts = []chart{n.path()}
	s.Tables = []tab{t}
	return s
}

func (n *Numbers) dug() section {
	d := n.Digging
	s := section{ID: "digging", Title: "Forced inflow: digging out?"}
	text := ""
	switch d.Verdict.Verdict {
	case "digging_out":
		text = "Digging out: the backlog of forced work falls, and neither inflow nor share rises."
	case "falling_behind":
		text = "Falling behind: the backlog of forced work rises, and inflow or share does not fall."
	default:
		text = "No verdict yet"
		if d.WeeksNeeded > 0 {
			text += fmt.Sprintf(": about %s needed", several(d.WeeksNeeded, "more week is", "more weeks are"))
		}
		text += "."
	}
	s.Leads = []string{text}
	t := tab{
		Caption: fmt.Sprintf("Trends over %s, a week (Theil and Sen), with the probability of such a run without a trend (Mann and Kendall, corrected for autocorrelation)", several(d.Weeks, "whole week", "whole weeks")),
		Head:    []string{"of forced work", "slope", "from", "to", "p"}, Left: 1,
	}
	for _, r := range []struct {
		name                string
		slope, low, high, p float64
	}{
		{"inflow, items", d.Inflow.Slope, d.Inflow.SlopeLow, d.Inflow.SlopeHigh, d.Inflow.P},
		{"backlog, items", d.Backlog.Slope, d.Backlog.SlopeLow, d.Backlog.SlopeHigh, d.Backlog.P},
		{"share of effort, points", 100 * d.Share.Slope, 100 * d.Share.SlopeLow, 100 * d.Share.SlopeHigh, d.Share.P},
	} {
		t.Rows = append(t.Rows, row(r.name, decimal(pointer(r.slope)), decimal(pointer(r.low)), decimal(pointer(r.high)), decimal(pointer(r.p))))
	}
	w := tab{Caption: "Forced items by week", Head: []string{"week", "came in", "closed", "open at the end", "share of effort"}, Left: 1, None: "There is no whole week yet."}
	for _, r := range d.Series {
		w.Rows = append(w.Rows, row(r.Week, fmt.Sprint(r.Inflow), fmt.Sprint(r.Outflow), fmt.Sprint(r.Backlog), share(r.Share)))
	}
	if len(d.Series) > 1 {
		s.Charts = []chart{n.backlog()}
	}
	s.Tables = []tab{t, w}
	for _, b := range d.Bulk {
		s.Afters = append(s.Afters, fmt.Sprintf("Not counted as done: closed in bulk at %s by %s: %s.", b.At, b.Actor, strings.Join(b.Keys, ", ")))
	}
	return s
}
