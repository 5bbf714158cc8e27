{{- /* progress: the rows of initiative_progress. An item that was dropped counts until it was. What happens within a week is counted first: an
       initiative has some hundred weeks and thousands of items. */ -}}
{{define "progress" -}}
WITH
    (SELECT max((generation, known)).2 FROM derivations WHERE name = 'items') AS latest
SELECT
    initiative, week,
    arraySum(c -> if(c.1 <= week, c.2 - c.4, 0), cells) AS items,
    arraySum(c -> if(c.1 <= week, c.3, 0), cells) AS items_done,
    effort[indexOf(weeks, week)] AS effort_days,
    if(empty(plans), NULL, arraySum(p -> p.2 * greatest(0, dateDiff('day', greatest(p.1, toDate32(week)), least(toDate32(addMonths(p.1, 3)), toDate32(week + 7)))) / dateDiff('day', p.1, addMonths(p.1, 3)), plans)) AS planned_days,
    targets[1].2 AS first_target,
    if(arrayLast(t -> t.1 < ends, targets).2 = toDate32('1970-01-01'), first_target, arrayLast(t -> t.1 < ends, targets).2) AS target,
    arraySum(c -> if(c.1 <= week AND c.1 > week - 56, c.3, 0), cells) AS recent,
    arraySum(c -> if(c.1 <= week AND c.1 > week - 56, c.2, 0), cells) AS added,
    items - items_done AS left,
    if(left > 0 AND recent > 0, toDate32(week + 7) + toInt32(ceil(56 * left / (recent + sqrt(recent)))), NULL) AS forecast_low,
    if(left > 0 AND recent - sqrt(recent) > added AND 56 * left / (recent - sqrt(recent) - added) < 3650, toDate32(week + 7) + toInt32(ceil(56 * left / (recent - sqrt(recent) - added))), NULL) AS forecast_high,
    toInt32(dateDiff('day', first_target, target)) AS slip_days
FROM
(
    SELECT i.id AS initiative, i.targets AS targets, m.cells AS cells, p.plans AS plans, e.weeks AS weeks, e.effort AS effort,
        least(i.since, if(empty(m.born), i.since, arrayMin(m.born)), if(empty(e.weeks), i.since, arrayMin(e.weeks))) AS first_week,
        arrayJoin(arrayMap(n -> first_week + 7 * n, range(toUInt32(greatest(0, 1 + intDiv({{week "latest"}} - first_week, 7)))))) AS week,
        {{midnight "week + 7"}} AS ends
    FROM
    (
        SELECT id, arraySort(groupArray((recorded_at, toDate32OrZero(JSONExtractString(body, 'target'))))) AS targets,
            {{weekof "toDate32OrZero(JSONExtractString(argMax(body, recorded_at), 'from'))"}} AS since
        FROM decisions
        WHERE kind = 'initiative' AND NOT retracted AND id IN (SELECT id FROM {{template "decided" (kind . "initiative")}})
        GROUP BY id
    ) AS i
    LEFT ANY JOIN
    (
        SELECT initiative, groupArray((week, created, done, dropped)) AS cells, groupArrayIf(week, created > 0) AS born
        FROM
        (
            SELECT initiative, turn.1 AS week, sum(turn.2) AS created, sum(turn.3) AS done, sum(turn.4) AS dropped
            FROM
            (
                SELECT initiative, arrayJoin(arrayMap(t -> ({{week "t.1"}}, t.2, t.3, t.4), arrayFilter(t -> t.1 < {{midnight (printf "%s + 7" (week "latest"))}},
                    [(created_at, toInt64(1), toInt64(0), toInt64(0)), (ifNull(closed_at, toDateTime64(0, 3, 'UTC')), toInt64(0), toInt64(state = 'done'), toInt64(state = 'dropped'))]))) AS turn
                FROM work_items
                WHERE initiative != '' AND removed IN ('', 'archived', 'unobserved')
            )
            GROUP BY initiative, week
        )
        GROUP BY initiative
    ) AS m ON m.initiative = i.id
    LEFT ANY JOIN
    (
        SELECT initiative, groupArray((quarter, days)) AS plans
        FROM
        (
            SELECT pair.1 AS initiative, quarter, sum(pair.2) AS days
            FROM (SELECT quarter, arrayJoin(CAST(initiative_days, 'Array(Tuple(String, Float64))')) AS pair FROM {{template "planned_quarters" .}})
            GROUP BY initiative, quarter
        )
        GROUP BY initiative
    ) AS p ON p.initiative = i.id
    LEFT ANY JOIN
    (
        SELECT initiative, groupArray(week) AS weeks, groupArray(days) AS effort
        FROM
        (
            SELECT initiative, {{weekof "day"}} AS week, sum(effort_days) AS days
            FROM {{template "sums" .}}
            WHERE initiative != ''
            GROUP BY initiative, week
        )
        GROUP BY initiative
    ) AS e ON e.initiative = i.id
)
{{- end}}
