package queries_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/processors/sink"
	"github.com/workmix/workmix/queries"
)

var update = flag.Bool("update", false, "write the expected rows, the docs and the list of columns anew")

func TestMain(m *testing.M) { clickhousetest.Main(m) }

// database returns an empty database with tables and views in which nothing is ever merged.
func database(t testing.TB, settings queries.Settings) *warehouse.DB {
	t.Helper()
	url, user, password := clickhousetest.URL(t)
	db, err := warehouse.Open(t.Context(), warehouse.Options{URL: url, User: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	schema, err := queries.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	for _, r := range baseTables(t, db) {
		exec(t, db, "SYSTEM STOP MERGES "+r)
	}
	views, err := queries.Views(settings)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		exec(t, db, v)
	}
	return db
}

func baseTables(t testing.TB, db *warehouse.DB) []string {
	t.Helper()
	return rows(t, db, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'", nil)[1:]
}

func exec(t testing.TB, db *warehouse.DB, sql string) {
	t.Helper()
	if err := db.Exec(t.Context(), sql, nil); err != nil {
		t.Fatalf("%.60s: %v", sql, err)
	}
}

// rows returns a result as text: the columns' names, then a line a row.
func rows(t testing.TB, db *warehouse.DB, sql string, params map[string]string) []string {
	t.Helper()
	out, err := result(t.Context(), db, sql, params)
	if err != nil {
		t.Fatalf("%.100s: %v", sql, err)
	}
	return out
}

func result(ctx context.Context, db *warehouse.DB, sql string, params map[string]string) ([]string, error) {
	r, err := db.Query(ctx, sql, params, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var head []string
	for _, c := range r.Columns() {
		head = append(head, c.Name)
	}
	out := []string{strings.Join(head, " | ")}
	for {
		values, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		var line []string
		for _, v := range values {
			line = append(line, show(v))
		}
		out = append(out, strings.TrimRight(strings.Join(line, " | "), " "))
	}
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return strings.TrimSuffix(strings.TrimSuffix(v.Format("2006-01-02T15:04:05.999"), ":00"), "T00:00")
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// TestQuestions runs every testdata/*.test: it loads the events twice, the second time backwards, as a log that
// is replayed, and compares the rows of each question.
func TestQuestions(t *testing.T) {
	files, err := filepath.Glob("testdata/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata/*.test: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".test"), func(t *testing.T) {
			t.Parallel()
			testFile(t, file)
		})
	}
}

func testFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	fiscal, _ := strconv.Atoi(s.calendar["fiscal"])
	settings := queries.Settings{Timezone: s.calendar["zone"], WeekStarts: s.calendar["week"], FiscalYearStarts: fiscal}
	if only, ok := s.calendar["inherit"]; ok {
		settings.Inherit = strings.Split(only, ",")
	}
	if labels, ok := s.calendar["asker"]; ok {
		settings.AskerLabels = strings.Split(labels, ",")
	}
	db := database(t, settings)
	if !testing.Short() { // what is derived step by step is what is derived at once
		store(t, db, s.events[:len(s.events)/2])
		derive(t, db, settings)
	}
	store(t, db, s.events)
	slices.Reverse(s.events)
	store(t, db, s.events)
	derive(t, db, settings)
	checkNow(t, db)
	if !s.check(t, db, file, string(text)) || *update || testing.Short() {
		return
	}
	for _, r := range baseTables(t, db) {
		exec(t, db, "SYSTEM START MERGES "+r)
		exec(t, db, "OPTIMIZE TABLE "+r+" FINAL")
	}
	t.Run("merged", func(t *testing.T) { s.check(t, db, file, string(text)) })
}

// derive fills the derived tables, as workmix does after the sink.
func derive(t testing.TB, db *warehouse.DB, settings queries.Settings) effort.Result {
	t.Helper()
	d, err := queries.Derive(settings)
	if err != nil {
		t.Fatal(err)
	}
	r, err := effort.New(db, effort.Statements(*d)).Derive(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// effortColumns are those of effort, the sums to nine digits: their last ones depend on the order of adding.
const effortColumns = "* REPLACE (round(effort_days, 9) AS effort_days, round(low, 9) AS low, round(high, 9) AS high, round(time_days, 9) AS time_days, round(activity_days, 9) AS activity_days)"

// itemColumns are those that work_items and work_items_at share.
const itemColumns = "* EXCEPT (effort_days, days_in_progress, first_effort_at, planned)"

// allocationColumns are those of allocation_quarterly, likewise.
const allocationColumns = "* REPLACE (round(planned_days, 9) AS planned_days, round(actual_days, 9) AS actual_days, round(actual_days_low, 9) AS actual_days_low, round(actual_days_high, 9) AS actual_days_high, round(actual_share, 9) AS actual_share, round(actual_share_observed, 9) AS actual_share_observed, round(gap, 9) AS gap, round(gap_low, 9) AS gap_low, round(gap_high, 9) AS gap_high)"

// lastVerdicts is what each ruleset says of each item by its newest telling that is wholly judged.
const lastVerdicts = "SELECT ruleset, item_id, forced, long, quadrant FROM (SELECT * FROM verdicts WHERE NOT more ORDER BY recorded_at DESC, position DESC, valid_from DESC, seq DESC LIMIT 1 BY ruleset, item_id)"

// itemFacts are what is kept with the rows of items, and what it is made from.
var itemFacts = [][2]string{
	{
		"SELECT DISTINCT item_id, toString(a.team), toString(a.person), a.at FROM (SELECT item_id, arrayJoin(acts) AS a FROM item_rows FINAL)",
		"SELECT DISTINCT item_id, team, person, at FROM activity WHERE NOT is_bot AND item_id IN (SELECT item_id FROM revisions)",
	},
	{
		"SELECT item_id, m.month, round(m.days, 6) FROM (SELECT item_id, arrayJoin(months) AS m FROM item_rows FINAL)",
		"SELECT item_id, toDate32(toStartOfMonth(day)) AS month, round(sum(effort_days), 6) AS days FROM effort WHERE item_id IN (SELECT item_id FROM revisions) GROUP BY item_id, month HAVING days > 0",
	},
	{
		"SELECT item_id, toString(p.ruleset) AS ruleset, toString(p.quadrant) AS quadrant FROM (SELECT item_id, arrayJoin(placed) AS p FROM item_rows FINAL)",
		`SELECT i.item_id, toString(v.ruleset) AS ruleset,
			if(position(concat(if(o.drive != '', o.drive, v.drive), '_', if(o.horizon != '', o.horizon, v.horizon)) AS at, 'undetermined') > 0, 'undetermined', at) AS quadrant
		FROM work_items AS i INNER JOIN verdict_rows AS v FINAL ON v.item_id = i.verdict_from LEFT ANY JOIN overrides AS o ON o.item_id = i.verdict_from`,
	},
	{
		"SELECT item_id, body FROM item_rows FINAL WHERE body IS NOT NULL",
		"SELECT item_id, toNullable(argMax(assumeNotNull(r.body), (r.valid_from, r.recorded_at, r.position, r.seq))) AS body FROM revisions AS r WHERE r.body IS NOT NULL AND item_id IN (SELECT item_id FROM overrides) AND item_id IN (SELECT item_id FROM work_items WHERE removed = '') GROUP BY item_id",
	},
}

// checkNow compares the views of now with those of the last instant that is known, and what one view says with
// what another does.
func checkNow(t *testing.T, db *warehouse.DB) {
	t.Helper()
	last := rows(t, db, "SELECT toString(greatest((SELECT max(recorded_at) FROM revisions), (SELECT max(recorded_at) FROM tombstones)))", nil)[1]
	none := []string{
		"SELECT item_id, round(days_in_progress, 6) AS days FROM work_items WHERE removed IN ('', 'archived', 'unobserved') AND days IS NOT NULL EXCEPT SELECT item_id, round(sum(dateDiff('millisecond', valid_from, valid_to)) / 86400000, 6) FROM work_item_history WHERE state = 'in_progress' AND valid_to IS NOT NULL GROUP BY item_id",
		"SELECT item_id, round(sum(dateDiff('millisecond', valid_from, valid_to)) / 86400000, 6) AS days FROM work_item_history WHERE state = 'in_progress' AND valid_to IS NOT NULL GROUP BY item_id EXCEPT SELECT item_id, round(ifNull(days_in_progress, -1), 6) FROM work_items",
		"SELECT item_id, round(ifNull(effort_days, 0), 6), first_effort_at IS NULL FROM work_items WHERE effort_days > 0 EXCEPT SELECT item_id, round(sum(effort_days), 6), 0 FROM effort GROUP BY item_id",
		"SELECT item_id, round(sum(effort_days), 6) AS days FROM effort WHERE item_id IN (SELECT item_id FROM work_items) GROUP BY item_id HAVING days > 0 EXCEPT SELECT item_id, round(effort_days, 6) FROM work_items",
		"SELECT item_id, state, labels, title FROM work_items EXCEPT SELECT item_id, state, labels, title FROM work_item_history WHERE valid_to IS NULL OR item_id IN (SELECT item_id FROM work_items WHERE removed != '')",
		lastVerdicts + " EXCEPT SELECT ruleset, item_id, forced, long, quadrant FROM verdict_rows FINAL",
		"SELECT ruleset, item_id, forced, long, quadrant FROM verdict_rows FINAL EXCEPT " + lastVerdicts,
		"SELECT item_id, revision FROM work_item_history GROUP BY item_id, revision HAVING count() > 1",
		"SELECT item_id FROM work_items GROUP BY item_id HAVING count() > 1",
		"SELECT team, week FROM work_mix_weekly AS m GROUP BY team, week HAVING abs(sum(m.share) - 1) > 1e-9",
	}
	for _, pair := range itemFacts {
		none = append(none, pair[0]+" EXCEPT "+pair[1], pair[1]+" EXCEPT "+pair[0])
	}
	planned := !testing.Short() && rows(t, db, "SELECT count() FROM plans", nil)[1] != "0"
	if planned {
		none = append(none, allocationAddsUp...)
	}
	for _, sql := range none {
		if n := rows(t, db, "SELECT count() FROM ("+sql+")", nil)[1]; n != "0" {
			t.Errorf("%s gives %q, want nothing", sql, rows(t, db, sql, nil)[1:])
		}
	}
	same := func(columns, now, at string) { // each is asked once: looking at the views of a time takes longer than their answer
		t.Helper()
		answer := func(from string) []string { return rows(t, db, "SELECT "+columns+" FROM "+from+" ORDER BY ALL", nil) }
		if d := cmp.Diff(answer(now), answer(at)); d != "" {
			t.Errorf("%s and %s (-now +at):\n%s", now, at, d)
		}
	}
	if testing.Short() {
		return
	}
	same(itemColumns, "work_items", "work_items_at(at = '"+last+"', known_at = '2299-12-31 00:00:00')")
	for _, at := range rows(t, db, "SELECT toString(arrayJoin(quantilesExact(0.5, 0.8)(valid_from))) FROM revisions", nil)[1:] {
		same("*", "work_items_as_of(at = '"+at+"')", "work_items_at(at = '"+at+"', known_at = '2299-12-31 00:00:00')")
	}
	same(effortColumns, "effort", "effort_at(known_at = '2299-12-31 00:00:00')")
	some := rows(t, db, "SELECT toString(toDate(arrayJoin(quantilesExact(0.4, 0.8)(valid_from)))) FROM revisions", nil)[1:]
	same(effortColumns, "(SELECT * FROM effort WHERE day >= '"+some[0]+"' AND day < '"+some[1]+"')",
		"effort_within(known_at = '2299-12-31 00:00:00', since = '"+some[0]+" 00:00:00', until = '"+some[1]+" 00:00:00')")
	if planned {
		same(allocationColumns, "allocation_quarterly", "allocation_quarterly_at(known_at = '2299-12-31 00:00:00')")
	}
}

// check compares the rows of each question with those in the file, or writes them there. It reports whether all is
// well.
func (s *script) check(t *testing.T, db *warehouse.DB, file, text string) bool {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, a := range slices.Backward(s.asks) {
		got, err := a.run(t.Context(), db)
		if err != nil {
			t.Errorf("%s:%d: %v", file, a.line+1, err)
			continue
		}
		if d := cmp.Diff(a.want, got); d != "" && !*update {
			t.Errorf("%s:%d: %s (-want +got):\n%s", file, a.line+1, lines[a.line], d)
		}
		lines = slices.Replace(lines, a.line+1, a.end, got...)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return !t.Failed()
}

func (a *ask) run(ctx context.Context, db *warehouse.DB) ([]string, error) {
	if a.name == "" {
		return result(ctx, db, a.sql, nil)
	}
	all, err := queries.Catalog()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(q queries.Question) bool { return q.Name == a.name })
	if i < 0 {
		return nil, fmt.Errorf("no question %s", a.name)
	}
	params, err := all[i].Bind(a.params)
	if err != nil {
		return nil, err
	}
	got, err := result(ctx, db, all[i].SQL, params)
	if err != nil {
		return nil, err
	}
	var head []string
	for _, c := range all[i].Columns {
		head = append(head, c.Name)
	}
	want := strings.Join(head, " | ")
	if len(got) == 1 && got[0] == "" { // the driver learns the columns from the first block
		got[0] = want
	}
	if got[0] != want {
		return nil, fmt.Errorf("the columns are %s, the header says %s", got[0], want)
	}
	return got, nil
}

// store writes events into the tables as the sink does, each in a batch of its own, so that nothing is one part.
func store(t *testing.T, db *warehouse.DB, events []event.Payload) {
	t.Helper()
	s := sink.New(db, nil)
	var batch []event.Message
	for i, p := range events {
		m, err := event.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		m.Offset = int64(i)
		if r, ok := p.(*event.Raw); ok { // its own place in the log, whatever the order of delivery
			m.Offset, _ = strconv.ParseInt(r.Digest, 10, 64)
		}
		if batch = append(batch, m); len(batch) == 5 || i == len(events)-1 {
			if err := s.Store(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = nil
		}
	}
}
