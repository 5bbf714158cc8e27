package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// told answers questions from memory: "column column" and rows, by the question's name. It keeps what was asked.
type told struct {
	mu      sync.Mutex
	answers map[string][]string
	asked   map[string]map[string]string
}

func (a *told) run(_ context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
	a.mu.Lock()
	a.asked[q.Name] = bound
	text := a.answers[q.Name]
	a.mu.Unlock()
	rows := &answer{}
	for i, line := range text {
		if line == "fails" {
			return errors.New("the engine is down")
		}
		f := strings.Split(line, "|")
		if i == 0 {
			for _, c := range f {
				name, typ, ok := strings.Cut(c, ":")
				if !ok {
					typ = "String"
				}
				rows.columns = append(rows.columns, report.Column{Name: name, Type: typ})
			}
			continue
		}
		row := make([]any, len(f))
		for k := range f {
			row[k] = f[k]
		}
		rows.rows = append(rows.rows, row)
	}
	return do(rows)
}

func pagesOf(t *testing.T, answers map[string][]string) (http.Handler, *told) {
	t.Helper()
	a := &told{answers: answers, asked: map[string]map[string]string{}}
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Lag: func(context.Context) (map[string]int64, error) {
		return map[string]int64{"sink": 7, "classify": 3}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return h, a
}

// page asks for a page and checks its status and what it holds; a text that begins with ! must not be there.
func page(t *testing.T, h http.Handler, path string, status int, texts ...string) {
	t.Helper()
	w := send(t, h, "GET", path, "")
	body := strings.Join(strings.Fields(w.Body.String()), " ")
	if w.Code != status {
		t.Errorf("%s: status %d, want %d", path, w.Code, status)
	}
	for _, x := range texts {
		absent, not := strings.CutPrefix(x, "!")
		if not == strings.Contains(body, absent) {
			t.Errorf("%s: %q:\n%s", path, x, body)
		}
	}
}

func TestItemsPage(t *testing.T) {
	h, a := pagesOf(t, map[string][]string{
		"teams": {"id|name", "compute|Compute", "lab|Lab"},
		"items": {
			"item_id|key|title|kind|state|team|quadrant|forced:Float64|long:Float64|confidence:Float64|category|updated_at|matching:UInt64",
			"code/issue/7|acme/api#7|<i>Crash|issue|in_progress|compute|forced_short|0.9|0.1|0.8|platform_quality|2026-01-05 10:11:12.000|120",
			"code/issue/8|acme/api#8|Nobody's|issue|open||forced_short|0.9|0.1|0.8|platform_quality|2026-01-05 10:11:12.000|120",
		},
		"state_at": {"team|state|items:UInt64", "compute|open|3", "|open|2", "|done|"},
	})
	// What no team has is a bucket of its own: people read its name, programs get the rows as they are.
	page(t, h, "/questions/state_at?at=2026-01-01", 200, "<td>unattributed</td><td>open</td>", "<td>compute</td>", "!<td></td><td>")
	if got := send(t, h, "GET", "/api/v1/questions/state_at?at=2026-01-01", "").Body.String(); strings.Contains(got, "unattributed") || !strings.Contains(got, `"team":""`) {
		t.Errorf("the API says %s", got)
	}
	page(t, h, "/items?team=compute&state=open&sort=forced&page=2", 200,
		`href="/items/code/issue/7">acme/api#7<`, "&lt;i&gt;Crash", `data-quadrant="forced_short">forced short<`, "51 to 52 of 120 items", `<td class="text">Nobody&#39;s</td><td>unattributed</td>`,
		`href="/items?team=compute&amp;state=open&amp;sort=forced"`, `href="/items?team=compute&amp;state=open&amp;sort=forced&amp;page=3"`,
		`<option value="compute" selected>`, `<td>2026-01-05<`, `href="/sql?question=items&amp;`)
	if got := a.asked["items"]; got["offset"] != "50" || got["limit"] != "50" || got["team"] != "compute" || got["sort"] != "forced" {
		t.Errorf("asked %v", got)
	}
	page(t, h, "/items?page=0", 400, "not a number from 1 on")
	page(t, h, "/items?page=x", 400, "not a number from 1 on")
	page(t, h, "/items?offset=7", 400, "takes page=2")
	page(t, h, "/items?nonsense=7", 400, "has no parameter")
	h, _ = pagesOf(t, nil)
	page(t, h, "/items", 200, "No item matches", "!rel=\"next\"")
	h, _ = pagesOf(t, map[string][]string{"items": {"fails"}})
	page(t, h, "/items", 500, `role="alert">the engine is down`, "!No item matches")
}

func TestItemPage(t *testing.T) {
	answers := map[string][]string{
		"item": {
			"item_id|key|title|url|state|team|quadrant|forced:Float64|long:Float64|confidence:Float64|category|labels|reopened|created_at|class_source|ruleset",
			"code/issue/7|acme/api#7|Crash|javascript:alert(1)|done|compute|forced_short|0.9|0.1|0.8|platform_quality|[\"pager\",\"<b>\"]|0|2026-01-05 10:11:12.000|rules|r1",
		},
		"item_evidence": {
			"rule|because|matched|forced:Float64|long:Float64",
			"crash|it crashes|crash|2.5|-0.5",
			"type-long|it holds many items|epic|0|3",
		},
		"item_history": {
			"number|at|actor|changed|title|state|status|labels|priority|correction|quadrant",
			"1|2026-01-05 10:11:12.000|ana|[]|Crash|open|Open|[]||false|discretionary_short",
			"2|2026-01-06 10:11:12.000|bob|[\"labels\",\"state\"]|Crash|done|Done|[\"pager\"]||true|forced_short",
		},
		"item_neighbours": {"direction|relation|key|item_id|since", "from|closes|acme/web#1|code/issue/1|2026-01-05", "to|mentions|OPS-1||2026-01-05"},
	}
	h, a := pagesOf(t, answers)
	page(t, h, "/items/code/issue/7", 200, "<h1>Crash</h1>", "!javascript:", "&lt;b&gt;",
		`Speaks for it</h3><ul><li>it crashes (<q>crash</q>) <span class="note">forced 2.5, short 0.5; rule <code>crash</code>`,
		`Speaks against it</h3><ul><li>it holds many items (<q>epic</q>) <span class="note">long 3; rule`,
		"2026-01-05 10:11 by ana", "changed labels: pager (the tracker", "<strong>moved</strong>",
		`href="/items/code/issue/1">acme/web#1</a>`, "is named by OPS-1", "<dt>Opened</dt><dd>2026-01-05 10:11</dd>", "!<dt>Reopened")
	if a.asked["item"]["item"] != "code/issue/7" {
		t.Errorf("asked for %v", a.asked["item"])
	}
	own := answers["item"]
	answers["item"] = []string{own[0] + "|verdict_from", own[1] + "|code/issue/7"}
	h, a = pagesOf(t, answers)
	page(t, h, "/items/code/issue/7", 200, "!which it takes over")
	page(t, h, "/items/code/issue/8", 200, `The verdict is that of <a href="/items/code/issue/7">acme/api#7 Crash</a>, which it takes over`)
	if got := a.asked["item_evidence"]["item"]; got != "code/issue/7" {
		t.Errorf("asked for the evidence of %s", got)
	}
	answers["item"] = own[:1]
	h, _ = pagesOf(t, answers)
	page(t, h, "/items/code/issue/8", 404, "there is no item &#34;code/issue/8&#34;")
	answers["item"] = []string{"fails"}
	h, _ = pagesOf(t, answers)
	page(t, h, "/items/code/issue/7", 500, "the engine is down")
}

func TestPipelinePage(t *testing.T) {
	h, _ := pagesOf(t, map[string][]string{
		"coverage":     {"source|missing:Nullable(Int64)", "code|3", "tracker|"},
		"dead_letters": {"stage|reason|records:UInt64", "normalize|not <JSON>|2"},
		"freshness":    {"fails"},
	})
	page(t, h, "/pipeline", 200, "3 items that the trackers count are missing", "2 records could not be processed", "not &lt;JSON&gt;",
		`<td>classify</td><td class="n">3</td>`, `role="alert">the engine is down`, "No item was judged yet")
	h, _ = pagesOf(t, nil)
	page(t, h, "/headline", 501)
	page(t, h, "/pipeline", 200, "This process asks no tracker", "Nothing that the trackers count is missing", "Every record could be processed", "Nothing has come from a tracker yet")
}

func TestOverviewPage(t *testing.T) {
	const setup = "sources:UInt64|items:UInt64|unowned:UInt64|teams:UInt64|people:UInt64|planned:UInt64|missing:Int64|dead_letters:Int64"
	answers := map[string][]string{
		"setup": {setup, "1|100|10|2|5|1|0|0"},
		"teams": {"id|name", "compute|Compute", "lab|Lab"},
		"work_mix_by_week": {
			"week|quadrant|closed:UInt64|wip:UInt64|share:Float64", "2026-01-05|forced_short|3|3|0.75", "2026-01-12|undetermined|1|1|0.25",
		},
		"team_positions": {
			"team|quarter|items:UInt64|forced:Float64|long:Float64", "compute|2025-10-01|5|0.7|0.2", "compute|2026-01-01|5|0.5|0.4", "lab|2026-01-01|5|0.1|0.9",
		},
		"investment_grid": {
			"kind|name|items:UInt64|determined:UInt64|effort_days:Float64|forced:Float64|long:Float64|category", "project|acme/api|8|6|12.5|0.7|0.2|user_asks", "initiative|mesh|5|5|3|0.1|0.9|key_initiatives",
		},
		"incidents_by_day": {"day|event|n:UInt64|what", "2026-01-06|incident|1|OPS-7"},
	}
	h, a := pagesOf(t, answers)
	page(t, h, "/", 200, `data-marks="incidents_by_day-table"`, "<td>OPS-7</td>", "!What to do next", `data-chart="stack"`, `data-y="share"`, `data-chart="grid"`, `data-chart="path"`, `max="1" value="1" data-slider="path"`,
		"of all time: 8 items, 25.0% of them undetermined, which move no dot; a dot is the paler the more of its items are; nothing that the trackers count is missing.", "from 2026-01-05 to 2026-01-12: 25.0% of the item-weeks",
		"<td>lab</td>", "No forced long-term work waits")
	page(t, h, "/?team=compute&unit=absolute&until=2025-10-01", 200, `data-y="closed"`, `data-until="2025-10-01"`, `max="1" value="0"`, "!<td>lab</td>", "<option selected>compute</option>")
	if a.asked["work_mix_by_week"]["team"] != "compute" || a.asked["investment_grid"]["team"] != "compute" || a.asked["incidents_by_day"]["team"] != "compute" {
		t.Errorf("asked %v", a.asked)
	}
	page(t, h, "/?nonsense=1", 400, "takes team, unit and until")
	answers["setup"] = []string{setup, "1|100|90|0|5|0|3|0"}
	h, _ = pagesOf(t, answers)
	page(t, h, "/", 200, "What to do next", "90 of 100 belong to no team", "means to spend this quarter", "why 3 items", `Done.</span> <s>Name your trackers`, "<li>Say which teams")
	answers["setup"], answers["work_mix_by_week"] = []string{"fails"}, []string{"fails"}
	h, _ = pagesOf(t, answers)
	page(t, h, "/", 200, "the engine is down", `data-chart="grid"`)
}

func TestTeamPage(t *testing.T) {
	answers := map[string][]string{
		"teams":        {"id|name|group", "compute|Compute|Foundation"},
		"team_vectors": {"team|month|forced:Float64|long:Float64", "compute|2026-01-01|0.7|0.2", "compute|2026-05-01|0.6|0.2", "compute|2026-06-01|0.5|0.3"},
		"archetypes":   {"team|archetype|because|warning", "compute|firefighting|forced short-term work takes 0.7, at least 0.6|no_discretionary"},
		"forced_flow_by_week": {
			"week|inflow:Int64|outflow:Int64|net:Int64|wip:Int64|inflow_share:Float64|backlog:Int64", "2026-06-01|3|1|2|2|0.5|9",
		},
		"work_in_progress":            {"team|week|wip:Int64|wip_forced:Int64|closed:Int64|initiatives:UInt64|which|initiative_days:Float64", "compute|2026-06-01|7|2|1|2|[\"edge\",\"mesh\"]|4"},
		"user_asks":                   {"team|rank:UInt32|title", "compute|1|Faster <builds>"},
		"user_ask_overflow":           {"team|quarter|overflow_days:Float64", "compute|2026-04-01|6.75"},
		"forced_long_to_first_effort": {"team|items:UInt64|waiting:UInt64", "compute|2|1"},
	}
	h, a := pagesOf(t, answers)
	page(t, h, "/teams/compute", 200, "<h1>Compute</h1>", "Since 2026-04-01:", `<span class="tag">firefighting</span><span class="tag">no discretionary</span>`,
		"forced short-term work takes 0.7, at least 0.6.", `data-y="inflow,outflow,backlog"`, `data-y="wip,wip_forced,initiatives"`, "Faster &lt;builds&gt;", "<td class=\"n\">6.75<",
		"No forced long-term work waits", `href="/questions/sensitivity?team=compute"`, `href="/questions/bus_factor?team=compute"`)
	for _, q := range []string{"archetypes", "work_in_progress", "user_ask_overflow", "forced_flow_by_week", "forced_long_to_first_effort"} {
		if a.asked[q]["team"] != "compute" {
			t.Errorf("%s was asked about %v", q, a.asked[q])
		}
	}
	if a.asked["archetypes"]["from"] != "2026-04-01" || a.asked["user_ask_overflow"]["from"] != "2025-06-01" {
		t.Errorf("archetypes since %s, want three months; overflow since %s, want a year", a.asked["archetypes"]["from"], a.asked["user_ask_overflow"]["from"])
	}
	page(t, h, "/teams/nonsense", 404, "there is no team")
	answers["team_vectors"], answers["archetypes"], answers["work_in_progress"] = answers["team_vectors"][:1], answers["archetypes"][:1], []string{"fails"}
	h, _ = pagesOf(t, answers)
	page(t, h, "/teams/compute", 200, "No effort of the team is known", "!Since", "the engine is down", "Faster &lt;builds&gt;")
}

func TestAllocationPage(t *testing.T) {
	answers := map[string][]string{
		"plan_versus_actual": {
			"team|quarter|category|planned_share:Nullable(Float64)|actual_share_observed:Nullable(Float64)|gap:Nullable(Float64)|actual_days:Float64|plan_late_days:Nullable(UInt32)|complete",
			"compute|2026-04-01|user_asks|0.4|0.6|0.2|30|3|false", "compute|2026-04-01|unallocated||||20|3|false", "lab|2026-07-01|user_asks||||1||true",
		},
		"gap_attribution":    {"team|quarter|category|cause|days:Float64", "compute|2026-04-01|key_initiatives|other_asks|12"},
		"gap_trend":          {"team|quarter|category|gap:Float64|trend", "compute|2026-04-01|user_asks|0.2|widening"},
		"unplanned_by_asker": {"asker|whose|effort_days:Float64", "ops|others|9"},
		"user_ask_overflow":  {"team|quarter|overflow_days:Float64|ranked_days:Float64", "compute|2026-04-01|6.75|3"},
		"initiative_slip":    {"initiative|name|from|first_target|target", "mesh|Mesh|2026-04-01|2026-06-30|2026-07-31"},
	}
	h, a := pagesOf(t, answers)
	page(t, h, "/allocation?team=compute", 200, `data-chart="bullet"`, `data-chart="waterfall"`, `data-chart="timeline"`, "<td>widening</td>", "<td>ops</td>", "<td class=\"n\">6.75<",
		"39% of the days have no place", "The quarter is unfinished", "A plan was published after its quarter began", `<option selected>2026-04-01</option>`)
	for _, q := range []string{"user_ask_overflow", "unplanned_by_asker", "gap_trend"} {
		if a.asked[q]["team"] != "compute" {
			t.Errorf("%s was asked about %v", q, a.asked[q])
		}
	}
	if o := a.asked["user_ask_overflow"]; o["from"] != "2026-04-01" || o["to"] != "2026-04-02" {
		t.Errorf("overflow of %v", o)
	}
	if u := a.asked["unplanned_by_asker"]; u["from"] != "2026-04-01" || u["to"] != "2026-07-01" {
		t.Errorf("unplanned work of %v", u)
	}
	page(t, h, "/allocation", 200, "!widening", "!waterfall", "<td class=\"n\">6.75<")
	page(t, h, "/allocation?quarter=soon", 400, "is not a day")
	page(t, h, "/allocation?nonsense=1", 400, "takes team and quarter")
	h, _ = pagesOf(t, nil)
	page(t, h, "/allocation", 200, "No effort is known of this quarter", "No unplanned work is known", "There are no key initiatives")
}

// TestManyAskOnce: pages that ask the same at once are answered by one question, and a failure is not kept.
func TestManyAskOnce(t *testing.T) {
	var ran atomic.Int32
	var fail atomic.Bool
	fail.Store(true)
	gate := make(chan struct{})
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: func(_ context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
		if q.Name == "quadrant_of_projects" { // what stands below its chart is asked beside it
			ran.Add(1)
		}
		if fail.Load() {
			return errors.New("the engine is down")
		}
		<-gate
		return do(&answer{columns: []report.Column{{Name: "team", Type: "String"}}, rows: [][]any{{fmt.Sprint("of ", bound["team"])}}})
	}})
	if err != nil {
		t.Fatal(err)
	}
	page(t, h, "/questions/quadrant_of_projects?team=a", 500, "the engine is down")
	fail.Store(false)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { page(t, h, "/questions/quadrant_of_projects?team=a", 200, "of a") })
	}
	close(gate)
	wg.Wait()
	page(t, h, "/questions/quadrant_of_projects?team=b", 200, "of b", "!of a<")
	if n := ran.Load(); n != 3 {
		t.Errorf("asked %d times, want 3", n)
	}
}
