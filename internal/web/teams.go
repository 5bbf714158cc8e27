package web

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// teamPage is where one team lies and of what kind it is, whether it digs out, how much it does at once, and what it was asked for.
type teamPage struct {
	Team, Name, Group         string
	Archetype, Because, Since string // of the last months, with what decides it
	Warning                   string
	Path, Kind, Flow, Wait    *panel
	WIP, Mix, Asks, Overflow  *panel
	Oldest                    *panel
	More                      []want // questions that tell more about the team
}

// teams lists the teams.
func (s *server) teams(w http.ResponseWriter, r *http.Request) {
	p := s.ask(r.Context(), "teams", nil)
	p.Empty = "No team is known yet: workmix apply -f DIR says which there are, workmix suggest teams drafts them."
	p.Title = ""
	s.render(w, r, http.StatusOK, "teams", "Teams", "/teams", p)
}

func (s *server) team(w http.ResponseWriter, r *http.Request) {
	v := &teamPage{Team: r.PathValue("team")}
	all, _ := s.tryAsk(r.Context(), "teams", nil)
	for i := range all.Rows {
		if all.cell(i, "id") == v.Team {
			v.Name, v.Group = all.cell(i, "name"), all.cell(i, "group")
		}
	}
	if v.Name == "" {
		if all.Error != "" {
			s.fail(w, r, http.StatusInternalServerError, fmt.Errorf("%s", all.Error))
			return
		}
		s.fail(w, r, http.StatusNotFound, fmt.Errorf("there is no team %q: /teams lists those that there are", v.Team))
		return
	}
	one := map[string]string{"team": v.Team}
	got := s.askAll(
		r.Context(), want{"team_vectors", one}, want{"forced_flow_by_week", one}, want{"work_mix_by_week", map[string]string{"team": v.Team, "measure": "effort"}},
		want{"user_asks", one}, want{"oldest_forced_long", one}, want{"work_in_progress", one}, want{"forced_long_to_first_effort", one},
		want{"setup", nil},
	)
	v.Path, v.Flow, v.Mix, v.Asks, v.Oldest, v.WIP, v.Wait = got[0], got[1], got[2], got[3], got[4], got[5], got[6]
	v.Path.Empty = "No effort of the team is known: memberships and accounts come from workmix apply."
	v.Path.Chart = &chart{
		Kind: "path", X: "long", Y: "forced", Series: "team", Label: "month",
		Text: "How the team moved over the grid from month to month; the table below has the numbers.",
	}
	s.kind(r.Context(), v)
	v.rest(missing(got[7]))
	v.Flow.Chart = &chart{
		Kind: "line", X: "week", Y: "inflow,outflow,backlog",
		Text: "Forced items opened and closed in each week, and those open at its end; the table below has the numbers.",
	}
	v.WIP.Empty = "Nothing of the team was ever in progress."
	v.WIP.Chart = &chart{
		Kind: "line", X: "week", Y: "wip,wip_forced,initiatives",
		Text: "Items in progress at each week's end, the forced ones of them, and key initiatives on which time was spent in the week; the table below has the numbers.",
	}
	v.Mix.Chart = charts["work_mix_by_week"]
	v.Asks.Empty = "Nobody ranked asks for this team."
	v.Oldest.Empty = "No forced long-term work waits."
	v.Wait.Empty = "No forced long-term work is known of this team."
	for _, name := range []string{"sensitivity", "effort_in_unfinished_work", "carry_over", "lead_and_cycle_times", "work_by_property", "interrupts_by_weekday", "bus_factor"} {
		v.More = append(v.More, want{name, one})
	}
	s.render(w, r, http.StatusOK, "team", v.Name, "/teams", v)
}

// rest says under each chart what it rests on.
func (v *teamPage) rest(missing string) {
	undetermined := "no effort is known of the team"
	if share := v.Path.undetermined("share_undetermined", "effort_days"); share != "" {
		undetermined = share + " of the team's effort on items undetermined"
		v.Path.Rests = fmt.Sprintf("Measured by effort, months %s: %s%s.", v.Path.span("month"), share+" of it undetermined", missing)
	}
	for _, p := range []*panel{v.Flow, v.WIP} {
		if len(p.Rows) > 0 {
			p.Rests = fmt.Sprintf("Measured by items, weeks %s; what is undetermined counts as not forced: %s%s.", p.span("week"), undetermined, missing)
		}
	}
	v.Mix.restsOnWeeks("effort", missing)
}

// monthsOfKind is how many months say of what kind a team is: one alone has too few days.
const monthsOfKind = 3

// kind asks of what kind the team was in the last months of its path, and how its user asks overflowed in the last year.
func (s *server) kind(ctx context.Context, v *teamPage) {
	kind, year := map[string]string{"team": v.Team}, map[string]string{"team": v.Team}
	if n := len(v.Path.Rows); n > 0 {
		first, last := v.Path.cell(0, "month"), v.Path.cell(n-1, "month")
		v.Since = first
		if t, err := time.Parse(time.DateOnly, last); err == nil {
			v.Since = max(first, t.AddDate(0, 1-monthsOfKind, 0).Format(time.DateOnly))
			year["from"] = t.AddDate(-1, 0, 0).Format(time.DateOnly)
		}
		kind["from"] = v.Since
	}
	if v.Path.Later { // it tells which months
		v.Kind, v.Overflow = s.later("archetypes"), s.later("user_ask_overflow")
		return
	}
	got := s.askAll(ctx, want{"archetypes", kind}, want{"user_ask_overflow", year})
	v.Kind, v.Overflow = got[0], got[1]
	v.Kind.Empty = "Nothing is known of the team's effort."
	v.Overflow.Empty = "No quarter is known."
	if len(v.Kind.Rows) > 0 {
		v.Archetype, v.Because, v.Warning = v.Kind.cell(0, "archetype"), v.Kind.cell(0, "because"), v.Kind.cell(0, "warning")
	}
}
