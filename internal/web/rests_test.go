package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestEveryChartIsHonest: beside every chart of every page there are the table that it is drawn from, its SQL, itself as JSON, and a sentence with
// the measure, the period, the share that is undetermined or has no place, and what is missing.
func TestEveryChartIsHonest(t *testing.T) {
	h, _ := pagesOf(t, map[string][]string{
		"setup":            {"sources:UInt64|items:UInt64|missing:Int64", "1|100|3"},
		"teams":            {"id|name|group", "compute|Compute|Foundation"},
		"work_mix_by_week": {"week|quadrant|closed:UInt64|wip:UInt64|share:Float64|effort_days:Float64", "2026-01-05|forced_short|3|3|0.75|6", "2026-01-12|undetermined|1|1|0.25|2", "2026-01-12|unallocated|0|0|0|8"},
		"team_positions":   {"team|quarter|items:UInt64|forced:Float64|long:Float64|undetermined:Float64", "compute|2025-10-01|5|0.7|0.2|0.5", "compute|2026-01-01|15|0.5|0.4|0.1"},
		"investment_grid":  {"kind|name|items:UInt64|determined:UInt64|effort_days:Float64|forced:Float64|long:Float64|category", "project|acme/api|8|6|12.5|0.7|0.2|user_asks"},
		"quadrant_of_projects": {
			"source|project|items:UInt64|determined:UInt64|forced:Float64|long:Float64|quadrant", "code|acme/api|8|6|0.7|0.2|forced_short",
		},
		"team_vectors":        {"team|month|forced:Float64|long:Float64|share_undetermined:Float64|effort_days:Float64", "compute|2026-05-01|0.6|0.2|0.25|10", "compute|2026-06-01|0.5|0.3|0|10"},
		"forced_flow_by_week": {"week|inflow:Int64|outflow:Int64|backlog:Int64", "2026-06-01|3|1|9"},
		"work_in_progress":    {"team|week|wip:Int64|wip_forced:Int64|initiatives:UInt64", "compute|2026-06-01|7|2|2"},
		"plan_versus_actual": {
			"team|quarter|category|planned_share:Nullable(Float64)|actual_share_observed:Nullable(Float64)|gap:Nullable(Float64)|actual_days:Float64|complete",
			"compute|2026-04-01|user_asks|0.4|1|0.6|30|true", "compute|2026-04-01|unallocated||||10|true",
		},
		"gap_attribution":    {"team|quarter|category|cause|days:Float64", "compute|2026-04-01|key_initiatives|other_asks|12"},
		"unplanned_by_asker": {"asker|whose|effort_days:Float64", "ops|others|9"},
		"initiative_slip":    {"initiative|name|from|first_target|target", "mesh|Mesh|2026-04-01|2026-06-30|2026-07-31"},
	})
	sections := regexp.MustCompile(`(?s)<section class="panel".*?</section>`)
	id := regexp.MustCompile(`data-table="([a-z_]+-table)"`)
	for path, want := range map[string]struct {
		charts int
		says   []string
	}{
		"/": {3, []string{
			"quarters from 2025-10-01 to 2026-01-01, the last one unfinished perhaps: 20.0% of them undetermined", "weeks from 2026-01-05 to 2026-01-12: 25.0% of the item-weeks undetermined",
			"of all time: 8 items, 25.0% of them undetermined",
		}},
		"/teams/compute": {4, []string{
			"Measured by effort, months from 2026-05-01 to 2026-06-01: 12.5% of it undetermined", "Measured by effort, weeks from 2026-01-05 to 2026-01-12: 12.5% of the person-days undetermined, 50.0% unallocated",
			"Measured by items, weeks from 2026-06-01 to 2026-06-01; what is undetermined counts as not forced: 12.5% of the team&#39;s effort",
		}},
		"/allocation?team=compute":                        {4, []string{"quarter from 2026-04-01: 40.0 person-days, 25.0% of them without a place", "initiatives that began from 2026-04-01 to 2026-04-01"}},
		"/questions/work_mix_by_week?measure=effort":      {1, []string{"12.5% of the person-days undetermined, 50.0% unallocated"}},
		"/questions/investment_grid?from=2026-01-01":      {1, []string{"by effort of items that were open from 2026-01-01 to now: 8 items, 25.0% of them undetermined"}},
		"/questions/quadrant_of_projects?from=2026-01-01": {1, []string{"by items of items that were open from 2026-01-01 to now: 8 items, 25.0%"}},
	} {
		w := send(t, h, "GET", path, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		charts := 0
		for _, s := range sections.FindAllString(w.Body.String(), -1) {
			table := id.FindStringSubmatch(s)
			if table == nil {
				continue
			}
			charts++
			for _, part := range []string{`<table id="` + table[1] + `"`, `href="/sql?question=`, `href="/api/v1/questions/`, "Measured by ", "3 items that the trackers count are missing"} {
				if !strings.Contains(s, part) {
					t.Errorf("%s: beside the chart of %s there is no %s:\n%s", path, table[1], part, s)
				}
			}
		}
		if charts != want.charts {
			t.Errorf("%s has %d charts, not %d", path, charts, want.charts)
		}
		page(t, h, path, 200, want.says...)
	}
}

// TestAllocationOpensOnWhatIsGoingOn: plans are made ahead; a page of zeros helps nobody.
func TestAllocationOpensOnWhatIsGoingOn(t *testing.T) {
	answers := map[string][]string{"plan_versus_actual": {
		"team|quarter|category|planned_share:Nullable(Float64)|actual_days:Float64",
		"compute|2026-04-01|user_asks|0.4|30", "compute|2026-07-01|user_asks|0.4|2", "lab|2026-07-01|user_asks||1", "compute|2026-10-01|user_asks|0.4|0", "lab|2026-10-01|user_asks|0.2|0",
	}}
	h, _ := pagesOf(t, answers)
	page(t, h, "/allocation", 200, "<option selected>2026-07-01</option>")
	page(t, h, "/allocation?team=lab", 200, "<option selected>2026-10-01</option>") // its only plan
	page(t, h, "/allocation?quarter=2026-10-01", 200, "<option selected>2026-10-01</option>")
}

// TestCells: an address of a tracker can be followed, one that would run something cannot; whole seconds are shown as such.
func TestCells(t *testing.T) {
	h, _ := pagesOf(t, map[string][]string{"oldest_forced_long": {
		"key|created_at|updated_at|url", "A-1|2026-01-01 10:00:00.000|2026-01-01 10:00:00.250|https://jira/browse/A-1?a=1&b=\"2\"", "A-2|||javascript:alert(1)",
	}})
	page(t, h, "/questions/oldest_forced_long", 200, "<td>2026-01-01 10:00:00</td>", "<td>2026-01-01 10:00:00.250</td>",
		`<a href="https://jira/browse/A-1?a=1&amp;b=&#34;2&#34;" rel="noreferrer">https://jira/browse/A-1?a=1&amp;b=&#34;2&#34;</a>`, "<td>javascript:alert(1)</td>", "!href=\"javascript")
}
