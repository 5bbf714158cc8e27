package web

import (
	"net/http"

	"github.com/workmix/workmix/queries"
)

// questions lists the catalogue.
func (s *server) questions(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "questions", "Questions", "/questions", s.areas())
}

// area is a folder of the catalogue.
type area struct {
	Name      string
	Questions []queries.Question
}

func (s *server) areas() []area {
	var all []area
	for _, q := range s.catalog {
		if len(all) == 0 || all[len(all)-1].Name != q.Area {
			all = append(all, area{Name: q.Area})
		}
		last := &all[len(all)-1]
		last.Questions = append(last.Questions, q)
	}
	return all
}

// answered is the page of one question.
type answered struct {
	Question *queries.Question
	Given    map[string]string
	Panel    *panel
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	v := &answered{Question: s.question(r.PathValue("name")), Given: given(r)}
	var setup chan *panel
	if charts[r.PathValue("name")] != nil { // below a chart stands what is missing
		setup = make(chan *panel, 1)
		go func() { setup <- s.ask(r.Context(), "setup", nil) }()
	}
	var status int
	v.Panel, status = s.orLater(r.Context(), r.PathValue("name"), v.Given)
	if v.Question == nil {
		s.render(w, r, status, "error", "Not found", "", v.Panel.Error)
		return
	}
	if _, err := v.Question.Bind(v.Given); err != nil && len(v.Given) == 0 {
		v.Panel.Error, v.Panel.Ask, status = "", true, http.StatusOK
	}
	v.Panel.Title, v.Panel.Lead, v.Panel.Open = "", "", true
	if v.Panel.Chart = charts[v.Question.Name]; v.Panel.Chart == nil {
		v.Panel.shorten()
	} else {
		v.Panel.rest(<-setup, v.Given)
	}
	s.render(w, r, status, "question", v.Question.Title, "/questions", v)
}

// charts says how the answers of questions are drawn; the others are tables alone.
var charts = map[string]*chart{
	"work_mix_by_week": {
		Kind: "stack", X: "week", Series: "quadrant", Y: "share", Unit: "share",
		Text: "Share of each quadrant in the work of each week; the table below has the numbers.",
	},
	"investment_grid": {
		Kind: "grid", X: "long", Y: "forced", Series: "category", Size: "effort_days", Label: "name",
		Text: "Each project and key initiative as a dot: long-term to the right, forced upwards, area by effort, colour by category; the table below has the numbers.",
	},
	"quadrant_of_projects": {
		Kind: "grid", X: "long", Y: "forced", Series: "quadrant", Size: "items", Label: "project",
		Text: "Each project as a dot: long-term to the right, forced upwards, area by items; the table below has the numbers.",
	},
}
