package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// overviewPage is where the work goes, at a look.
type overviewPage struct {
	Team     string
	Teams    []string
	Headline string // where the sentence on the current quarter is had; empty: nowhere
	Unit     string // share or absolute
	Projects *panel
	Path     *panel
	Mix      *panel
	Marks    *panel // incidents and plan freezes, drawn over the mix
	Oldest   *panel
	Slider   *slider // nil: there are fewer than two quarters
	Steps    []step
}

// slider replays how the teams moved.
type slider struct {
	Labels string // quarters as JSON
	Last   int
	Value  int
}

// step is something to be done before the pages are worth looking at.
type step struct {
	Done bool
	Text string
}

func (s *server) overview(w http.ResponseWriter, r *http.Request) {
	in := given(r)
	for k := range in {
		if !slices.Contains([]string{"team", "unit", "until"}, k) {
			s.fail(w, r, http.StatusBadRequest, fmt.Errorf("the overview takes team, unit and until, not %s", k))
			return
		}
	}
	one := map[string]string{}
	if in["team"] != "" {
		one["team"] = in["team"]
	}
	all := s.askAll(
		r.Context(), want{"setup", nil}, want{"teams", nil}, want{"investment_grid", one}, want{"team_positions", nil},
		want{"work_mix_by_week", one}, want{"oldest_forced_long", one}, want{"incidents_by_day", one},
	)
	v := &overviewPage{Team: in["team"], Teams: all[1].column("id"), Unit: in["unit"], Projects: all[2], Path: all[3], Mix: all[4], Oldest: all[5], Marks: all[6]}
	if s.o.Retros != nil {
		v.Headline = "/headline"
		if v.Team != "" {
			v.Headline += "?team=" + url.QueryEscape(v.Team)
		}
	}
	v.steps(all[0])
	v.Projects.Chart = charts["investment_grid"]
	v.Path.keep("team", v.Team)
	v.Path.Chart = &chart{
		Kind: "path", X: "long", Y: "forced", Series: "team", Label: "quarter", ID: "path", Until: in["until"],
		Text: "How each team moved over the grid in the last quarters, and where it wants to be (a ring); the slider goes back in time, the table below has the numbers.",
	}
	v.slide(in["until"])
	mix := *charts["work_mix_by_week"]
	if v.Unit == "absolute" {
		mix.Y, mix.Unit, mix.Text = "closed", "items", "Items closed in each week by quadrant; the table below has the numbers."
	}
	v.Marks.Title, v.Marks.Lead = "", "" // it is a part of the mix
	v.Marks.Empty = "No incident began, and no plan was frozen."
	if len(v.Marks.Rows) > 0 {
		mix.Marks = v.Marks.ID
	}
	v.Mix.Chart = &mix
	v.rest(all[0])
	v.Oldest.Empty = "No forced long-term work waits."
	s.render(w, r, http.StatusOK, "overview", "Overview", "/", v)
}

// keep leaves out the rows whose column holds another text, unless the text is empty.
func (p *panel) keep(column, text string) {
	if text == "" {
		return
	}
	var kept [][]string
	for i, row := range p.Rows {
		if p.cell(i, column) == text {
			kept = append(kept, row)
		}
	}
	p.Rows = kept
}

// rest says under each chart what it rests on: measure, period, how much is undetermined, and what is missing.
func (v *overviewPage) rest(setup *panel) {
	about := missing(setup)
	v.Projects.restsOnItems("", "", about)
	if len(v.Path.Rows) > 0 {
		v.Path.Rests = fmt.Sprintf("Measured by item-weeks, quarters %s, the last one unfinished perhaps: %s of them undetermined%s.",
			v.Path.span("quarter"), cmp.Or(v.Path.undetermined("undetermined", "items"), "0.0%"), about)
	}
	v.Mix.restsOnWeeks("", about)
}

// part is a share in per cent.
func part(n, of int64) string {
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 1, 64) + "%"
}

// slide prepares the slider over the quarters of the path.
func (v *overviewPage) slide(until string) {
	quarters := v.Path.column("quarter")
	slices.Sort(quarters)
	quarters = slices.Compact(quarters)
	b, err := json.Marshal(quarters)
	if err != nil || len(quarters) < 2 {
		return
	}
	v.Slider = &slider{Labels: string(b), Last: len(quarters) - 1, Value: len(quarters) - 1}
	if i := slices.Index(quarters, until); i >= 0 {
		v.Slider.Value = i
	}
}

// steps says what is still to be done, in its order.
func (v *overviewPage) steps(p *panel) {
	if len(p.Rows) == 0 {
		if p.Error != "" {
			v.Steps = []step{{false, p.Error}}
		}
		return
	}
	n := func(column string) int64 { return p.number(0, column) }
	items, unowned := n("items"), n("unowned")
	all := []step{
		{n("sources") > 0 && items > 0, "Name your trackers under sources in workmix.yaml and run workmix sync."},
		{n("teams") > 0, "Say which teams there are and what they own: workmix suggest teams drafts it, workmix apply -f DIR publishes it."},
		{n("people") > 0, "Say which accounts are whose, so that a person counts once: workmix apply -f DIR."},
		{n("planned") > 0, "Say what each team means to spend this quarter: the page Plan has a form for it, workmix apply -f DIR reads it from files."},
		{items == 0 || unowned*5 <= items, "Give the items an owner: " + strconv.FormatInt(unowned, 10) + " of " + strconv.FormatInt(items, 10) + " belong to no team."},
		{n("missing") <= 0, "Find out why " + strconv.FormatInt(n("missing"), 10) + " items of the trackers are missing: see Pipeline."},
		{n("dead_letters") == 0, "Look at the " + strconv.FormatInt(n("dead_letters"), 10) + " records that could not be processed: see Pipeline."},
	}
	if slices.ContainsFunc(all, func(s step) bool { return !s.Done }) {
		v.Steps = all
	}
}
