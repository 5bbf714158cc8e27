package queries_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/queries"
)

// whole says which columns of a question's answer sum to 1 over the rows that are alike in others, wherever they say anything.
type whole struct {
	question string
	by       []string
	shares   []string
}

var wholes = []whole{
	{"work_mix_by_week", []string{"week"}, []string{"share"}},
	{"work_mix_by_team_and_quarter", []string{"team", "quarter"}, []string{"forced_short", "forced_long", "discretionary_short", "discretionary_long", "undetermined", "unallocated"}},
	{"team_vectors", []string{"team", "month"}, []string{"share_forced_short", "share_forced_long", "share_discretionary_short", "share_discretionary_long", "share_undetermined"}},
	{"archetypes", []string{"team"}, []string{"forced_short", "forced_long", "discretionary_short", "discretionary_long"}},
	{"work_by_property", nil, []string{"share"}},
	{"plan_versus_actual", []string{"team", "quarter"}, []string{"planned_share"}},
	{"plan_versus_actual", []string{"team", "quarter"}, []string{"actual_share"}},
	{"plan_versus_actual", []string{"team", "quarter"}, []string{"actual_share_observed"}},
	{"plans_published", []string{"team", "quarter"}, []string{"user_asks", "platform_quality", "key_initiatives"}},
	{"retro_allocation", []string{"team", "quarter"}, []string{"planned_share"}},
	{"retro_allocation", []string{"team", "quarter"}, []string{"actual_share"}},
	{"retro_allocation", []string{"team", "quarter"}, []string{"actual_share_observed"}},
	{"gap_trend", []string{"team", "quarter"}, []string{"planned_share"}},
	{"gap_trend", []string{"team", "quarter"}, []string{"actual_share_observed"}},
	{"unplanned_by_asker", nil, []string{"share"}},
	{"effort_in_unfinished_work", []string{"team"}, []string{"share"}},
	{"interrupts_by_weekday", nil, []string{"opened_share"}},
	{"work_mix_as_known", []string{"team"}, []string{"share"}},
	{"ruleset_mix", []string{"team", "quarter"}, []string{"share_before"}},
	{"ruleset_mix", []string{"team", "quarter"}, []string{"share_after"}},
}

// noWhole are the questions that give parts of which the answer does not hold the others.
var noWhole = []string{
	"bus_factor",          // the part of one person
	"forced_flow_by_week", // the part of forced work
	"team_positions",      // likewise, and of long
	"sensitivity",         // the part of the answer
	"gap_attribution",     // parts that sum to what was lost, which TestAllocationAddsUp holds
}

var ofShares = regexp.MustCompile(`(^|_)share(_|$)`)

// TestSharesSumToOne asks every question that gives shares of a made-up organisation, by each measure, over all, over a team and
// over a part of the time.
func TestSharesSumToOne(t *testing.T) {
	all, err := queries.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range all {
		gives := strings.Contains(q.Unit, "share") || slices.ContainsFunc(q.Columns, func(c queries.Column) bool { return ofShares.MatchString(c.Name) })
		summed := slices.ContainsFunc(wholes, func(w whole) bool { return w.question == q.Name })
		if gives == (!summed && !slices.Contains(noWhole, q.Name)) {
			t.Errorf("question %s gives shares: %v; it must be in wholes or noWhole if it does, and only then", q.Name, gives)
		}
	}
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	s, err := parse(organisation(r))
	if err != nil {
		t.Fatal(err)
	}
	db := database(t, queries.Settings{})
	store(t, db, s.events)
	derive(t, db, queries.Settings{})
	for _, q := range all {
		if !slices.ContainsFunc(wholes, func(w whole) bool { return w.question == q.Name }) {
			continue
		}
		sums := map[int]int{}
		for _, given := range askedOf(r, &q) {
			bound, err := q.Bind(given)
			if err != nil {
				t.Fatal(err)
			}
			lines := rows(t, db, q.SQL, bound)
			for i, w := range wholes {
				if w.question == q.Name {
					sums[i] += sumToOne(t, w, lines, given)
				}
			}
		}
		for i, n := range sums {
			if n == 0 {
				t.Errorf("question %s said nothing of %v", q.Name, wholes[i].shares)
			}
		}
	}
}

// askedOf are parameters of a question: each measure once, or nothing given, and three times others at random: a team, some of the time.
func askedOf(r *rand.Rand, q *queries.Question) []map[string]string {
	required, measures := map[string]string{}, []string{""}
	for _, p := range q.Params {
		switch {
		case p.Name == "measure":
			measures = p.OneOf
		case p.Name == "a" || p.Name == "b":
			required[p.Name] = map[string]string{"a": "r1", "b": "r2"}[p.Name]
		case p.Required:
			required[p.Name] = day(140).Format(time.DateOnly)
		}
	}
	var out []map[string]string
	for n := range len(measures) + 3 {
		given := maps.Clone(required)
		for _, p := range q.Params {
			switch {
			case p.Name == "measure":
				given[p.Name] = measures[n%len(measures)]
			case n < len(measures):
			case p.Name == "team":
				given[p.Name] = []string{"api", "ops", "lab"}[r.IntN(3)]
			case p.Name == "from" && r.IntN(2) == 0:
				given[p.Name] = day(r.IntN(60)).Format(time.DateOnly)
			case p.Name == "to" && r.IntN(2) == 0:
				given[p.Name] = day(60 + r.IntN(60)).Format(time.DateOnly)
			}
		}
		out = append(out, given)
	}
	return out
}

// sumToOne returns how many sums it saw. Shares are rounded to four digits.
func sumToOne(t *testing.T, w whole, lines []string, given map[string]string) int {
	t.Helper()
	head := strings.Split(lines[0], " | ")
	type sum struct {
		of    float64
		parts int
	}
	sums := map[string]*sum{}
	for _, line := range lines[1:] {
		f := strings.Split(line+strings.Repeat(" ", max(0, 3*(len(head)-1)-len(line))), " | ") // a last empty text is cut off
		key := ""
		for _, c := range w.by {
			key += f[slices.Index(head, c)] + " "
		}
		for _, c := range w.shares {
			if f[slices.Index(head, c)] == "NULL" {
				continue
			}
			x, err := strconv.ParseFloat(strings.TrimSpace(f[slices.Index(head, c)]), 64)
			if err != nil || x < 0 || x > 1 {
				t.Errorf("%s %v: %s is %q, want a part of 1", w.question, given, c, f[slices.Index(head, c)])
			}
			if sums[key] == nil {
				sums[key] = &sum{}
			}
			sums[key].of += x
			sums[key].parts++
		}
	}
	for key, s := range sums {
		if math.Abs(s.of-1) > 0.5e-4*float64(s.parts)+1e-9 {
			t.Errorf("%s %v: %v of %ssum to %v", w.question, given, w.shares, cmp.Or(key, "all "), s.of)
		}
	}
	return len(sums)
}

// day is a day of the made-up organisation, which begins in March.
func day(n int) time.Time { return time.Date(2026, 3, 2+n, 0, 0, 0, 0, time.UTC) }

// organisation is a script of three teams with plans for some quarters, of whom one has no people, and of work that begins, ends,
// begins again, changes its verdict, and is somebody's or nobody's.
func organisation(r *rand.Rand) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	begin := day(0).Format(time.DateOnly)
	for _, team := range []string{"api", "ops", "lab"} {
		line(`decide %s team %s {"name":%q,"owns":{"repositories":[],"projects":[%q],"components":[],"labels":[]}}`, begin, team, team, strings.ToUpper(team))
		for q := range 2 {
			if r.IntN(3) > 0 {
				asks, quality := r.IntN(5), r.IntN(5)
				line(`decide %s plan %s/2026-Q%d {"team":%q,"quarter":"2026-Q%d","frozen_at":"2026-0%d-03T00:00:00Z","shares":{"user_asks":%v,"platform_quality":%v,"key_initiatives":%v}}`,
					begin, team, q+2, team, q+2, 4+3*q, float64(asks)/10, float64(quality)/10, float64(10-asks-quality)/10)
			}
		}
	}
	people := []string{"ana", "bob", "cyd", "dan", "eve"}
	for i, p := range people[:4] {
		line(`decide %s person p%s {"accounts":["@%s"],"bot":false}`, begin, p, p)
		line(`decide %s membership p%s/x {"person":"p%s","team":%q,"share":1,"from":%q}`, begin, p, p, []string{"api", "ops"}[i%2], day(r.IntN(30)).Format(time.DateOnly))
	}
	line(`decide %s initiative mesh {"name":"Mesh","from":%q,"target":"2026-09-01","items":{"keys":[],"epics":[],"labels":["mesh"]}}`, begin, begin)
	line(`decide %s ask faster {"team":"api","quarter":"2026-Q2","rank":1,"asker":"ops","title":"Faster","items":{"keys":[],"epics":[],"labels":["faster"]}}`, begin)
	verdict := func() string {
		v := one("forced_short 0.9 0.1", "forced_long 0.8 0.7", "discretionary_short 0.2 0.3", "discretionary_long 0.1 0.9", "undetermined 0.5 0.5")
		return v + one("", " property=security", " property=latency reason=outage", " reason=defect") +
			" | r2 " + one("forced_short 0.6 0.4", "discretionary_long 0.3 0.6", "undetermined 0.5 0.5")
	}
	for i := range 60 {
		at := r.IntN(110)
		line("observe %s %s-%d author=%s", day(130).Format(time.DateOnly), one("API", "OPS", "LAB", "ELSE"), i, one(people...))
		state := one("open", "in_progress")
		line("  %sT%02d:00 created state=%s labels=%s assignees=%s points=%d | %s", day(at).Format(time.DateOnly), r.IntN(24), state, one("", "mesh", "faster", "x"), one(append(people, "")...), r.IntN(9), verdict())
		for n := range r.IntN(5) {
			if at += 1 + r.IntN(20); at > 125 {
				break
			}
			state = one("open", "in_progress", "in_progress", "done", "done", "dropped")
			line("  %sT%02d:00 event/%d state=%s | %s", day(at).Format(time.DateOnly), r.IntN(24), n, state, verdict())
			if r.IntN(2) == 0 {
				line("  act %sT%02d:30 %s %s", day(at).Format(time.DateOnly), r.IntN(24), one(people...), one("commented", "reviewed"))
			}
		}
	}
	return b.String()
}
