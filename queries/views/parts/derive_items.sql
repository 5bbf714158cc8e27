{{- /* mark: a scalar, under the name mark: the last derivation of items: generation, inputs, started, decided, first, told, known, turns, sums;
       zeros where there is none. */ -}}
{{define "mark"}}(SELECT max((generation, inputs, started, decided, first, told, known, turns, sums)) FROM derivations WHERE name = 'items') AS mark{{end}}

{{- /* lately: a condition: the row was stored since an instant, or so shortly before that what was derived then may not have seen
       it. An index serves it. */ -}}
{{define "lately"}}inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE{{end}}
{{define "since_mark"}}inserted_at > mark.3 - INTERVAL 1 MINUTE{{end}}

{{- /* items_state: texts: inputs, what the rows of all items rest on: the model, the settings, which columns and tables they have (3, and the version of the schema), the rules, the decisions but for
       overrides; decided, when the newest of these was recorded and how many there are; started; first, told and known, of the revisions and tombstones;
       sums, the last generation of effort; whether anything was stored since the last derivation; then of the last
       derivation inputs, started and generation (the greatest that any row has: one that was stopped must not hide what the next one finds); whether a day has come on which a membership begins or ends, the next such day, how many revisions there are, and of
       the last derivation decided and sums. */ -}}
{{define "items_state" -}}
WITH
    {{template "mark"}},
    {{template "members" .}} AS members,
    (SELECT (max(recorded_at), min(valid_from), count()) FROM revisions WHERE {{template "since_mark"}}) AS told_now,
    (SELECT (max(recorded_at), count()) FROM tombstones WHERE {{template "since_mark"}}) AS gone_now,
    (SELECT count() FROM verdicts WHERE {{template "since_mark"}}) AS judged_now,
    (SELECT count() FROM activities WHERE {{template "since_mark"}}) AS acted_now,
    greatest(mark.6, told_now.1) AS last_told,
    greatest(last_told, mark.7, gone_now.1) AS last_known
SELECT
    concat('{{model}} {{confighash}} 3 ', {{template "schema_version"}}, ' ', toString({{template "ruleset" .}}), ' ',
        toString((SELECT (max(recorded_at), uniqExact(kind, id, recorded_at, valid_from, body_hash)) FROM decisions WHERE kind IN ('person', 'team', 'membership', 'initiative', 'ask', 'ruleset', 'promotion')))) AS inputs,
    (SELECT concat(toString(max(recorded_at)), ' ', toString(uniqExact(id, recorded_at, valid_from, body_hash))) FROM decisions WHERE kind = 'override') AS decided, toString(now64(3, 'UTC')) AS started,
    toString(multiIf(told_now.3 = 0, mark.5, mark.1 = 0, told_now.2, least(mark.5, told_now.2))) AS first, toString(last_told) AS told, toString(last_known) AS known,
    toString((SELECT max(generation) FROM derivations WHERE name = 'effort')) AS sums,
    toString(told_now.3 + gone_now.2 + judged_now + acted_now) AS stored,
    mark.2 AS last_inputs, toString(mark.3) AS last_started, toString(greatest(mark.1, (SELECT max(generation) FROM item_rows), (SELECT max(generation) FROM verdict_rows), (SELECT max(generation) FROM item_weeks))) AS last_generation,
    toString(toDate32(last_known, '{{.Timezone}}') >= mark.8) AS turned,
    toString(arrayMin(arrayPushBack(arrayFilter(d -> d > toDate32(last_known, '{{.Timezone}}'), arrayFlatten(arrayMap(m -> arrayMap(s -> [s.1, s.2], m), members.2))), toDate32('2299-12-31')))) AS turns,
    toString((SELECT count() FROM revisions)) AS revisions, mark.4 AS last_decided, toString(mark.9) AS last_sums
{{- end}}

{{- /* items_queue: the items to derive again: of which something was stored lately, of which a person said something or effort was derived since
       the last derivation, and those that are below one of them; of overrides all count if one came that was recorded before those
       that the last derivation knew (behind). For a derivation of what needs several records, which gives other results even where those of
       items have seen what came: seen: 0; words: 1 takes all overrides; sums: the generation of the last one of its kind. Otherwise seen: 1, which
       leaves out what a derivation that counts has queued already, words: 0 and the greatest sums. */ -}}
{{define "items_queue" -}}
INSERT INTO item_queue (generation, item_id, revised, judged, gone, acted)
WITH
    {{template "mark"}},
    splitByChar(' ', mark.4) AS known,
    concat(known[1], ' ', known[2]) AS newest,
    (SELECT uniqExact(id, recorded_at, valid_from, body_hash) != toUInt64OrZero(known[3]) FROM decisions WHERE kind = 'override' AND toString(recorded_at) <= newest) AS behind,
    stored AS
    (
        SELECT item_id, max(rev) AS revised, max(ver) AS judged, max(tomb) AS gone, max(act) AS acted
        FROM
        (
            SELECT item_id, inserted_at AS rev, toDateTime64(0, 3, 'UTC') AS ver, toDateTime64(0, 3, 'UTC') AS tomb, toDateTime64(0, 3, 'UTC') AS act FROM revisions WHERE {{template "lately" .}}
            UNION ALL
            SELECT item_id, toDateTime64(0, 3, 'UTC'), inserted_at, toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC') FROM verdicts WHERE {{template "lately" .}}
            UNION ALL
            SELECT item_id, toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), inserted_at, toDateTime64(0, 3, 'UTC') FROM tombstones WHERE {{template "lately" .}}
            UNION ALL
            SELECT item_id, toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), inserted_at FROM activities WHERE {{template "lately" .}}
        )
        GROUP BY item_id
    ),
    fresh AS
    (
        SELECT n.item_id AS item_id, n.revised AS revised, n.judged AS judged, n.gone AS gone, n.acted AS acted
        FROM stored AS n
        LEFT ANY JOIN
        (
            SELECT item_id, max(q.revised) AS revised, max(q.judged) AS judged, max(q.gone) AS gone, max(q.acted) AS acted FROM item_queue AS q WHERE q.generation <= mark.1 AND {seen:UInt8} = 1 GROUP BY item_id
        ) AS o ON o.item_id = n.item_id
        WHERE n.revised > o.revised OR n.judged > o.judged OR n.gone > o.gone OR n.acted > o.acted
    ),
    changed AS
    (
        SELECT item_id FROM fresh
        UNION ALL
        SELECT id FROM decisions WHERE kind = 'override' AND (behind OR {words:UInt8} = 1 OR toString(recorded_at) > newest)
        UNION ALL
        SELECT item_id FROM links WHERE {{template "lately" .}} AND {seen:UInt8} = 0
    )
SELECT {generation:UInt64}, item_id, max(u.revised), max(u.judged), max(u.gone), max(u.acted)
FROM
(
    SELECT item_id, revised, judged, gone, acted FROM fresh
    UNION ALL
    SELECT item_id, toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC'), toDateTime64(0, 3, 'UTC')
    FROM
    (
        SELECT item_id FROM changed
        UNION ALL
        SELECT item_id FROM ancestry WHERE generation = (SELECT max(generation) FROM ancestry) AND ancestor IN (SELECT item_id FROM changed)
        UNION ALL
        SELECT item_id FROM item_sums WHERE generation > least(mark.9, {sums:UInt64})
        UNION ALL
        SELECT item_id FROM item_rows WHERE updated_at > mark.7
        UNION ALL
        SELECT item_id FROM links WHERE relation IN ('moved_to', 'continues') AND {seen:UInt8} = 0
    )
) AS u
GROUP BY item_id
{{- end}}

{{define "items_queued"}}SELECT toString(count()) AS items FROM item_queue WHERE generation = {generation:UInt64}{{end}}

{{define "item_ids"}}SELECT arrayJoin(arraySort(groupArraySample(10000, 1)(item_id))) AS item_id FROM revisions{{end}}

{{define "derive_item_rows" -}}
INSERT INTO item_rows (generation, {{template "item_columns"}}, position, judged_at, judged_position, body, months, acts, placed)
SELECT {generation:UInt64}, {{template "item_columns"}}, position, judged_at, judged_position, body, months, acts, placed
FROM ({{template "work_items" .}})
{{- end}}

{{- /* derive_verdict_rows: the last verdict of each ruleset on each item. */ -}}
{{define "derive_verdict_rows" -}}
INSERT INTO verdict_rows (generation, ruleset, item_id, forced, long, drive, horizon, quadrant, because)
SELECT {generation:UInt64}, ruleset, item_id, forced, long, drive, horizon, quadrant,
    arraySort(e -> -(abs(e.forced) + abs(e.long)), JSONExtract(evidence, 'Array(Tuple(rule String, because String, matched String, forced Float64, long Float64))'))[1].because
FROM
(
    SELECT *
    FROM verdicts
    WHERE NOT more AND {{.Only}}
    ORDER BY ruleset DESC, item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY ruleset, item_id
)
{{- end}}

{{- /* derive_item_weeks: what each item adds to the weeks; nothing for one that lives on under another id. */ -}}
{{define "derive_item_weeks" -}}
INSERT INTO item_weeks (generation, item_id, cells, running)
WITH
    {{template "owners" .}},
    {{template "latest" .}} AS latest,
    states AS {{template "states" .}}
SELECT {generation:UInt64}, item_id, groupArrayArray(u.cells), groupArrayArray(u.running)
FROM
(
    SELECT item_id, [(team, toDate(week), toString(quadrant), toUInt8(opened), toUInt8(closed), toUInt8(wip), if(closed, ifNull(points, 0), 0), days)] AS cells,
        CAST([], 'Array(Tuple(DateTime64(3, \'UTC\'), DateTime64(3, \'UTC\'), Nullable(Float64), String, Array(String), String))') AS running
    FROM {{template "weekly" .}}
    WHERE opened OR closed OR wip OR days > 0
    UNION ALL
    SELECT item_id, [], [(valid_from, created_at, points, toString(owner), persons, toString(quadrant))]
    FROM states
    WHERE {{template "runs"}}
    UNION ALL
    SELECT DISTINCT item_id, [], []
    FROM revisions{{where .Only}}
) AS u
GROUP BY item_id
{{- end}}

{{- /* derive_week_sums: the weeks of all items, and of each team that has any a row for each quadrant and week from the first to the last that is known. */ -}}
{{define "derive_week_sums" -}}
INSERT INTO week_sums (generation, team, week, quadrant, opened, closed, wip, points, days)
WITH
    {{template "mark"}},
    {{template "people" .}} AS people,
    {{template "members" .}} AS members,
    mark.7 AS latest,
    (
        SELECT groupArray((week, quadrant, toInt64(0), toInt64(0), toInt64(0), 0., 0.))
        FROM
        (
            SELECT arrayJoin(arrayMap(i -> first_week + 7 * i, range(toUInt32(1 + greatest(0, intDiv({{week "latest"}} - first_week, 7)))))) AS week
            FROM (SELECT {{week "min(created_at)"}} AS first_week, count() AS n FROM item_rows HAVING n > 0)
        ) AS w
        CROSS JOIN (SELECT arrayJoin(['forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined', 'unallocated']) AS quadrant) AS q
    ) AS grid,
    counted AS
    (
        SELECT team, week, quadrant, toInt64(sum(w.opened)) AS opened, toInt64(sum(w.closed)) AS closed, toInt64(sum(w.wip)) AS wip, sum(w.points) AS points, sum(w.days) AS days
        FROM
        (
            SELECT toString(c.1) AS team, c.2 AS week, toString(c.3) AS quadrant, c.4 AS opened, c.5 AS closed, c.6 AS wip, c.7 AS points, c.8 AS days
            FROM (SELECT arrayJoin(cells) AS c FROM item_weeks FINAL)
            UNION ALL
            SELECT team, toDate(week), toString(quadrant), toUInt8(opened), toUInt8(closed), toUInt8(wip), if(closed, ifNull(points, 0), 0), days
            FROM {{template "weekly_running" .}}
        ) AS w
        GROUP BY team, week, quadrant
        HAVING opened > 0 OR closed > 0 OR wip > 0 OR days > 0
    )
SELECT {generation:UInt64}, team, cell.1, cell.2, sum(cell.3), sum(cell.4), sum(cell.5), sum(cell.6), sum(cell.7)
FROM
(
    SELECT team, arrayJoin(arrayConcat(groupArray((week, quadrant, opened, closed, wip, points, days)), grid)) AS cell
    FROM counted
    GROUP BY team
)
GROUP BY team, cell.1, cell.2
{{- end}}

{{define "items_mark" -}}
INSERT INTO derivations (name, generation, inputs, decided, started, first, told, known, turns, sums)
SELECT 'items', {generation:UInt64}, {inputs:String}, {decided:String}, {started:DateTime64(3, 'UTC')}, {first:DateTime64(3, 'UTC')}, {told:DateTime64(3, 'UTC')}, {known:DateTime64(3, 'UTC')}, {turns:Date32}, {sums:UInt64}
{{- end}}

{{define "sweep_queue" -}}
DELETE FROM item_queue WHERE greatest(revised, judged, gone, acted) < (SELECT max(started) FROM derivations WHERE name = 'items') - INTERVAL 10 MINUTE
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{define "sweep_weeks" -}}
DELETE FROM week_sums WHERE generation < (SELECT max(generation) FROM derivations WHERE name = 'weeks')
SETTINGS lightweight_deletes_sync = 0
{{- end}}
