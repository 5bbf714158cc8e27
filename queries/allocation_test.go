package queries_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/workmix/workmix/queries"
)

// allocationAddsUp are statements that give a row where numbers that belong together do not go together.
var allocationAddsUp = []string{
	// Shares sum to 1 over a team's quarter, wherever anybody was there.
	"SELECT team, quarter, sum(actual_share) AS whole FROM allocation_quarterly GROUP BY team, quarter HAVING sum(actual_days) > 0 AND NOT abs(whole - 1) < 1e-9",
	"SELECT team, quarter, sum(actual_share_observed) AS whole FROM allocation_quarterly GROUP BY team, quarter HAVING whole IS NOT NULL AND NOT abs(whole - 1) < 1e-9",
	"SELECT team, quarter, sum(planned_share) AS whole FROM allocation_quarterly GROUP BY team, quarter HAVING whole IS NOT NULL AND NOT abs(whole - 1) < 1e-9",
	// Every day of effort is in one row, and in the week's mix.
	"SELECT team, round(sum(days), 6) AS days FROM (SELECT team, actual_days AS days FROM allocation_quarterly) GROUP BY team HAVING days > 0 EXCEPT SELECT team, round(sum(effort_days), 6) AS days FROM effort_sums WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day) GROUP BY team",
	"SELECT team, round(sum(effort_days), 6) AS days FROM effort_sums WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day) GROUP BY team HAVING days > 0 EXCEPT SELECT team, round(sum(effort_days), 6) AS days FROM work_mix_weekly GROUP BY team",
	// Causes sum to what was lost, in both orders, and every planned category has each of them.
	`SELECT a.team, a.quarter, a.category FROM allocation_quarterly AS a
	LEFT JOIN (SELECT team, quarter, category, sum(days) AS lost, sum(days_reversed) AS reversed, uniqExact(cause) AS causes, countIf(cause = 'unexplained') AS rest FROM gap_attribution GROUP BY ALL) AS g
		ON g.team = a.team AND g.quarter = a.quarter AND g.category = a.category
	WHERE a.planned_days IS NOT NULL AND NOT (abs(g.lost - (a.planned_days - a.actual_days)) < 1e-9 AND abs(g.reversed - g.lost) < 1e-9 AND g.causes = 10 AND g.rest = 1)`,
	// Teams and quarters: none is missing, and none is there twice.
	"SELECT t.id FROM teams AS t WHERE NOT t.provisional AND (SELECT count() FROM revisions) > 0 AND t.id NOT IN (SELECT team FROM allocation_quarterly)",
	"SELECT uniqExact(quarter) AS n, team FROM allocation_quarterly WHERE plan_source = 'none' GROUP BY team HAVING n > (SELECT uniqExact(quarter) FROM allocation_quarterly)",
	"SELECT team, quarter, category FROM allocation_quarterly GROUP BY team, quarter, category HAVING count() > 1",
	// Bands hold what they bound.
	"SELECT * FROM allocation_quarterly WHERE NOT (gap IS NULL OR gap_low <= gap + 1e-9 AND gap <= gap_high + 1e-9) OR NOT (actual_days_low <= actual_days + 1e-9 AND actual_days <= actual_days_high + 1e-9) OR gap IS NULL AND gap_low IS NOT NULL",
	"SELECT * FROM team_vectors WHERE forced IS NOT NULL AND NOT (forced_low <= forced + 1e-9 AND forced <= forced_high + 1e-9 AND long_low <= long + 1e-9 AND long <= long_high + 1e-9)",
	"SELECT * FROM team_vectors WHERE effort_days > 0 AND NOT abs(share_forced_short + share_forced_long + share_discretionary_short + share_discretionary_long + share_undetermined - 1) < 1e-9",
	// Without a plan nothing is planned.
	"SELECT * FROM allocation_quarterly WHERE plan_source = 'none' AND (planned_share IS NOT NULL OR planned_days IS NOT NULL OR gap IS NOT NULL OR plan_late_days IS NOT NULL)",
}

// TestAllocationAddsUp fills the sums of effort with made-up days of a hundred teams in five quarters, half of them with
// plans of made-up shares, and looks for numbers that do not go together.
func TestAllocationAddsUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	db := database(t, queries.Settings{FiscalYearStarts: 2})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	exec(t, db, "INSERT INTO revisions (item_id, change, observation, valid_from, created_at, recorded_at) VALUES ('i', 'created', 'o', '2025-02-03 00:00:00', '2025-02-03 00:00:00', '2026-03-20 12:00:00')")
	categories := []string{"user_asks", "platform_quality", "key_initiatives", "own", "uncategorised", "unallocated"}
	causes := []string{"", "incidents", "asks_from_others", "scope", "help"}
	quadrants := []string{"forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined"}
	var teams, plans, sums []string
	for n := range 100 {
		team := fmt.Sprintf("t%02d", n)
		teams = append(teams, fmt.Sprintf("('team', '%s', '{\"name\":\"T\"}', '2025-01-01 00:00:00', '2025-01-01 00:00:00')", team))
		for q := range 5 {
			if r.IntN(2) == 0 {
				share, shares := 1.0, []string(nil)
				for _, c := range []string{"user_asks", "platform_quality", "own"}[:r.IntN(4)] {
					x := share * float64(r.IntN(11)) / 10
					shares, share = append(shares, fmt.Sprintf("%q:%v", c, x)), share-x
				}
				shares = append(shares, fmt.Sprintf("%q:%v", "key_initiatives", share))
				capacity := ""
				if r.IntN(2) == 0 {
					capacity = fmt.Sprintf(`"capacity_days":%d,`, 1+r.IntN(300))
				}
				name := fmt.Sprintf("%d-Q%d", 2025+q/4, 1+q%4)
				plans = append(plans, fmt.Sprintf("('plan', '%s/%s', '{\"team\":%q,\"quarter\":%q,%s\"shares\":{%s}}', '2025-01-01 00:00:00', '2025-0%d-01 00:00:00')",
					team, name, team, name, capacity, strings.Join(shares, ","), 1+r.IntN(9)))
			}
			for range r.IntN(12) {
				day := fmt.Sprintf("2025-%02d-%02d", 2+2*q, 3+r.IntN(25))
				c := categories[r.IntN(len(categories))]
				quadrant, cause := quadrants[r.IntN(len(quadrants))], causes[r.IntN(len(causes))]
				if c == "unallocated" {
					quadrant, cause = c, ""
				}
				e := r.Float64() * 10
				sums = append(sums, fmt.Sprintf("(1, '%s', '%s', '%s', '%s', '', '%s', %v, %v, %v, %v, %v, %v, %v, %v, %v, %v, %v, %v)", day, team, c, quadrant, cause,
					e, r.Float64()*10, r.Float64()*3, e*r.Float64()/2, e, e, e, e*r.Float64(), e/2, e/3, e/2, e/2))
			}
		}
	}
	exec(t, db, "INSERT INTO decisions (kind, id, body, valid_from, recorded_at) VALUES "+strings.Join(append(teams, plans...), ","))
	exec(t, db, "INSERT INTO effort_sums (generation, day, team, category, quadrant, initiative, cause, effort_days, time_days, activity_days, doubt_days, judged_days, judged_time, judged_activity, forced_days, forced_time, forced_activity, long_days, long_time) VALUES "+strings.Join(sums, ","))
	exec(t, db, "INSERT INTO derivations (name, day, generation) SELECT 'effort', day, 1 FROM effort_sums GROUP BY day")
	exec(t, db, "INSERT INTO month_sums (generation, month, team, category, cause, effort_days, time_days, activity_days, doubt_days) SELECT 1, toDate32(toStartOfMonth(s.day)) AS month, team, category, cause, sum(s.effort_days), sum(s.time_days), sum(s.activity_days), sum(s.doubt_days) FROM effort_sums AS s FINAL GROUP BY month, team, category, cause")
	exec(t, db, "INSERT INTO derivations (name, day, generation) SELECT 'months', month, 1 FROM month_sums GROUP BY month")
	for _, sql := range allocationAddsUp {
		if got := rows(t, db, sql, nil)[1:]; len(got) > 0 {
			t.Errorf("%s\ngives %d rows, such as %s", sql, len(got), got[0])
		}
	}
	got := rows(t, db, "SELECT uniqExact(team, quarter), countIf(plan_source = 'plan') > 100, uniqExact(team) FROM allocation_quarterly", nil)[1]
	if got != "500 | 1 | 100" {
		t.Errorf("teams and quarters, with plans, and teams: %s, want 500 | 1 | 100", got)
	}
}
