package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Budget is what a tracker allows a source, as it said last.
type Budget struct {
	Source    string     `json:"source"`
	Requests  int64      `json:"requests"`   // answered since this process began
	Limited   int64      `json:"limited"`    // of these, refused by a limit
	Limit     int        `json:"limit"`      // requests a window; 0: the tracker does not say
	Remaining int        `json:"remaining"`  // of Limit
	Reset     *time.Time `json:"reset"`      // when the allowance is whole again; nil: not known
	HeldUntil *time.Time `json:"held_until"` // no request is made before; nil: it is not held
	HeldWhy   string     `json:"held_why"`
}

// budgets is what the trackers still allow.
func (s *server) budgets() *panel {
	p := &panel{ID: "budgets", Title: "What the trackers still allow", Lead: "How much of each source's rate limit is left, and does it wait?", Unit: "requests of this process", JSON: "/api/v1/budgets"}
	if s.o.Budgets == nil {
		p.Empty = "This process asks no tracker: see the metrics of the one that does."
		return p
	}
	p.Empty = "No tracker was asked yet."
	p.Columns = []string{"source", "requests", "limited", "remaining", "limit", "whole_again_at", "waits_until", "why"}
	p.Numeric = []bool{false, true, true, true, true, false, false, false}
	for _, b := range s.o.Budgets() {
		remaining, limit := "", "not said"
		if b.Limit > 0 {
			remaining, limit = strconv.Itoa(b.Remaining), strconv.Itoa(b.Limit)
		}
		p.Rows = append(p.Rows, []string{b.Source, fmt.Sprint(b.Requests), fmt.Sprint(b.Limited), remaining, limit, instant(b.Reset), instant(b.HeldUntil), b.HeldWhy})
	}
	return p
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// apiBudgets is the JSON of the panel.
func (s *server) apiBudgets(w http.ResponseWriter, _ *http.Request) {
	all := []Budget{}
	if s.o.Budgets != nil {
		all = append(all, s.o.Budgets()...)
	}
	writeJSON(w, http.StatusOK, all)
}
