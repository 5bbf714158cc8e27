package web

import (
	"fmt"
	"net/http"
)

// teamPage is where one team lies, whether it digs out, and what it was asked for.
type teamPage struct {
	Team, Name, Group, Archetype, Month string
	Warning                             string
	Path, Flow, Mix, Asks, Oldest       *panel
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
	all := s.ask(r.Context(), "teams", nil)
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
	got := s.askAll(r.Context(), want{"team_vectors", one}, want{"forced_flow_by_week", one}, want{"work_mix_by_week", map[string]string{"team": v.Team, "measure": "effort"}}, want{"user_asks", one}, want{"oldest_forced_long", one})
	v.Path, v.Flow, v.Mix, v.Asks, v.Oldest = got[0], got[1], got[2], got[3], got[4]
	v.Path.Empty = "No effort of the team is known: memberships and accounts come from workmix apply."
	v.Path.Chart = &chart{
		Kind: "path", X: "long", Y: "forced", Series: "team", Label: "month",
		Text: "How the team moved over the grid from month to month; the table below has the numbers.",
	}
	if n := len(v.Path.Rows); n > 0 {
		v.Archetype, v.Month, v.Warning = v.Path.cell(n-1, "archetype"), v.Path.cell(n-1, "month"), v.Path.cell(n-1, "warning")
		v.Path.Rests = fmt.Sprintf("Measured by effort, months from %s to %s; the share undetermined of each is in the table.", v.Path.cell(0, "month"), v.Month)
	}
	v.Flow.Chart = &chart{
		Kind: "line", X: "week", Y: "inflow,outflow,wip",
		Text: "Forced items opened and closed in each week, and those in progress at its end; the table below has the numbers.",
	}
	v.Mix.Chart = charts["work_mix_by_week"]
	v.Asks.Empty = "Nobody ranked asks for this team."
	v.Oldest.Empty = "No forced long-term work waits."
	s.render(w, r, http.StatusOK, "team", v.Name, "/teams", v)
}
