package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/simulate"
)

// TestTruth brings the simulated organisation of the demo through every real part and compares what the tables say with what
// the generator knows: where each person's days went, and which category each item is of. WORKMIX_TRUTH_SEED=7 takes another
// organisation, WORKMIX_TRUTH_EFFORT="w_time: 0" other weights. With -v it prints every cell.
func TestTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	seed := uint64(demoSeed)
	if text := os.Getenv("WORKMIX_TRUTH_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	effort := ""
	if text := os.Getenv("WORKMIX_TRUTH_EFFORT"); text != "" {
		effort = "effort: {" + text + "}\n"
	}
	end := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	ds := simulate.Generate(seed, end)
	servers, err := simulate.Start(context.Background(), ds, simulate.Options{RateLimit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	for name, text := range map[string]string{
		"workmix.yaml": fmt.Sprintf("sources:\n  - {name: code, kind: github, base_url: %q, repositories: [\"acme/*\"]}\n  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [\"*\"]}\n",
			servers.GitHubURL(), servers.JiraURL()) + effort,
		"decisions.yaml": ds.Decisions("code", "tracker") + ds.Planning(false),
	} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := command{t, []string{"--config", filepath.Join(work, "workmix.yaml"), "--data", filepath.Join(work, "data")}}
	c.run("apply", "-f", filepath.Join(work, "decisions.yaml"))
	c.run("sync")
	t.Run("shares", func(t *testing.T) { sharesAreTrue(command{t, c.args}, ds, end) })
	t.Run("categories", func(t *testing.T) { categoriesAreTrue(command{t, c.args}, ds) })
}

// cell is a category of a team's quarter.
type truthCell struct{ Team, Quarter, Category string }

// sharesAreTrue: of each category in each team's whole quarter the band holds the true share nine times of ten. How far the shares
// themselves are from the truth is printed; docs/effort.md says why by more than three points.
func sharesAreTrue(c command, ds *simulate.Dataset, end time.Time) {
	c.t.Helper()
	days, capacity := map[truthCell]float64{}, map[truthCell]float64{}
	for _, s := range ds.Effort(end.AddDate(-2, 0, -14), end) {
		q := fmt.Sprintf("%d-%02d-01", s.Day.Year(), (s.Day.Month()-1)/3*3+1)
		days[truthCell{s.Team, q, s.Category}] += s.Days
		capacity[truthCell{s.Team, q, ""}] += s.Days
	}
	out, _ := c.run("sql", "--format", "jsonl", "SELECT team AS Team, quarter AS Quarter, category AS Category, actual_days AS days, actual_days_low AS low, actual_days_high AS high, sum(actual_days) OVER (PARTITION BY team, quarter) AS whole FROM allocation_quarterly WHERE complete AND team != '' ORDER BY team, quarter, category")
	var cells, within, held int
	var worst, sum float64
	var table strings.Builder
	said := map[truthCell]float64{}
	for line := range strings.Lines(out) {
		var r struct {
			truthCell
			Days, Low, High, Whole float64
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			c.t.Fatal(err)
		}
		whole := capacity[truthCell{r.Team, r.Quarter, ""}]
		if whole == 0 {
			c.t.Errorf("the truth knows nothing of %s in %s", r.Team, r.Quarter)
			continue
		}
		said[r.truthCell] = r.Days
		truth, said := days[r.truthCell]/whole, r.Days/r.Whole
		cells++
		off := math.Abs(truth - said)
		worst, sum = max(worst, off), sum+off
		if off <= 0.03 {
			within++
		}
		in := r.Low/r.Whole <= truth+1e-9 && truth <= r.High/r.Whole+1e-9
		if in {
			held++
		}
		fmt.Fprintf(&table, "%-10s %s %-16s true %5.1f%% said %5.1f%% (%5.1f%% to %5.1f%%) off %+5.1f %s\n", r.Team, r.Quarter, r.Category, 100*truth, 100*said, 100*r.Low/r.Whole, 100*r.High/r.Whole, 100*(said-truth), map[bool]string{false: "outside"}[in])
	}
	c.t.Logf("%d cells: off by %.1f points on average, by %.1f at worst; %d within 3 points; the band holds the truth in %d (%.1f%%)\n%s",
		cells, 100*sum/float64(cells), 100*worst, within, held, 100*float64(held)/float64(cells), table.String())
	observedAreTrue(c, days, said)
	if cells < 6*6*4 {
		c.t.Errorf("only %d cells", cells)
	}
	if got := float64(held) / float64(cells); got < 0.9 {
		c.t.Errorf("the band holds the truth in %.1f%% of the cells", 100*got)
	}
}

// observedAreTrue prints how far the shares that stand beside a plan's are from the truth: those of the days that have a category of a plan.
func observedAreTrue(c command, days, said map[truthCell]float64) {
	c.t.Helper()
	categories := []string{"key_initiatives", "platform_quality", "user_asks"}
	of := func(m map[truthCell]float64, k truthCell) float64 {
		whole := 0.
		for _, name := range categories {
			whole += m[truthCell{k.Team, k.Quarter, name}]
		}
		return m[k] / whole
	}
	var cells, within int
	var worst, sum float64
	var table strings.Builder
	for _, k := range slices.SortedFunc(maps.Keys(said), func(a, b truthCell) int {
		return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.Quarter, b.Quarter), cmp.Compare(a.Category, b.Category))
	}) {
		if !slices.Contains(categories, k.Category) {
			continue
		}
		truth, said := of(days, k), of(said, k)
		off := math.Abs(truth - said)
		cells++
		worst, sum = max(worst, off), sum+off
		if off <= 0.03 {
			within++
		}
		fmt.Fprintf(&table, "%-10s %s %-16s true %5.1f%% said %5.1f%% off %+5.1f\n", k.Team, k.Quarter, k.Category, 100*truth, 100*said, 100*(said-truth))
	}
	c.t.Logf("of the days that have a category, %d cells: off by %.1f points on average, by %.1f at worst; %d within 3 points\n%s", cells, 100*sum/float64(cells), 100*worst, within, table.String())
}

// categoriesAreTrue: nine items of ten have the category that they have in truth.
func categoriesAreTrue(c command, ds *simulate.Dataset) {
	c.t.Helper()
	truth := ds.Items()
	type tally struct{ items, right, uncategorised, effort, rightEffort float64 }
	steps, teams := map[string]*tally{}, map[string]*tally{}
	wrong := map[string]int{}
	all := &tally{}
	out, _ := c.run("sql", "--format", "jsonl", "SELECT key, team, category, category_source AS step, ifNull(effort_days, 0) AS effort FROM work_items WHERE removed IN ('', 'archived')")
	for line := range strings.Lines(out) {
		var r struct {
			Key, Team, Category, Step string
			Effort                    float64
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			c.t.Fatal(err)
		}
		want, ok := truth[r.Key]
		if !ok {
			continue
		}
		for _, x := range []*tally{all, at(steps, r.Step), at(teams, want.Team)} {
			x.items++
			x.effort += r.Effort
			if r.Category == "uncategorised" {
				x.uncategorised++
			}
			if r.Category == want.Category {
				x.right++
				x.rightEffort += r.Effort
			}
		}
		if r.Category != want.Category {
			wrong[want.Category+" taken for "+r.Category+" by "+r.Step]++
		}
	}
	c.t.Logf("%.0f items: %.3f right; of %.0f days %.3f", all.items, all.right/all.items, all.effort, all.rightEffort/all.effort)
	for _, m := range []map[string]*tally{steps, teams} {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			c.t.Logf("%-14s %6.0f items, %.3f right, %.3f uncategorised; %7.0f days, %.3f right", cmp.Or(k, "none"), m[k].items, m[k].right/m[k].items, m[k].uncategorised/m[k].items, m[k].effort, m[k].rightEffort/m[k].effort)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(wrong), func(a, b string) int { return wrong[b] - wrong[a] }) {
		c.t.Logf("%5d %s", wrong[k], k)
	}
	if got := max(all.right/all.items, all.rightEffort/all.effort); got < 0.9 {
		c.t.Errorf("%.3f of the categories are right", got)
	}
}

func at[K comparable, V any](m map[K]*V, k K) *V {
	if m[k] == nil {
		m[k] = new(V)
	}
	return m[k]
}
