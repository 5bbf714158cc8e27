package queries_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/workmix/workmix/queries"
)

// BenchmarkViews reads the views over a generated table: WORKMIX_BENCH_ITEMS items (20,000 unless set) with eight
// revisions and verdicts each, a third of which stays in progress for months. Each is one read of the whole view but
// the last two, which read one item.
//
//	WORKMIX_BENCH_ITEMS=200000 go test ./queries -run '^$' -bench Views -benchtime 3x
func BenchmarkViews(b *testing.B) {
	items, err := strconv.Atoi(os.Getenv("WORKMIX_BENCH_ITEMS"))
	if err != nil {
		items = 20_000
	}
	db := database(b, queries.Settings{})
	for _, sql := range generated(items) {
		exec(b, db, sql)
	}
	for _, r := range baseTables(b, db) {
		exec(b, db, "SYSTEM START MERGES "+r)
	}
	for _, c := range []struct{ name, sql string }{
		{"work_items", "SELECT quadrant, count() FROM work_items GROUP BY quadrant"},
		{"work_items_team", "SELECT team, quadrant, count() FROM work_items GROUP BY team, quadrant"},
		{"work_items_at", "SELECT state, count() FROM work_items_at(at = '2025-01-01 00:00:00', known_at = '2299-01-01 00:00:00') GROUP BY state"},
		{"history_at", "SELECT state, count() FROM work_item_history WHERE valid_from <= '2025-01-01' AND (valid_to > '2025-01-01' OR valid_to IS NULL) GROUP BY state"},
		{"work_mix_weekly", "SELECT week, quadrant, sum(wip) FROM work_mix_weekly GROUP BY week, quadrant"},
		{"one_item", "SELECT * FROM work_items WHERE item_id = 'code/issue/7'"},
		{"one_history", "SELECT * FROM work_item_history WHERE item_id = 'code/issue/7'"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if len(rows(b, db, c.sql, nil)) < 2 {
					b.Fatal("no rows")
				}
			}
		})
	}
}

func generated(items int) []string {
	return []string{
		fmt.Sprintf(`
INSERT INTO revisions (item_id, source, project, key, change, observation, seq, more, valid_from, recorded_at, position, changed, inferred,
    kind, title, body, state, status, labels, components, author, assignees, created_at)
WITH
    intDiv(number, 8) AS i, number %% 8 AS s,
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalHour(cityHash64(i) %% 17000) AS c
SELECT
    concat('code/issue/', toString(i)), 'code', concat('acme/repo-', toString(cityHash64(i, 1) %% 60)), concat('acme/repo#', toString(i)),
    multiIf(s = 0, 'created', s = 7, concat('observed/', toString(i)), concat('event/', toString(number))),
    concat('raw-', lower(hex(sipHash128(i)))), s, s < 7, c + toIntervalHour(s * (cityHash64(i, 2) %% 200)),
    toDateTime64('2026-01-05 00:00:00', 3, 'UTC') + toIntervalSecond(i %% 5000), i, ['labels'], if(s < 7, ['body'], []),
    'issue', concat('Title ', toString(cityHash64(i))), if(s = 7, repeat(toString(cityHash64(i, 3)), 30), NULL),
    multiIf(s < 2, 'open', s < 5, 'in_progress', cityHash64(i, 4) %% 3 = 0, 'in_progress', 'done'), 'x',
    [concat('l', toString(cityHash64(i, 5) %% 40)), concat('m', toString(cityHash64(i, 6) %% 40))],
    [concat('c', toString(cityHash64(i, 7) %% 20))], concat('p', toString(cityHash64(i, 8) %% 300)),
    [concat('p', toString(cityHash64(i, 9) %% 300))], c
FROM numbers(%d)`, items*8),
		`
INSERT INTO verdicts (item_id, change, observation, seq, more, valid_from, recorded_at, position, ruleset, forced, long, drive, horizon,
    quadrant, category, category_source, confidence, class_source, evidence)
SELECT item_id, change, observation, seq, more, valid_from, recorded_at, position, 'r1', 0.5, 0.5, 'forced', 'short',
    ['forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined'][1 + cityHash64(item_id, intDiv(seq, 4)) % 5],
    'uncategorised', 'none', 0.5, 'rules', '[]'
FROM revisions`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'team', concat('t', toString(number)), concat('{"owns":{"repositories":["acme/repo-', toString(number), '*"],"components":["c', toString(number), '"],"labels":[]}}'),
    'x', '1970-01-01 00:00:00', '2026-01-01 00:00:00'
FROM numbers(6)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'membership', toString(number), concat('{"person":"p', toString(number), '","team":"t', toString(number % 6), '","share":1,"from":"2024-01-01"}'),
    'x', '2024-01-01 00:00:00', '2026-01-01 00:00:00'
FROM numbers(300)`,
	}
}
