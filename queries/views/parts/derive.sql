{{- /* inputs: what the derived tables depend on: the model, the settings, which tables there are (4: with sums and item_sums, and doubt of askers; and the version of the schema) and the first
       day, and after them how far each base table has come; decided, when the newest decision was recorded and how many there are: many are of
       one instant, and come one by one. */ -}}
{{define "inputs" -}}
SELECT
    concat('{{model}} {{confighash}} 4 ', {{template "schema_version"}}, ' ', toString((SELECT toDate32(min(valid_from)) FROM revisions)),
        {{- range strings "revisions" "activities" "links" "tombstones" "verdicts" "decisions"}}
        ' ', toString((SELECT (max(recorded_at), count()) FROM {{.}})),{{end}} '') AS inputs,
    (SELECT concat(toString(max(recorded_at)), ' ', toString(uniqExact(kind, id, recorded_at, valid_from, body_hash))) FROM decisions) AS decided, toString(now64(3, 'UTC')) AS started, toString((SELECT count() FROM revisions) > 0) AS any,
    toString((SELECT count() FROM revisions)) AS revisions
{{- end}}

{{define "schema_version"}}toString((SELECT max(version_id) FROM schema_versions WHERE is_applied)){{end}}

{{define "derived_last" -}}
SELECT latest.2 AS inputs, latest.3 AS decided, toString(latest.4) AS started, toString(latest.1) AS generation
FROM (SELECT max((generation, inputs, decided, started)) AS latest, count() AS n FROM derivations WHERE name = 'standings' HAVING n > 0)
{{- end}}

{{define "derive_edges" -}}
INSERT INTO edges (generation, child, parent, weak, valid_from, valid_to, recorded_at, known_until)
SELECT {generation:UInt64}, child, parent, weak, valid_from, valid_to, recorded_at, known_until
FROM {{template "told_edges" .}}
{{- end}}

{{define "derive_ancestry" -}}
INSERT INTO ancestry (generation, item_id, ancestor)
SELECT DISTINCT {generation:UInt64}, item_id, arrayJoin(way)
FROM {{template "ways" .}}
{{- end}}

{{define "derive_standings" -}}
INSERT INTO standings (generation, item_id, decider, initiative, ask)
SELECT {generation:UInt64}, item_id, decider, initiative, ask
FROM {{template "lineage" .}}
{{- end}}

{{- /* derive_days: the days on which people had evidence, or have it now, on an item of which something was stored since an instant, and
       all days since the last derived one. */ -}}
{{define "derive_days" -}}
WITH
    touched AS
    (
        SELECT DISTINCT item_id
        FROM
        (
            SELECT item_id FROM revisions WHERE inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE
            UNION ALL
            SELECT item_id FROM activities WHERE inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE
            UNION ALL
            SELECT item_id FROM links WHERE inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE
            UNION ALL
            SELECT item_id FROM tombstones WHERE inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE
            UNION ALL
            SELECT item_id FROM verdicts WHERE inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE
        )
    ),
    concerned AS
    (
        SELECT item_id FROM touched
        UNION DISTINCT
        SELECT item_id FROM ancestry WHERE generation IN (SELECT max(generation) FROM ancestry) AND ancestor IN (SELECT item_id FROM touched)
    ),
    {{template "latest" .}} AS latest
SELECT DISTINCT toString(day) AS changed
FROM
(
    SELECT last - 1 + arrayJoin(range(toUInt32(3 + greatest(0, dateDiff('day', last, latest))))) AS day
    FROM (SELECT max(day) AS last FROM derivations WHERE name = 'effort' HAVING count() > 0)
    UNION ALL
    SELECT day FROM {{template "derived_effort" .}} WHERE item_id IN (SELECT item_id FROM concerned)
    UNION ALL
    SELECT toDate32(at) + arrayJoin([-1, 0, 1]) FROM activities WHERE item_id IN (SELECT item_id FROM concerned)
    UNION ALL
    SELECT toDate32(valid_from) - 1 + arrayJoin(range(toUInt32(3 + greatest(0, dateDiff('day', valid_from, least(latest, ends)))))) AS day
    FROM
    (
        SELECT state, assignees, valid_from, leadInFrame(valid_from, 1, toDateTime64('2299-12-31 00:00:00', 3, 'UTC'))
                OVER (PARTITION BY item_id ORDER BY valid_from, seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS ends
        FROM {{template "chain" .}}
        WHERE item_id IN (SELECT item_id FROM concerned)
    )
    WHERE state = 'in_progress' AND notEmpty(assignees)
)
WHERE day <= toDate32(latest) + 1
ORDER BY changed
{{- end}}

{{define "derive_effort" -}}
INSERT INTO effort_rows (generation, day, team, item_team, item_id, effort_days, time_days, activity_days, activity_count, reason, forced, long, quadrant,
    category, category_source, property, forced_reason, ruleset, initiative, ask, asker, asker_team, planned, unplanned_kind, finished)
SELECT {generation:UInt64}, day, team, item_team, item_id, effort_days, time_days, activity_days, activity_count, reason, forced, long, quadrant,
    category, category_source, property, forced_reason, ruleset, initiative, ask, asker, asker_team, planned, unplanned_kind, finished
FROM ({{template "effort" .}})
{{- end}}

{{- /* derive_sums: what the rows of effort of this derivation add up to. */ -}}
{{define "derive_sums" -}}
INSERT INTO effort_sums (generation, day, team, category, quadrant, initiative, cause, effort_days, time_days, activity_days, doubt_days,
    judged_days, judged_time, judged_activity, forced_days, forced_time, forced_activity, long_days, long_time, long_activity,
    forced_doubt, long_doubt)
SELECT {generation:UInt64}, *
FROM
(
    SELECT {{template "summed" .}}
    FROM
    (
        SELECT *
        FROM effort_rows
        WHERE generation = {generation:UInt64} AND has({days:Array(Date32)}, day)
        LIMIT 1 BY day, team, item_id
    ) AS e
    GROUP BY day, team, category, quadrant, initiative, cause
)
{{- end}}

{{- /* derive_months: what the rows of effort that count add up to in months. */ -}}
{{define "derive_months" -}}
INSERT INTO month_sums (generation, month, team, category, cause, effort_days, time_days, activity_days, doubt_days, ranked_days, unplanned_days, foreign_days)
SELECT {generation:UInt64}, month, team, category, cause, sum(m.effort_days), sum(m.time_days), sum(m.activity_days), sum(m.doubt_days),
    sum(m.ranked_days), sum(m.unplanned_days), sum(m.foreign_days)
FROM
(
    SELECT toDate32(toStartOfMonth(day)) AS month, team, category, {{template "cause"}} AS cause, e.effort_days AS effort_days, e.time_days AS time_days,
        e.activity_days AS activity_days, {{template "doubt"}} AS doubt_days, if(ask != '', e.effort_days, 0.) AS ranked_days,
        if(ifNull(planned, true), 0., e.effort_days) AS unplanned_days, if(asker_team IN ('', item_team), 0., e.effort_days) AS foreign_days
    FROM {{template "derived_effort" .}} AS e
    WHERE day >= {months:Array(Date32)}[1] AND day < addMonths({months:Array(Date32)}[-1], 1) AND has({months:Array(Date32)}, month)
) AS m
GROUP BY month, team, category, cause
{{- end}}

{{- /* derive_items: what the items took of which this derivation touched a day; zero where it took a day's effort away. */ -}}
{{define "derive_items" -}}
INSERT INTO item_sums (generation, item_id, effort_days, first_day, planned, months)
SELECT {generation:UInt64}, item_id, sum(t.effort_days), minOrNullIf(t.day, t.effort_days > 0), argMax(tuple(t.planned), t.day).1,
    arrayZip((sumMap([toDate32(toStartOfMonth(t.day))], [t.effort_days]) AS by_month).1, by_month.2)
FROM
(
    SELECT item_id, day, effort_days, planned
    FROM {{template "derived_effort" .}}
    WHERE item_id IN (SELECT item_id FROM effort_rows WHERE has({days:Array(Date32)}, day) AND item_id != '')
    UNION ALL
    SELECT DISTINCT item_id, toDate32('1970-01-01'), 0., CAST(NULL, 'Nullable(Bool)')
    FROM effort_rows
    WHERE has({days:Array(Date32)}, day) AND item_id != ''
) AS t
GROUP BY item_id
{{- end}}

{{define "derive_mark" -}}
INSERT INTO derivations (name, day, generation, inputs, decided, started)
SELECT {name:String}, arrayJoin({days:Array(Date32)}), {generation:UInt64}, {inputs:String}, {decided:String}, {started:DateTime64(3, 'UTC')}
{{- end}}

{{define "derived_version" -}}
SELECT
    toString(max(version_id)) AS version, toString(ifNull((SELECT max(generation) FROM derivations WHERE name = 'schema'), 0)) AS derived,
    toString((SELECT count() > 0 FROM revisions)) AS some
FROM schema_versions
WHERE is_applied
{{- end}}

{{define "sweep_ancestry" -}}
DELETE FROM ancestry WHERE generation < (SELECT max(generation) FROM derivations WHERE name = 'standings')
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{define "sweep_edges" -}}
DELETE FROM edges WHERE generation < (SELECT max(generation) FROM derivations WHERE name = 'edges')
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{define "sweep_standings" -}}
DELETE FROM standings WHERE generation < (SELECT max(generation) FROM derivations WHERE name = 'standings')
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{- /* outdone: a condition on a table of days: the row is of an older derivation than the one that counts for its day. One that does not count
       yet may be of a process that derives at the same time. */ -}}
{{define "outdone" -}}
(day, generation) IN
(
    SELECT d.day, d.generation
    FROM (SELECT DISTINCT day, generation FROM {{.}}) AS d
    INNER JOIN (SELECT day, max(generation) AS counts FROM derivations WHERE name = 'effort' GROUP BY day) AS c ON c.day = d.day
    WHERE d.generation < c.counts
)
{{- end}}

{{define "sweep_effort" -}}
DELETE FROM effort_rows WHERE {{template "outdone" "effort_rows"}}
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{define "sweep_sums" -}}
DELETE FROM effort_sums WHERE {{template "outdone" "effort_sums"}}
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{define "sweep_months" -}}
DELETE FROM month_sums WHERE (month, generation) IN
(
    SELECT m.month, m.generation
    FROM (SELECT DISTINCT month, generation FROM month_sums) AS m
    INNER JOIN (SELECT day, max(generation) AS counts FROM derivations WHERE name = 'months' GROUP BY day) AS c ON c.day = m.month
    WHERE m.generation < c.counts
)
SETTINGS lightweight_deletes_sync = 0
{{- end}}

{{define "derive_all_days" -}}
WITH {{template "latest" .}} AS latest
SELECT toString(first + arrayJoin(range(toUInt32(2 + greatest(0, dateDiff('day', first, latest)))))) AS day
FROM
(
    SELECT toDate32(least(min(valid_from), ifNull((SELECT minOrNull(at) FROM activities), min(valid_from)))) - 1 AS first, count() AS n
    FROM revisions
    HAVING n > 0
)
{{- end}}
