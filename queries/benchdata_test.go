package queries_test

import "fmt"

// benchItem are the aliases of a generated item i: where it is, when it was opened, how its life goes. A tenth stays open, one of
// a hundred is in progress at the end, a tenth is dropped.
const benchItem = `
    ['issue', 'issue', 'issue', 'pull_request', 'pull_request', 'issue', 'issue', 'pull_request', 'issue', 'incident'][1 + cityHash64(i, 1) % 10] AS kind,
    concat('acme/repo-', toString(cityHash64(i, 2) % 200)) AS project,
    concat('code/', if(kind = 'pull_request', kind, 'issue'), '/', project, '.', toString(i)) AS item_id,
    concat(project, '#', toString(i)) AS key,
    toDateTime64('2023-07-03 00:00:00', 3, 'UTC') + toIntervalMinute(cityHash64(i, 3) % 1570000) AS created,
    cityHash64(i, 4) % 100 AS fate,
    multiIf(cityHash64(i, 5) % 20 = 0, 60 + cityHash64(i, 6) % 60, cityHash64(i, 6) % 10) AS length,
    created + toIntervalHour(5 + cityHash64(i, 7) % 400) AS begun,
    concat('p', leftPad(toString(cityHash64(i, 8) % 1600), 12, '0')) AS person,
    concat('p', leftPad(toString(cityHash64(i, 9) % 1600), 12, '0')) AS writer`

// benchRevision adds those of its revision s of ten.
const benchRevision = benchItem + `,
    multiIf(s < 3, created + toIntervalHour(s), s = 3, begun, s < 7, begun + toIntervalHour(s * 2), begun + toIntervalHour(14 + 24 * length) + toIntervalMinute(s)) AS at,
    multiIf(s < 3, 'open', fate < 10, 'open', fate < 20, if(s < 7, 'open', 'dropped'), s < 7, 'in_progress', fate = 20, 'in_progress', 'done') AS state,
    multiIf(s = 0, 'created', s = 9, concat('observed/', lower(hex(cityHash64(i, 10)))), concat('event/', toString(s))) AS change,
    concat('raw-', lower(hex(sipHash128(i, 0)))) AS observation`

// benchData returns the statements that fill the base tables with items (and ten revisions and verdicts of each), so that
// every question of the catalogue has something to answer. They depend on no clock and no chance.
func benchData(items int) []string {
	const until = "toDateTime64('2026-06-30 18:00:00', 3, 'UTC')"
	const parts = 20 // of the large tables: a statement that takes minutes is given up
	all := []string{
		fmt.Sprintf(`
INSERT INTO raw_records (raw_id, source, tracker, project, item_id, key, kind, recorded_at, digest, removed, size_bytes, position)
WITH %s
SELECT concat('raw-', lower(hex(sipHash128(i, 0)))), 'code', 'github', project, item_id, key, if(kind = 'pull_request', kind, 'issue'),
    %s + toIntervalSecond(i %% 5000), lower(hex(cityHash64(i))), if(i %% 500 = 0, 'deleted', ''), 4000, i
FROM (SELECT number AS i FROM numbers(%d))`, benchItem, until, items),

		fmt.Sprintf(`
INSERT INTO activities (activity_id, item_id, source, project, observation, person, action, at, recorded_at, position)
WITH %s
SELECT concat(item_id, '/', toString(s)), item_id, 'code', project, concat('raw-', lower(hex(sipHash128(i, 0)))), if(s = 0, writer, person), ['opened', 'commented', 'committed'][1 + s],
    least(if(s = 0, created, begun + toIntervalHour(s * 30)), %s), %s + toIntervalSecond(i %% 5000), i
FROM (SELECT intDiv(number, 3) AS i, number %% 3 AS s FROM numbers(%d))
WHERE s = 0 OR fate >= 20`, benchItem, until, until, items*3),

		fmt.Sprintf(`
INSERT INTO links (link_id, item_id, source, project, observation, to_key, relation, valid_from, recorded_at, position)
WITH %s
SELECT concat(item_id, '/closes'), item_id, 'code', project, concat('raw-', lower(hex(sipHash128(i, 0)))),
    concat('acme/repo-', toString(cityHash64(intDiv(i, 4) * 4, 2) %% 200), '#', toString(intDiv(i, 4) * 4)), if(i %% 3 = 0, 'mentions', 'closes'), created, %s + toIntervalSecond(i %% 5000), i
FROM (SELECT number AS i FROM numbers(%d))
WHERE kind = 'pull_request'`, benchItem, until, items),

		fmt.Sprintf(`
INSERT INTO tombstones (item_id, source, project, key, observation, cause, valid_from, recorded_at, position)
WITH %s
SELECT item_id, 'code', project, key, concat('raw-', lower(hex(sipHash128(i, 0)))), 'deleted', %s, %s + toIntervalSecond(5001), i + 1
FROM (SELECT number * 500 AS i FROM numbers(%d))`, benchItem, until, until, items/500),

		`
INSERT INTO progress (source, project, kind, name, value, recorded_at)
SELECT 'code', concat('acme/repo-', toString(intDiv(number, 2) % 200)), multiIf(number < 400, 'count', number < 800, 'success', 'failure'), multiIf(number < 400, if(number % 2, 'issue', 'pull_request'), number < 800, '', concat('acme/repo-1#x', toString(number))),
    multiIf(number < 400, '6000', number < 800, '"2026-06-30T18:00:00Z"', '{"reason":"the tracker answered 500"}'), '2026-06-30 18:00:00'
FROM numbers(900)`,
		`
INSERT INTO dead_letters (topic, partition, offset, key, stage, reason, source, project, item_id, size_bytes, sha256, recorded_at)
SELECT 'raw', 0, number, toString(number), 'normalize', concat('unknown field ', toString(number % 7)), 'code', 'acme/repo-1', '', 100, toString(number), '2026-06-30 18:00:00'
FROM numbers(500)`,

		// 40 teams in 5 groups, 400 people (what is done by 1,200 other accounts is a program's, so that each has some 500 items), plans of twelve quarters, 24 initiatives, 10 asks a team and quarter, 2,000 overrides.
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'group', concat('g', toString(number)), concat('{"name":"Group ', toString(number), '"}'), 'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00' FROM numbers(5)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'team', concat('t', toString(number)), concat('{"name":"Team ', toString(number), '","group":"g', toString(number % 5), '","desired":{"forced":0.3,"long":0.6},"owns":{"repositories":["acme/repo-', toString(number), '","acme/repo-', toString(number + 40), '","acme/repo-', toString(number + 80), '","acme/repo-1', toString(number + 20), '"],"components":["part-', toString(number), '"],"labels":["label-', toString(number), '"]}}'),
    'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00'
FROM numbers(40)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'person', concat('q', toString(number)), concat('{"accounts":["p', leftPad(toString(number), 12, '0'), '"],"timezone":"Europe/Berlin"}'), 'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00' FROM numbers(40)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'person', 'q9999', concat('{"bot":true,"accounts":["', arrayStringConcat(arrayMap(n -> concat('p', leftPad(toString(n), 12, '0')), range(400, 1600)), '","'), '"]}'), 'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00'`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'membership', toString(number), concat('{"person":"', if(number < 40, concat('q', toString(number)), concat('p', leftPad(toString(number), 12, '0'))), '","team":"t', toString(number % 40), '","share":1,"from":"2023-07-03"}'),
    'x', '2023-07-03 00:00:00', '2023-07-01 00:00:00'
FROM numbers(400)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'plan', concat('t', toString(number % 40), '/', quarter), concat('{"team":"t', toString(number % 40), '","quarter":"', quarter, '","frozen_at":"', toString(begins), 'T08:00:00Z","capacity_days":600,"shares":{"user_asks":0.4,"platform_quality":0.3,"key_initiatives":0.3},"initiative_days":{"i', toString(number % 24), '":60}}'),
    'x', begins, toDateTime64(begins, 3, 'UTC') - INTERVAL 3 DAY
FROM (SELECT number, toDate('2023-07-01') + toIntervalQuarter(intDiv(number, 40)) AS begins, concat(toString(toYear(begins)), '-Q', toString(toQuarter(begins))) AS quarter FROM numbers(480))`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'initiative', concat('i', toString(number)), concat('{"name":"Initiative ', toString(number), '","owner":"g', toString(number % 5), '","from":"', toString(toDate('2023-07-01') + toIntervalMonth(number)), '","target":"', toString(toDate('2023-12-31') + toIntervalMonth(number)), '","items":{"labels":["mark-', toString(number), '"]}}'),
    'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00'
FROM numbers(24)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'ask', concat('a', toString(number)), concat('{"team":"t', toString(number % 40), '","quarter":"', quarter, '","rank":', toString(1 + intDiv(number, 40) % 10), ',"title":"Ask ', toString(number), '","asker":"t', toString((number + 1) % 40), '","items":{"labels":["mark-', toString(100 + number % 280), '"]}}'),
    'x', begins, begins
FROM (SELECT number, toDate('2023-07-01') + toIntervalQuarter(number % 12) AS begins, concat(toString(toYear(begins)), '-Q', toString(toQuarter(begins))) AS quarter FROM numbers(400))`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'ruleset', concat('rules-', toString(number + 1)), '{"name":"one"}', 'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00' FROM numbers(2)`,
		`
INSERT INTO decisions (kind, id, body, author, valid_from, recorded_at)
SELECT 'promotion', '1', '{"ruleset":"rules-1"}', 'x', '2023-07-01 00:00:00', '2023-07-01 00:00:00'`,
	}
	for part := range parts {
		all = append(all, fmt.Sprintf(`
INSERT INTO revisions (item_id, source, project, key, url, change, observation, seq, more, valid_from, recorded_at, position, actor, changed,
    kind, title, body, state, status, priority, labels, components, points, author, assignees, parent_key, created_at, started_at, closed_at)
WITH %s
SELECT item_id, 'code', project, key, concat('https://example.org/', key), change, observation, s, s < 9, least(at, %s - toIntervalMinute(10 - s)), %s + toIntervalSecond(i %% 5000), i,
    person, multiIf(s = 0, [], s IN (3, 7), ['state', 'status'], ['labels']),
    kind, concat('Item ', toString(i), ' of ', project), if(s = 9, repeat(toString(cityHash64(i, 11)), 10), NULL),
    state, state, ['', 'low', 'high'][1 + cityHash64(i, intDiv(s, 5)) %% 3],
    arraySort([concat('label-', toString(cityHash64(i, 12) %% 60)), concat('mark-', toString(cityHash64(i, intDiv(s, 4), 13) %% 400))]),
    [concat('part-', toString(cityHash64(i, 14) %% 50))], if(cityHash64(i, 15) %% 3 = 0, 1 + cityHash64(i, 16) %% 8, NULL),
    writer, if(s >= 3, [person], []), if(cityHash64(i, 17) %% 10 = 0, concat('acme/repo-', toString(cityHash64(intDiv(i, 100) * 100, 2) %% 200), '#', toString(intDiv(i, 100) * 100)), ''), created,
    if(s >= 3 AND fate >= 20, begun, NULL), if(state IN ('done', 'dropped') AND s >= 7, least(begun + toIntervalHour(14 + 24 * length) + toIntervalMinute(7), %s), NULL)
FROM (SELECT intDiv(number, 10) AS i, number %% 10 AS s FROM numbers(%d, %d))`, benchRevision, until, until, until, part*(items/parts)*10, items/parts*10))
	}
	all = append(all,
		// An earlier telling of every twentieth item.
		`
INSERT INTO revisions (item_id, source, project, key, url, change, observation, seq, more, valid_from, recorded_at, position, actor, changed,
    kind, title, state, status, labels, components, author, created_at)
SELECT item_id, source, project, key, url, change, concat(observation, '-'), seq, seq < 2, valid_from, created_at + INTERVAL 1 DAY, position, actor, changed,
    kind, title, state, status, labels, components, author, created_at
FROM revisions
WHERE seq <= 2 AND position % 20 = 7`,
		`
INSERT INTO decisions (kind, id, body, author, reason, valid_from, recorded_at)
SELECT 'override', item_id, '{"drive":"forced","horizon":"long"}', 'x', 'the customer waits', '2026-06-30 12:00:00', '2026-06-30 12:00:00'
FROM revisions
WHERE change = 'created' AND position % 500 = 11 AND NOT endsWith(observation, '-')`,
	)
	for part := range parts {
		all = append(all, fmt.Sprintf(`
INSERT INTO verdicts (item_id, change, observation, seq, more, valid_from, recorded_at, position, ruleset, forced, long, drive, horizon,
    quadrant, category, category_source, property, forced_reason, confidence, class_source, evidence)
SELECT item_id, change, observation, seq, more, valid_from, recorded_at, position, 'rules-1', if(drive = 'forced', 0.5 + unsure, 0.5 - unsure), if(horizon = 'long', 0.5 + unsure, 0.5 - unsure),
    if(quadrant = 'undetermined', 'undetermined', splitByChar('_', quadrant)[1]) AS drive, if(quadrant = 'undetermined', 'undetermined', splitByChar('_', quadrant)[2]) AS horizon,
    ['forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined'][1 + cityHash64(position, if(position %% 8 = 0, intDiv(seq, 5), 0), 20) %% 5] AS quadrant,
    multiIf(kind = 'incident', 'platform_quality', position %% 9 = 0, 'user_asks', 'uncategorised'), multiIf(kind = 'incident', 'incident', position %% 9 = 0, 'rule', 'none'),
    if(position %% 7 = 0, 'reliability', ''), if(drive = 'forced', 'defect', ''), 0.5 + unsure, 'rules',
    '[{"rule":"label bug","because":"it is labelled as a defect","matched":"bug","forced":1.5,"long":-0.5}]'
FROM (SELECT *, (cityHash64(position, 21) %% 40) / 100 AS unsure FROM revisions WHERE position >= %d AND position < %d)`, part*(items/parts), (part+1)*(items/parts)))
	}
	return append(all, `
INSERT INTO verdicts (item_id, change, observation, seq, more, valid_from, recorded_at, position, ruleset, forced, long, drive, horizon,
    quadrant, category, category_source, confidence, class_source, evidence)
SELECT item_id, change, observation, seq, more, valid_from, recorded_at, position, 'rules-2', forced, 1 - long, drive, if(horizon = 'long', 'short', 'long'),
    if(drive = 'undetermined', 'undetermined', concat(drive, '_', if(horizon = 'long', 'short', 'long'))), category, category_source, confidence, class_source, evidence
FROM verdicts
WHERE ruleset = 'rules-1' AND position % 10 = 3`)
}

// benchEffort returns the statement that fills effort_rows of a year: some thirty items a day for each of 40 teams. To derive
// effort from what benchData tells takes longer than all the rest.
func benchEffort(items, year int) string {
	return fmt.Sprintf(`
INSERT INTO effort_rows (generation, day, team, item_team, item_id, effort_days, time_days, activity_days, activity_count, reason, forced, long, quadrant,
    category, category_source, property, forced_reason, ruleset, initiative, ask, asker, asker_team, planned, unplanned_kind, finished)
WITH %s
SELECT {generation:UInt64}, day, concat('t', toString(t)), concat('t', toString(t)), if(n = 0, '', item_id), share, share * 0.9, share * 1.1, n %% 3, if(n = 0, 'none', 'both'), if(n = 0, NULL, 0.1 + (n %% 9) / 10), if(n = 0, NULL, 0.1 + (n %% 7) / 9),
    if(n = 0, 'unallocated', ['forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined'][1 + cityHash64(i, 20) %% 5]),
    if(n = 0, 'unallocated', ['user_asks', 'platform_quality', 'key_initiatives', 'uncategorised'][1 + cityHash64(i, 30) %% 4]), if(n = 0, '', 'rule'), '', '', 'rules-1',
    if(n > 0 AND cityHash64(i, 30) %% 4 = 2, concat('i', toString(t %% 24)), ''), if(n > 0 AND cityHash64(i, 30) %% 4 = 0, concat('a', toString(t)), ''), if(n = 0, '', concat('t', toString((t + n) %% 40))), if(n = 0, '', concat('t', toString((t + n) %% 40))),
    if(n = 0, NULL, n %% 3 = 0), if(n %% 3 = 1, 'new', if(n %% 3 = 2, 'scope', '')), n %% 2
FROM
(
    SELECT toDate32('%d-07-03') + intDiv(number, 1240) AS day, intDiv(number, 31) %% 40 AS t, number %% 31 AS n, 0.3 AS share, intDiv((cityHash64(day, t, n) %% 1000 + dateDiff('day', toDate32('2023-07-03'), day) * 800) %% %d, 1) AS i
    FROM numbers(%d)
)
WHERE toDayOfWeek(day) < 6`, benchItem, year, items, 365*1240)
}
