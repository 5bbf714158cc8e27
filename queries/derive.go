package queries

import (
	"strings"
	"text/template"
)

// Derivation holds the statements that make the derived tables again. Each is run with the parameters that its
// comment names, all as text.
type Derivation struct {
	// Inputs returns one row of texts: inputs, which changes when something derived could come out otherwise; decided,
	// the newest instant of the decisions; started, the database's clock; and whether there is any item.
	Inputs string
	// Last returns inputs, decided, started and generation of the last derivation, or no row.
	Last string
	// Edges fills edges; Ancestry and Standings fill the tables of these names from it. Parameter: generation.
	Edges, Ancestry, Standings string
	// Days returns the days whose effort may have changed. Parameter: since, when the last derivation started.
	Days string
	// AllDays returns all days that can have effort.
	AllDays string
	// Effort fills effort_rows for days. Parameters: generation and days, an Array(Date32).
	Effort string
	// Sums fills effort_sums from those rows. Parameters: likewise.
	Sums string
	// Items fills item_sums, once those rows count. Parameters: likewise.
	Items string
	// Mark makes a derivation count. Parameters: name (edges, standings or effort), days, generation, inputs, decided, started.
	Mark string
	// Sweep removes rows that no longer count.
	Sweep []string
}

// Derive returns the statements for the derived tables under an organisation's settings.
func Derive(s Settings) (*Derivation, error) {
	s, err := s.complete()
	if err != nil {
		return nil, err
	}
	parts, err := s.parts()
	if err != nil {
		return nil, err
	}
	render := func(text string, c scope) string {
		if err != nil {
			return ""
		}
		var t *template.Template
		if t, err = template.Must(parts.Clone()).New("derive").Parse(text); err != nil {
			return ""
		}
		var b strings.Builder
		err = t.Execute(&b, c)
		return b.String()
	}
	now, days := scope{Settings: s}, scope{Settings: s, Days: "{days:Array(Date32)}"}
	d := &Derivation{
		Inputs:    render(`{{template "inputs" .}}`, now),
		Last:      render(`{{template "derived_last" .}}`, now),
		Edges:     render(`{{template "derive_edges" .}}`, now),
		Ancestry:  render(`{{template "derive_ancestry" .}}`, now),
		Standings: render(`{{template "derive_standings" .}}`, now),
		Days:      render(`{{template "derive_days" .}}`, now),
		AllDays:   render(`{{template "derive_all_days" .}}`, now),
		Effort:    render(`{{template "derive_effort" .}}`, days),
		Sums:      render(`{{template "derive_sums" .}}`, now),
		Items:     render(`{{template "derive_items" .}}`, now),
		Mark:      render(`{{template "derive_mark" .}}`, now),
		Sweep:     []string{render(`{{template "sweep_edges" .}}`, now), render(`{{template "sweep_ancestry" .}}`, now), render(`{{template "sweep_standings" .}}`, now), render(`{{template "sweep_effort" .}}`, now), render(`{{template "sweep_sums" .}}`, now)},
	}
	return d, err
}
