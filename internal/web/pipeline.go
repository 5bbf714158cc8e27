package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// pipelinePage is how far the data is on its way.
type pipelinePage struct {
	Lag, Budgets                               *panel
	Freshness, Coverage, DeadLetters, Rulesets *panel
	Missing, Dead                              int64 // in all
	Failures                                   []failure
	Again                                      string // how many records were given to their stage just now
}

type failure struct {
	Failure
	Records string
}

func (s *server) pipeline(w http.ResponseWriter, r *http.Request) {
	all := s.askAll(r.Context(), want{"freshness", nil}, want{"coverage", nil}, want{"dead_letters", nil}, want{"ruleset_versions", nil})
	v := &pipelinePage{Lag: s.lag(r.Context()), Budgets: s.budgets(), Freshness: all[0], Coverage: all[1], DeadLetters: all[2], Rulesets: all[3]}
	v.Freshness.Empty = "Nothing has come from a tracker yet: name sources in workmix.yaml and run workmix sync or up."
	v.Coverage.Empty = v.Freshness.Empty
	v.DeadLetters.Empty = "Every record could be processed."
	v.Rulesets.Empty = "No item was judged yet."
	for i := range v.Coverage.Rows {
		if n := v.Coverage.number(i, "missing"); n > 0 {
			v.Missing += n
		}
	}
	v.Again = r.URL.Query().Get("again")
	for i := range v.DeadLetters.Rows {
		c := func(name string) string { return v.DeadLetters.cell(i, name) }
		if s.o.Retry != nil && asker(r).May(Admin) && c("stage") != "ingest" {
			v.Failures = append(v.Failures, failure{Failure{c("stage"), c("source"), c("reason")}, c("records")})
		}
		v.Dead += v.DeadLetters.number(i, "records")
	}
	s.render(w, r, http.StatusOK, "pipeline", "Pipeline", "/pipeline", v)
}

// lag is how many records wait for each stage.
func (s *server) lag(ctx context.Context) *panel {
	p := &panel{ID: "lag", Title: "Waiting records", Lead: "How many records has each stage still to read?", Unit: "records", JSON: "/api/v1/lag"}
	if s.o.Lag == nil {
		p.Empty = "It is not known here how far the stages are: see the metrics of the processes that run them."
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lags, err := s.o.Lag(ctx)
	if err != nil {
		p.Error = err.Error()
		return p
	}
	p.Columns, p.Numeric = []string{"stage", "waiting"}, []bool{false, true}
	for _, stage := range slices.Sorted(maps.Keys(lags)) {
		p.Rows = append(p.Rows, []string{stage, strconv.FormatInt(lags[stage], 10)})
	}
	return p
}

// number is a cell as a whole number; 0 if it is none.
func (p *panel) number(row int, column string) int64 {
	n, err := strconv.ParseInt(p.cell(row, column), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// apiLag is the JSON of the panel.
func (s *server) apiLag(w http.ResponseWriter, r *http.Request) {
	lags := map[string]int64{}
	if s.o.Lag != nil {
		var err error
		if lags, err = s.o.Lag(r.Context()); err != nil {
			writeError(w, http.StatusInternalServerError, err)
			return
		}
	}
	writeJSON(w, http.StatusOK, lags)
}
