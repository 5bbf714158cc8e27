package retro

import (
	"fmt"
	"strings"
)

func (n *Numbers) running() section {
	s := section{ID: "initiatives", Title: "Key initiatives"}
	t := tab{Head: []string{"initiative", "owner", "first target", "target", "forecast", "items done", "days here", "planned", "slip, days", "past its target, days"}, Left: 5, None: "None ran in the quarter."}
	for _, i := range n.Initiatives {
		forecast := "–"
		switch {
		case i.Low != "" && i.High != "":
			forecast = i.Low + " to " + i.High
		case i.Low != "":
			forecast = i.Low + " or later"
		}
		slip := "–"
		if i.Slip != nil {
			slip = fmt.Sprintf("%.0f", tidy(float64(*i.Slip), 0))
		}
		past := "–"
		if i.Overdue != nil {
			past = fmt.Sprintf("%.0f", float64(*i.Overdue))
		}
		t.Rows = append(t.Rows, row(named(i.Name, i.ID), i.Owner, i.FirstTarget, i.Target, forecast, fmt.Sprintf("%d of %d", i.Done, i.Items), days(i.Days), maybeDays(i.Planned), slip, past))
	}
	s.Tables = []tab{t}
	return s
}

func named(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

func (n *Numbers) wanted() section {
	s := section{ID: "asks", Title: "User asks"}
	t := tab{Head: []string{"rank", "team", "ask", "asked by", "answered", "days"}, Left: 5, None: "None was named for the quarter."}
	for _, a := range n.Asks {
		answered := a.Answered
		if answered == "" {
			answered = "no"
		}
		t.Rows = append(t.Rows, row(fmt.Sprint(a.Rank), a.Team, a.Title, a.Asker, answered, days(a.Days)))
	}
	s.Tables = []tab{t}
	return s
}

func (n *Numbers) surprises() section {
	u := n.Unplanned
	s := section{ID: "unplanned", Title: "Unplanned work, by who asked"}
	if !u.Known {
		s.Leads = []string{"Without a frozen plan nothing is unplanned."}
		return s
	}
	var kinds []string
	for _, k := range u.Kinds {
		kinds = append(kinds, fmt.Sprintf("%s %s", days(k.Days), map[string]string{"new": "new", "escalated": "escalated", "scope": "added scope"}[k.Reason]))
	}
	of := "of the effort on items"
	if u.Of != nil && *u.Of < 0.9995 {
		of = fmt.Sprintf("of the %s days (%s of the effort on items) on items of teams with a frozen plan", days(u.Judged), share(u.Of))
	}
	how := ""
	if len(kinds) > 0 {
		how = " (" + strings.Join(kinds, ", ") + ")"
	}
	s.Leads = []string{fmt.Sprintf("%s days, %s %s, were not planned at the freeze%s; %s of them were asked for by a team that does not own the item.", days(u.Days), share(u.Share), of, how, days(u.Others))}
	t := tab{Head: []string{"asked by", "of another team", "days"}, Left: 2, None: "None."}
	for _, a := range u.Askers[:min(len(u.Askers), listed)] {
		t.Rows = append(t.Rows, row(plain(a.Asker), map[bool]string{true: "yes", false: "no"}[a.Others], days(a.Days)))
	}
	s.Tables = []tab{t}
	return s
}

func (n *Numbers) open() section {
	u := n.Unfinished
	return section{
		ID: "unfinished", Title: "Effort in unfinished work",
		Leads:  []string{fmt.Sprintf("%s days, %s of the effort on items, lie in work that was not closed at the end: nobody has its value yet.", days(u.Days), share(u.Share))},
		Tables: []tab{itemTable("Those that took most", u.Items, "days")},
	}
}

func (n *Numbers) rests() section {
	b := n.Basis
	s := section{ID: "basis", Title: "What this rests on"}
	t := tab{Head: []string{"", ""}, Left: 1}
	t.Rows = [][]cell{
		row("person-days of capacity", days(b.Capacity)), row("of them on items", days(b.OnItems)),
		row("unallocated: no tracker shows work", share(b.Unallocated)), row("uncategorised: work seen, category unknown", share(b.Uncategorised)),
		row("of the effort on items: no verdict decides", share(b.Undetermined)), row("of the effort on items: a person's word decided", share(b.Overridden)),
		row("of the effort on items: taken over from another item", share(b.Inherited)),
	}
	if n.Team != "" {
		t.Rows = append(t.Rows, row("days on items of other teams", days(b.Help)))
	} else if b.Nowhere > 0 {
		t.Rows = append(t.Rows, row("days of people who were in no declared team", days(b.Nowhere)))
	}
	t.Rows = append(t.Rows, row("items known, of all sources", fmt.Sprint(b.Known)), row("of them out of sight", fmt.Sprint(b.Unseen)), row("records that could not be processed", fmt.Sprint(b.DeadLetters)))
	s.Tables = []tab{t}
	if len(b.Sensitivity) > 0 {
		m := tab{Caption: fmt.Sprintf("Does the difference in %s hold under every measure? In points", plain(n.Headline.Category)), Head: []string{"measure", "agrees", "difference"}, Left: 2}
		for _, v := range b.Sensitivity {
			agrees := "no"
			if v.Gap == nil {
				agrees = "nothing to measure"
			} else if v.Agrees {
				agrees = "yes"
			}
			m.Rows = append(m.Rows, row(map[string]string{
				"effort": "effort", "time": "effort, by time in progress alone", "activity": "effort, by activity alone",
				"items": "items closed", "points": "points closed", "days_in_progress": "days in progress",
			}[v.Measure], agrees, points(v.Gap)))
		}
		s.Tables = append(s.Tables, m)
	}
	o := n.Overrides
	if o.Count > 0 || len(o.Shift) > 0 {
		t := tab{Caption: "What the late overrides moved: shares of all time", None: "They moved no day to another category.", Head: []string{"category", "without", "with", "shift"}, Left: 1}
		for _, v := range o.Shift {
			t.Rows = append(t.Rows, row(plain(v.Category), share(pointer(float64(v.Without))), share(pointer(float64(v.With))), points(pointer(float64(v.With-v.Without)))))
		}
		s.Tables = append(s.Tables, t)
		s.Leads = append(s.Leads, fmt.Sprintf("%s made after the quarter's end and counted in what is said here.", several(o.Count, "override of an item with effort was", "overrides of items with effort were")))
	} else {
		s.Leads = append(s.Leads, "No override of an item with effort was made after the quarter's end.")
	}
	return s
}

func (n *Numbers) discuss() section {
	s := section{ID: "questions", Title: "Questions worth discussing"}
	for _, q := range n.Questions {
		s.List = append(s.List, entry{Text: q.text()})
	}
	if len(s.List) == 0 {
		s.Leads = []string{"The numbers raise none. What surprised you all the same?"}
	}
	return s
}

func (n *Numbers) comments() section {
	s := section{ID: "comments", Title: "Comments"}
	for _, c := range n.Notes {
		late := ""
		if c.Late {
			late = " (after the quarter's end)"
		}
		s.List = append(s.List, entry{Strong: c.At[:min(10, len(c.At))] + late + ":", Text: c.Text})
	}
	if len(s.List) == 0 {
		s.Leads = []string{"Nobody commented yet: workmix note adds one."}
	}
	return s
}

func (n *Numbers) links() section {
	return section{ID: "items", Title: "Items that took most of the time", Tables: []tab{itemTable("", n.Items, "days")}}
}

func (n *Numbers) box() section {
	s := section{ID: "method", Title: "How this was measured, and how to dispute it"}
	s.List = []entry{
		{Strong: "Effort", Text: "Trackers record no time. Days are inferred from who had what in progress and who did what on which item (model " + n.Model + ", settings " + n.Config + "); the ranges say what other weightings give. What is not seen is not spread over what is."},
		{Strong: "Verdicts", Text: "Rules (ruleset " + n.Ruleset + ") place each item as forced or discretionary, short or long. workmix rules explain KEY says why; workmix override KEY --drive … --horizon … --reason … puts it right, and this page says how much such corrections moved."},
		{Strong: "Category", Text: "An override, else the initiative or ask that holds the item, else a rule, else its property, else whether it is an incident or forced, else who asked; else uncategorised."},
		{Strong: "Difference", Text: "Actual share of the placed time less planned share. Its range covers the weightings, the verdicts and where the unplaced days could belong; where it holds 0 there is no reliable difference. Above " + share(pointer(float64(n.Headline.Limit))) + " of unplaced time that is said first."},
		{Strong: "Rounding", Text: "Shares are rounded to whole percents and days to tenths, so what is printed may miss its sum by a little, such as 101%; the JSON has the numbers."},
		{Strong: "Digging out", Text: "At least 13 whole weeks; bulk closes (more than 20 items an hour by one actor) do not count as work done."},
		{Strong: "Who", Text: "Teams are measured, not people. Teams are in the order of their groups and names: it is no league table."},
		{Strong: "Again", Text: "workmix report retro --quarter " + n.Quarter + n.teamFlag() + " --as-known-at " + n.KnownAt + " gives these numbers again, at any time. workmix report compare shows what differs from what was published, and why."},
	}
	return s
}

func (n *Numbers) teamFlag() string {
	if n.Team == "" {
		return ""
	}
	return " --team " + n.Team
}

func (n *Numbers) eachTeam() section {
	s := section{ID: "teams", Title: "The teams, by group"}
	group := ""
	var t *tab
	for _, v := range n.Teams {
		if t == nil || v.Group != group {
			group = v.Group
			s.Tables = append(s.Tables, tab{Caption: named(group, "no group"), Head: []string{"team", "archetype", "forced work", "user asks", "planned", "platform quality", "planned", "key initiatives", "planned", "not placed"}, Left: 3})
			t = &s.Tables[len(s.Tables)-1]
		}
		r := row(v.Name, plain(v.Archetype), map[string]string{"digging_out": "digging out", "falling_behind": "falling behind"}[v.Digging])
		if r[2].Text == "" {
			r[2].Text = "no verdict yet"
		}
		for _, c := range []string{"user_asks", "platform_quality", "key_initiatives"} {
			var a Allocation
			for _, x := range v.Allocation {
				if x.Category == c {
					a = x
				}
			}
			r = append(r, cell{Text: share(a.Observed)}, cell{Text: share(a.Planned)})
		}
		t.Rows = append(t.Rows, append(r, cell{Text: share(v.Unplaced)}))
	}
	if len(n.Teams) > 0 {
		s.Charts = []chart{n.multiples()}
	}
	return s
}

// nameOf is a team's name in the retrospective of an organisation.
func (n *Numbers) nameOf(team string) string {
	for _, t := range n.Teams {
		if t.Team == team {
			return t.Name
		}
	}
	return team
}

func (n *Numbers) thin() section {
	s := section{ID: "thin", Title: "Teams whose numbers say little"}
	for _, t := range n.Thin {
		var why []string
		for _, w := range t.Why {
			why = append(why, map[string]string{
				"no_plan": "no plan", "late_plan": "a plan that was late", "no_effort": "nobody's work is known", "unplaced": "much of the time is not placed",
				"undetermined": "too little effort with a verdict for an archetype",
			}[w])
		}
		s.List = append(s.List, entry{Strong: n.nameOf(t.Team), Text: strings.Join(why, "; ")})
	}
	if d := n.Basis.Nowhere; d > 0 {
		s.List = append(s.List, entry{Strong: plain("unattributed"), Text: fmt.Sprintf("%s days of people who were in no declared team: they are in the sums above, and in no row of a team", days(d))})
	}
	if len(s.List) == 0 {
		s.Leads = []string{"None: every team has a plan, and most of its time is placed."}
	}
	return s
}
