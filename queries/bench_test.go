package queries_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/queries"
)

// BenchmarkCatalog asks every question of the catalogue over a generated organisation of WORKMIX_BENCH_ITEMS items (1,000,000 unless
// set) with ten revisions and verdicts each, five times, and prints a line a question: the
// median, the rows, and how many times as long that is as bare SQL by hand over the same tables (barely) takes. The tables are kept in the
// folder for temporary files, so that only the first run generates them; WORKMIX_BENCH_ONLY, a pattern of names, leaves out the other
// questions. One that is asked of what is known now in another way, as a live retrospective does, has a second line. It measures and judges nothing.
//
//	make bench-queries
func BenchmarkCatalog(b *testing.B) {
	items, err := strconv.Atoi(os.Getenv("WORKMIX_BENCH_ITEMS"))
	if err != nil {
		items = 1_000_000
	}
	db := benchDatabase(b, items)
	all, err := queries.Catalog()
	if err != nil {
		b.Fatal(err)
	}
	given := benchParams(b, db)
	bare := map[string]time.Duration{}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range barely {
			if !yield(k) {
				return
			}
		}
	}) {
		m, err := measure(b.Context(), db, barely[name].sql, map[string]string{"at": "2026-06-01 00:00:00", "item": given["item String"]})
		if err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		bare[name] = m.median
		fmt.Printf("bare SQL: %-46s %7.0f ms %9d rows\n", name, ms(m.median), m.rows)
	}
	only, err := regexp.Compile(os.Getenv("WORKMIX_BENCH_ONLY"))
	if err != nil {
		b.Fatal(err)
	}
	over := 0
	for b.Loop() {
		for _, q := range all {
			if !only.MatchString(q.Name) {
				continue
			}
			p := map[string]string{}
			for _, d := range q.Params {
				if v, ok := given[d.Name+" "+d.Type]; ok && (d.Required || d.Name == "a" || d.Name == "b") {
					p[d.Name] = v
				}
			}
			bound, err := q.Bind(p)
			if err != nil {
				b.Errorf("%s: %v", q.Name, err)
				continue
			}
			forms := []string{"", q.SQL}
			if now := q.Now().SQL; now != q.SQL {
				forms = append(forms, " now", now)
			}
			for f := 0; f < len(forms); f += 2 {
				name := q.Area + "/" + q.Name + forms[f]
				m, err := measure(b.Context(), db, forms[f+1], bound)
				if err != nil {
					over++
					fmt.Printf("%-56s %v\n", name, err)
					continue
				}
				ratio := ""
				for by, r := range barely {
					if slices.Contains(r.questions, q.Name) {
						ratio = fmt.Sprintf("%5.1f x %s", float64(m.median)/float64(bare[by]), by)
					}
				}
				if m.median > 250*time.Millisecond {
					over++
				}
				fmt.Printf("%-56s %7.0f ms %9d rows %s\n", name, ms(m.median), m.rows, ratio)
			}
		}
	}
	b.ReportMetric(float64(over), "over-250-ms")
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

type measured struct {
	median time.Duration
	rows   int
}

// measure takes the median of five, or of as many as begin within twenty seconds; one that takes longer by itself is given up.
func measure(ctx context.Context, db *warehouse.DB, sql string, params map[string]string) (measured, error) {
	var times []time.Duration
	m := measured{}
	for begin := time.Now(); len(times) < 5 && (len(times) == 0 || time.Since(begin) < 20*time.Second); {
		start := time.Now()
		r, err := db.Query(ctx, sql, params, map[string]any{"max_execution_time": 20})
		if err != nil {
			return m, err
		}
		m.rows = 0
		for {
			if _, err = r.Next(); err != nil {
				break
			}
			m.rows++
		}
		if cerr := r.Close(); !errors.Is(err, io.EOF) || cerr != nil {
			return m, errors.Join(err, cerr)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	m.median = times[len(times)/2]
	return m, nil
}

// barely is what somebody would write by hand who knows the tables, with nothing of what the views take care of (removals, overrides,
// teams, late tellings, inheritance), and the questions that it is held against.
var barely = map[string]struct {
	sql       string
	questions []string
}{
	"the newest state of each item, counted": {
		"SELECT state, count() FROM (SELECT item_id, state FROM revisions ORDER BY item_id DESC, recorded_at DESC, position DESC LIMIT 1 BY item_id) GROUP BY state",
		[]string{"quadrant_of_projects", "investment_grid", "items", "oldest_forced_long", "open_epics", "user_asks", "initiative_slip", "setup", "incidents_and_freezes", "incidents_by_day"},
	},
	"changes by week and state": {
		"SELECT toMonday(valid_from) AS week, state, count() FROM revisions GROUP BY week, state ORDER BY week, state",
		[]string{"work_mix_by_week", "work_mix_by_team_and_quarter", "team_positions", "forced_flow_by_week"},
	},
	"stock by week, opened less closed": {
		"SELECT week, sum(sum(change)) OVER (ORDER BY week) FROM (SELECT toMonday(created_at) AS week, 1 AS change FROM revisions WHERE NOT more UNION ALL SELECT toMonday(closed_at), -1 FROM revisions WHERE NOT more AND closed_at IS NOT NULL) GROUP BY week ORDER BY week",
		[]string{"initiative_progress"},
	},
	"the state of each item at a time": {
		"SELECT state, count() FROM (SELECT argMax(state, (valid_from, seq)) AS state FROM revisions WHERE valid_from <= {at:DateTime64(3, 'UTC')} GROUP BY item_id) GROUP BY state",
		[]string{"state_at", "work_mix_as_known", "retro_items", "retro_forced_long", "retro_initiatives"},
	},
	"one item's history": {
		"SELECT valid_from, change, state, labels FROM revisions WHERE item_id = {item:String} ORDER BY valid_from",
		[]string{"item_history", "item", "item_evidence"},
	},
	"effort by team, quarter and category": {
		"SELECT team, toStartOfQuarter(day) AS quarter, category, sum(effort_days) FROM effort_sums GROUP BY team, quarter, category",
		[]string{"plan_versus_actual", "gap_attribution", "team_vectors", "retro_allocation"},
	},
}

// benchParams are values for the parameters that questions must be given, by name and type.
func benchParams(b *testing.B, db *warehouse.DB) map[string]string {
	item := rows(b, db, "SELECT item_id FROM revisions WHERE change = 'created' LIMIT 1 OFFSET 5000", nil)[1]
	return map[string]string{
		"item String": item, "quarter String": "2026-Q2", "quarter Date": "2026-04-01", "stage String": "normalize", "a String": "rules-1", "b String": "rules-2",
		"from Date": "2026-04-01", "to Date": "2026-07-01", "begin Date": "2026-01-01",
		"from DateTime64(3, 'UTC')": "2026-04-01 00:00:00", "to DateTime64(3, 'UTC')": "2026-07-01 00:00:00", "at DateTime64(3, 'UTC')": "2026-06-01 00:00:00",
		"since DateTime64(3, 'UTC')": "2026-03-01 00:00:00", "words_until DateTime64(3, 'UTC')": "2026-04-01 00:00:00",
	}
}

// benchDatabase opens the generated organisation, and makes it the first time. Views, migrations and derived tables are always those of the code.
func benchDatabase(b *testing.B, items int) *warehouse.DB {
	data := benchData(items)
	sum := sha256.Sum256([]byte(strings.Join(data, ";")))
	dir := filepath.Join(os.TempDir(), "workmix-bench-queries-"+hex.EncodeToString(sum[:6]))
	o := clickhousetest.Options(b, filepath.Join(dir, "engine"))
	server, err := clickhouse.Start(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	db, err := warehouse.Open(b.Context(), warehouse.Options{URL: server.URL() + "/workmix", User: o.User, Password: o.Password})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	start := time.Now()
	step := func(what string) {
		fmt.Printf("%7.1f s %s\n", time.Since(start).Seconds(), what)
	}
	for _, t := range []string{"revisions", "verdicts", "activities", "raw_records"} {
		data = append(data, "OPTIMIZE TABLE "+t+" FINAL") // as a server is that has merged for some days
	}
	at := filepath.Join(dir, "generated") // how many of the statements ran; each may run twice, so that a run that was ended is gone on with
	text, _ := os.ReadFile(at)
	ran, _ := strconv.Atoi(string(text))
	if ran == 0 {
		exec(b, db, "DROP DATABASE IF EXISTS workmix SYNC")
	}
	schema, err := queries.Schema()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.Migrate(b.Context(), schema); err != nil {
		b.Fatal(err)
	}
	for ran < len(data) {
		exec(b, db, data[ran])
		step(strings.Join(strings.Fields(data[ran])[:3], " "))
		ran++
		if err := os.WriteFile(at, []byte(strconv.Itoa(ran)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	views, err := queries.Views(queries.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range views {
		exec(b, db, v)
	}
	d, err := queries.Derive(queries.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%v", *d))
	fresh := filepath.Join(dir, "derived-"+hex.EncodeToString(hash[:6]))
	if _, err := os.Stat(fresh); err != nil {
		benchDerive(b, db, d, items, step)
		if err := os.WriteFile(fresh, nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// benchDerive fills the derived tables as the job does, but for the days of effort, which are made up.
func benchDerive(b *testing.B, db *warehouse.DB, d *queries.Derivation, items int, step func(string)) {
	run := func(what, sql string, params map[string]string) {
		if err := db.Exec(b.Context(), sql, params); err != nil {
			b.Fatalf("%s: %v", what, err)
		}
		step(what)
	}
	for _, t := range []string{"derivations", "edges", "ancestry", "standings", "effort_rows", "effort_sums", "month_sums", "item_sums", "item_rows", "item_weeks", "item_queue", "week_sums", "coverage_sums", "verdict_rows"} {
		exec(b, db, "TRUNCATE TABLE "+t)
	}
	now, err := db.Texts(b.Context(), d.Inputs, nil)
	if err != nil {
		b.Fatal(err)
	}
	g := map[string]string{"generation": "65536"}
	mark := func(name, days string) {
		run("mark "+name, d.Mark, map[string]string{"generation": g["generation"], "name": name, "days": days, "inputs": now[0][0], "decided": now[0][1], "started": now[0][2]})
	}
	run("edges", d.Edges, g)
	mark("edges", "['1970-01-01']")
	run("ancestry", d.Ancestry, g)
	run("standings", d.Standings, g)
	mark("standings", "['1970-01-01']")
	for year := 2023; year < 2026; year++ {
		run("effort", benchEffort(items, year), g)
		var days []string
		for n := range 365 {
			days = append(days, time.Date(year, 7, 3+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
		list := "['" + strings.Join(days, "','") + "']"
		p := map[string]string{"generation": g["generation"], "days": list}
		run("sums", d.Sums, p)
		mark("effort", list)
		run("items' sums", d.Items, p)
	}
	var months []string
	for n := range 37 {
		months = append(months, time.Date(2023, time.July+time.Month(n), 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	list := "['" + strings.Join(months, "','") + "']"
	run("months", d.Months, map[string]string{"generation": g["generation"], "months": list})
	mark("months", list)
	if err := effort.New(db, effort.Statements(*d)).Items(b.Context()); err != nil {
		b.Fatal(err)
	}
	step("items")
	run("weeks", d.WeekSums, g)
	mark("weeks", "['1970-01-01']")
	for _, t := range []string{"effort_rows", "effort_sums", "month_sums", "item_sums", "item_rows", "item_weeks", "verdict_rows"} {
		exec(b, db, "OPTIMIZE TABLE "+t+" FINAL")
	}
	step("merged")
}

// BenchmarkEffort derives the days of effort of the organisation of [BenchmarkCatalog] as the job does, and prints how long each stretch of days
// took and the most memory that the database used for it. What it derives does not count and is removed.
//
//	TMPDIR=... go test ./queries -run xxx -bench '^BenchmarkEffort$' -benchtime 1x -timeout 3h
func BenchmarkEffort(b *testing.B) {
	items, err := strconv.Atoi(os.Getenv("WORKMIX_BENCH_ITEMS"))
	if err != nil {
		items = 1_000_000
	}
	db := benchDatabase(b, items)
	d, err := queries.Derive(queries.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	all, err := db.Texts(b.Context(), d.AllDays, nil)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for _, r := range all {
		list = append(list, r[0])
	}
	parts, err := effort.Chunks(list, items*10)
	if err != nil {
		b.Fatal(err)
	}
	const generation = "1" // less than those that count
	remove := func() {
		exec(b, db, "DELETE FROM effort_rows WHERE generation = "+generation)
	}
	remove()
	for b.Loop() {
		for _, days := range parts {
			peak, stop := make(chan uint64), make(chan struct{})
			go func() {
				most := uint64(0)
				for {
					if r, err := db.Texts(b.Context(), "SELECT toString(max(peak_memory_usage)) FROM system.processes", nil); err == nil {
						n, _ := strconv.ParseUint(r[0][0], 10, 64)
						most = max(most, n)
					}
					select {
					case <-stop:
						peak <- most
						return
					case <-time.After(200 * time.Millisecond):
					}
				}
			}()
			start := time.Now()
			err := db.Exec(b.Context(), d.Effort, map[string]string{"generation": generation, "days": "['" + strings.Join(days, "','") + "']"})
			took := time.Since(start)
			close(stop)
			most := <-peak
			if err != nil {
				b.Fatalf("%s to %s, after %.1f s and with %d MB: %v", days[0], days[len(days)-1], took.Seconds(), most>>20, err)
			}
			fmt.Printf("%s to %s: %6.1f s, %5d MB, %s rows\n", days[0], days[len(days)-1], took.Seconds(), most>>20,
				rows(b, db, "SELECT count() FROM effort_rows WHERE generation = "+generation+" AND day >= '"+days[0]+"'", nil)[1])
		}
	}
	b.StopTimer()
	remove()
}
