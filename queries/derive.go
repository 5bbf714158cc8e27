package queries

import (
	"strings"
	"text/template"
)

// Derivation holds the statements that make the derived tables again. Each is run with the parameters that its
// comment names, all as text.
type Derivation struct {
	// Inputs returns one row of texts: inputs, which changes when something derived could come out otherwise; decided,
	// which changes with the decisions; started, the database's clock; whether there is any item; and how many revisions.
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
	// Months fills month_sums for months, once the rows of effort of all their days count. Parameters: generation and months, an Array(Date32) of their first days.
	Months string
	// Items fills item_sums, once those rows count. Parameters: likewise.
	Items string
	// Mark makes a derivation count. Parameters: name (edges, standings, effort, months, weeks, coverage or schema), days, generation, inputs, decided, started.
	Mark string
	// Version returns one row of texts: the version of the schema, that under which everything was last derived, 0 if it never was, and
	// whether there is any item.
	Version string
	// ItemsState returns one row of texts about what the rows of items rest on and how far they have come.
	ItemsState string
	// ItemsQueue notes which items are to be derived again, ItemsQueued how many that are. Parameters: generation; since, when the
	// last derivation started; seen, 1 to leave out what was queued already; words, 1 to queue what people said something of whenever
	// they did; sums, the derivation of effort whose followers' items are queued.
	ItemsQueue, ItemsQueued string
	// ItemRows, ItemVerdicts and ItemWeeks fill item_rows, verdict_rows and item_weeks for the items that are queued, and their All for a stretch of all
	// items in the order of their ids. Parameters: generation; after, the id before the first, and until, the last id; empty where nothing
	// bounds it.
	ItemRows, ItemVerdicts, ItemWeeks, AllItemRows, AllItemVerdicts, AllItemWeeks string
	// ItemIDs returns some thousand ids in their order, an item with more revisions more often: ends of stretches that are as long as each other.
	ItemIDs string
	// ItemsMark makes a derivation of items count. Parameters: generation and what ItemsState returned.
	ItemsMark string
	// WeekSums fills week_sums. Parameter: generation.
	WeekSums string
	// CoverageState returns one row of texts about the last count of coverage_sums and what there is to count since; CoverageChanged numbers that
	// stand for the projects to count again (parameters: since and last, of the state). Coverage counts these (parameters: generation; projects, an Array(UInt64)),
	// AllCoverage all projects.
	CoverageState, CoverageChanged, Coverage, AllCoverage string
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
	now := scope{Settings: s}
	days := scope{Settings: s, Days: "{days:Array(Date32)}"}.within("{days:Array(Date32)}[1]", "({days:Array(Date32)}[-1] + 1)")
	queued, every := now, now
	queued.Only = "item_id IN (SELECT item_id FROM item_queue WHERE generation = {generation:UInt64})"
	every.Only = "item_id > {after:String} AND ({until:String} = '' OR item_id <= {until:String})" // the tables are sorted so
	for _, c := range []*scope{&queued, &every} {
		c.Judges = "(" + c.Only + " OR item_id IN (SELECT decider FROM standings WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'standings') AND " + c.Only + "))"
	}
	counted := now
	counted.Only = "item_id IN (SELECT item_id FROM raw_records WHERE cityHash64(source, project) IN {projects:Array(UInt64)})"
	d := &Derivation{
		Inputs:     render(`{{template "inputs" .}}`, now),
		Last:       render(`{{template "derived_last" .}}`, now),
		Edges:      render(`{{template "derive_edges" .}}`, now),
		Ancestry:   render(`{{template "derive_ancestry" .}}`, now),
		Standings:  render(`{{template "derive_standings" .}}`, now),
		Days:       render(`{{template "derive_days" .}}`, now),
		AllDays:    render(`{{template "derive_all_days" .}}`, now),
		Effort:     render(`{{template "derive_effort" .}}`, days),
		Sums:       render(`{{template "derive_sums" .}}`, now),
		Months:     render(`{{template "derive_months" .}}`, now),
		Items:      render(`{{template "derive_items" .}}`, now),
		Mark:       render(`{{template "derive_mark" .}}`, now),
		Version:    render(`{{template "derived_version" .}}`, now),
		ItemsState: render(`{{template "items_state" .}}`, now),
		ItemsQueue: render(`{{template "items_queue" .}}`, now), ItemsQueued: render(`{{template "items_queued" .}}`, now),
		ItemRows: render(`{{template "derive_item_rows" .}}`, queued), AllItemRows: render(`{{template "derive_item_rows" .}}`, every),
		ItemVerdicts: render(`{{template "derive_verdict_rows" .}}`, queued), AllItemVerdicts: render(`{{template "derive_verdict_rows" .}}`, every),
		ItemWeeks: render(`{{template "derive_item_weeks" .}}`, queued), AllItemWeeks: render(`{{template "derive_item_weeks" .}}`, every),
		ItemIDs:   render(`{{template "item_ids" .}}`, now),
		ItemsMark: render(`{{template "items_mark" .}}`, now), WeekSums: render(`{{template "derive_week_sums" .}}`, now),
		CoverageState: render(`{{template "coverage_state" .}}`, now), CoverageChanged: render(`{{template "coverage_changed" .}}`, now),
		Coverage: render(`{{template "derive_coverage" .}}`, counted), AllCoverage: render(`{{template "derive_coverage" .}}`, now),
		Sweep: []string{render(`{{template "sweep_queue" .}}`, now), render(`{{template "sweep_weeks" .}}`, now), render(`{{template "sweep_edges" .}}`, now), render(`{{template "sweep_ancestry" .}}`, now), render(`{{template "sweep_standings" .}}`, now), render(`{{template "sweep_effort" .}}`, now), render(`{{template "sweep_sums" .}}`, now), render(`{{template "sweep_months" .}}`, now)},
	}
	return d, err
}
