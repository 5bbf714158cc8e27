package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// missing says how much of what the trackers count the charts cannot show; empty: that is not known (yet).
func missing(setup *panel) string {
	if len(setup.Rows) == 0 {
		return ""
	}
	if n := setup.number(0, "missing"); n > 0 {
		return fmt.Sprintf("; %d items that the trackers count are missing", n)
	}
	return "; nothing that the trackers count is missing"
}

// rest says under the chart of a question what it rests on: measure, period, how much is undetermined, and what is missing. Questions whose answers
// are not drawn have nothing there.
func (p *panel) rest(setup *panel, given map[string]string) {
	switch p.ID {
	case "work_mix_by_week":
		p.restsOnWeeks(given["measure"], missing(setup))
	case "investment_grid", "quadrant_of_projects":
		p.restsOnItems(given["from"], given["to"], missing(setup))
	}
}

// restsOnItems is for a grid of items' sums.
func (p *panel) restsOnItems(from, to, missing string) {
	var items, determined int64
	for i := range p.Rows {
		if p.cell(i, "kind") == "initiative" { // its items are a project's too
			continue
		}
		items += p.number(i, "items")
		determined += p.number(i, "determined")
	}
	if items == 0 {
		return
	}
	by, of := "effort", "of all time"
	if !slices.Contains(p.Columns, "effort_days") {
		by = "items"
	}
	if from != "" || to != "" {
		of = fmt.Sprintf("of items that were open from %s to %s", cmp.Or(from, "the first"), cmp.Or(to, "now"))
	}
	p.Rests = fmt.Sprintf("Measured by %s %s: %d items, %s of them undetermined, which move no dot; a dot is the paler the more of its items are%s.", by, of, items, part(items-determined, items), missing)
}

// restsOnWeeks is for the mix of weeks by a measure.
func (p *panel) restsOnWeeks(measure, missing string) {
	var worked, undetermined, unallocated float64
	for i := range p.Rows {
		n := amount(p.cell(i, "wip")) + amount(p.cell(i, "closed"))
		switch measure {
		case "effort":
			n = amount(p.cell(i, "effort_days"))
		case "points", "days_in_progress":
			n = amount(p.cell(i, measure))
		}
		worked += n
		switch p.cell(i, "quadrant") {
		case "undetermined":
			undetermined += n
		case "unallocated":
			unallocated += n
		}
	}
	if worked == 0 {
		return
	}
	what, unit := "items in progress at a week's end or closed in it", "item-weeks"
	switch measure {
	case "effort":
		what, unit = "effort", "person-days"
	case "points":
		what, unit = "story points of what was closed", "points"
	case "days_in_progress":
		what, unit = "days that items were in progress", "item-days"
	}
	shares := percent(undetermined/worked) + " of the " + unit + " undetermined"
	if unallocated > 0 {
		shares += ", " + percent(unallocated/worked) + " unallocated"
	}
	p.Rests = fmt.Sprintf("Measured by %s, weeks %s: %s%s.", what, p.span("week"), shares, missing)
}

// span tells from when to when the texts of a column go.
func (p *panel) span(column string) string {
	all := unique(p.column(column))
	if len(all) == 0 {
		return "none"
	}
	return "from " + all[0] + " to " + all[len(all)-1]
}

// undetermined is the share of effort that no verdict places, of rows that have both columns; empty where there is no effort.
func (p *panel) undetermined(share, of string) string {
	var all, none float64
	for i := range p.Rows {
		n := amount(p.cell(i, of))
		all += n
		none += n * amount(p.cell(i, share))
	}
	if all == 0 {
		return ""
	}
	return percent(none / all)
}

// percent is a share with one decimal.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }
