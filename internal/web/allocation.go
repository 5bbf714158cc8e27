package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// allocationPage is plan against actual, and what made the difference.
type allocationPage struct {
	Team, Quarter   string
	Teams, Quarters []string
	Shares          *panel // of the team's quarter, or of all teams'
	Gap             *panel // nil: no team was chosen, or it has no plan
	Trend           *panel // likewise
	Overflow        *panel
	Unplanned       *panel
	Initiatives     *panel
	Facts           []string // what stands above the numbers: an unfinished quarter, a late plan, days without a place
}

// allocation shows a team's quarter; without a team all of them side by side.
func (s *server) allocation(w http.ResponseWriter, r *http.Request) {
	in := given(r)
	for k := range in {
		if k != "team" && k != "quarter" {
			s.fail(w, r, http.StatusBadRequest, fmt.Errorf("the page of allocation takes team and quarter, not %s", k))
			return
		}
	}
	known := s.ask(r.Context(), "plan_versus_actual", nil) // it tells which quarter is meant
	v := &allocationPage{Team: in["team"], Quarter: in["quarter"], Teams: unique(known.column("team")), Quarters: unique(known.column("quarter"))}
	slices.Reverse(v.Quarters)
	v.begin(known)
	span, err := dayOf(v.Quarter)
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, err)
		return
	}
	if known.Later && v.Quarter == "" { // of which quarter the others are to be asked is not known yet
		v.Shares, v.Unplanned, v.Overflow, v.Initiatives = s.later("plan_versus_actual"), s.later("unplanned_by_asker"), s.later("user_ask_overflow"), s.later("initiative_slip")
		s.render(w, r, http.StatusOK, "allocation", "Allocation", "/allocation", v)
		return
	}
	quarter, days := map[string]string{"team": v.Team}, map[string]string{"team": v.Team}
	if v.Quarter != "" {
		quarter["from"], quarter["to"] = v.Quarter, span.AddDate(0, 0, 1).Format(time.DateOnly)
		days["from"], days["to"] = v.Quarter, span.AddDate(0, 3, 0).Format(time.DateOnly)
	}
	all := s.askAll(r.Context(), want{"plan_versus_actual", quarter}, want{"gap_attribution", quarter}, want{"unplanned_by_asker", days}, want{"initiative_slip", nil}, want{"user_ask_overflow", quarter}, want{"setup", nil})
	v.Shares, v.Unplanned, v.Initiatives, v.Overflow = all[0], all[2], all[3], all[4]
	v.Shares.Empty = "No effort is known of this quarter. Plans come from workmix apply, effort from people and memberships."
	v.Shares.Chart = &chart{
		Kind: "bullet", X: "actual_share_observed", Y: "category", Size: "planned_share", Label: "planned_share", Unit: "share", Series: "team",
		Text: "Share of each category of what was spent, with what was planned marked; the table below has the numbers.",
	}
	if v.Team != "" && len(all[1].Rows) > 0 {
		v.Gap = all[1]
		v.Gap.Chart = &chart{
			Kind: "waterfall", X: "cause", Y: "days", Unit: "days",
			Text: "How the days that key initiatives were to have went elsewhere, cause by cause; the table below has the numbers.",
		}
		v.Gap.Rests = "Days lost are above the line, days won back below it; together they are planned less actual days. The last column shows the days had the causes been counted in the reverse order."
	}
	v.tell(missing(all[5]))
	if v.Gap != nil {
		v.Trend = s.ask(r.Context(), "gap_trend", map[string]string{"team": v.Team})
	}
	v.Overflow.Empty = "Nothing is known of the quarter."
	v.Unplanned.Empty = "No unplanned work is known: there is no frozen plan of this quarter, or nothing came besides."
	v.Unplanned.Chart = &chart{Kind: "bar", X: "asker", Y: "effort_days", Text: "Person-days of unplanned work by who asked for it; the table below has the numbers."}
	v.Initiatives.Empty = "There are no key initiatives: workmix apply -f DIR publishes them."
	v.Initiatives.Chart = &chart{
		Kind: "timeline", X: "from", Y: "target", Size: "first_target", Label: "name", Series: "initiative",
		Text: "From when to when each key initiative goes, with its first target marked; the table below has the numbers.",
	}
	s.render(w, r, http.StatusOK, "allocation", "Allocation", "/allocation", v)
}

// begin chooses the quarter where none was asked for: the newest that has a plan and in which something was done, as plans are made ahead; else the newest
// that has a plan, else the newest.
func (v *allocationPage) begin(known *panel) {
	if v.Quarter != "" || len(v.Quarters) == 0 {
		return
	}
	planned, done := map[string]bool{}, map[string]bool{}
	for i := range known.Rows {
		if v.Team != "" && known.cell(i, "team") != v.Team {
			continue
		}
		quarter := known.cell(i, "quarter")
		planned[quarter] = planned[quarter] || known.cell(i, "planned_share") != ""
		done[quarter] = done[quarter] || amount(known.cell(i, "actual_days")) > 0
	}
	newest, begun := "", ""
	for quarter := range planned {
		if planned[quarter] {
			newest = max(newest, quarter)
		}
		if planned[quarter] && done[quarter] {
			begun = max(begun, quarter)
		}
	}
	v.Quarter = cmp.Or(begun, newest, v.Quarters[0])
}

// tell says what a reader has to know before the numbers.
func (v *allocationPage) tell(missing string) {
	var total, unplaced float64
	late, unfinished, planless := false, false, map[string]bool{}
	for i := range v.Shares.Rows {
		c := func(name string) string { return v.Shares.cell(i, name) }
		days := amount(c("actual_days"))
		total += days
		if k := c("category"); k == "unallocated" || k == "uncategorised" {
			unplaced += days
		}
		late = late || amount(c("plan_late_days")) > 0
		unfinished = unfinished || c("complete") == "false" || c("complete") == "0"
		if c("planned_share") == "" && c("team") != "" && c("category") != "unallocated" && c("category") != "uncategorised" {
			planless[c("team")] = true
		}
	}
	if total > 0 && unplaced/total > 0.3 {
		v.Facts = append(v.Facts, fmt.Sprintf("%.0f%% of the days have no place among the categories: read the gaps with care.", 100*unplaced/total))
	}
	if unfinished {
		v.Facts = append(v.Facts, "The quarter is unfinished, or was not observed from its first day: planned days are the part that has passed.")
	}
	if late {
		v.Facts = append(v.Facts, "A plan was published after its quarter began.")
	}
	if len(planless) > 0 && v.Team == "" {
		v.Facts = append(v.Facts, fmt.Sprintf("Without a plan for the quarter: %s. Their gaps are empty, never 40/30/30.", strings.Join(slices.Sorted(maps.Keys(planless)), ", ")))
	} else if len(planless) > 0 {
		v.Facts = append(v.Facts, "There is no plan for the quarter: gaps are empty, never 40/30/30.")
	}
	if total > 0 {
		v.Shares.Rests = fmt.Sprintf("Measured by effort, quarter from %s: %.1f person-days, %.1f%% of them without a place%s. A gap whose band holds 0 is no reliable difference.", v.Quarter, total, 100*unplaced/total, missing)
		v.Unplanned.Rests = fmt.Sprintf("Measured by effort on what no plan had at its freeze, quarter from %s: %.1f%% of all days have no place and are not among it%s.", v.Quarter, 100*unplaced/total, missing)
		if v.Gap != nil {
			v.Gap.Rests = fmt.Sprintf("Measured by effort, quarter from %s: %.1f%% of the days without a place, a cause of their own%s. %s", v.Quarter, 100*unplaced/total, missing, v.Gap.Rests)
		}
	}
	if len(v.Initiatives.Rows) > 0 {
		v.Initiatives.Rests = fmt.Sprintf("Measured by days, initiatives that began %s; effort and items of each are in the table%s.", v.Initiatives.span("from"), missing)
	}
}

// dayOf reads a day; the empty text is no day and no error.
func dayOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("%.40q is not a day such as 2026-07-01", text)
	}
	return t, nil
}

// unique are the texts, sorted, each once, without the empty one.
func unique(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > 0 && all[0] == "" {
		all = all[1:]
	}
	return all
}
