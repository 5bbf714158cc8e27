{{- /* states: the intervals of each item's state: until when (final: nothing follows), for a closed
       one since when it is closed, the team that owns it and,
       where none does, its people; and its verdict. An item that lives on under another id is left out; one that is
       gone ends when it went, one that is out of sight goes on. */ -}}
{{define "states" -}}
(
    SELECT
        c.item_id AS item_id, c.state AS state, c.valid_from AS valid_from, c.until AS until, c.final AS final, c.created_at AS created_at,
        greatest(c.created_at, maxIf(c.until, c.state NOT IN ('done', 'dropped'))
            OVER (PARTITION BY c.item_id ORDER BY c.valid_from, c.seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS closed_at, c.points AS points, c.owner AS owner,
        if(c.owner = '', arrayConcat(c.assignees, [toString(c.author)]), []) AS persons,
        if(v.quadrant = '', 'undetermined', v.quadrant) AS quadrant
    FROM
    (
        SELECT
            s.*, {{template "owner" .}} AS owner,
            leadInFrame(false, 1, true) OVER whole AS final,
            leadInFrame(s.valid_from, 1, if(g.cause IN ('', 'returned', 'unobserved') OR g.told < (s.recorded_at, s.position),
                toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), greatest(g.since, s.valid_from))) OVER whole AS until
        FROM {{template "chain" .}} AS s
        LEFT ANY JOIN {{template "gone" .}} AS g ON g.item_id = s.item_id
        WHERE NOT (g.cause IN ('transferred', 'moved') AND g.told >= (s.recorded_at, s.position) AND s.item_id IN {{template "superseded" .}})
        WINDOW whole AS (PARTITION BY s.item_id ORDER BY s.valid_from, s.seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ) AS c
    LEFT ANY JOIN
    (
        SELECT item_id, change, observation, toString(quadrant) AS quadrant
        FROM verdicts
        WHERE ruleset = {{template "ruleset" .}}{{with .Only}} AND {{.}}{{end}}
    ) AS v ON v.item_id = c.item_id AND v.change = c.change AND v.observation = c.observation
)
{{- end}}

{{- /* runs: the state in scope is in progress, and nothing ends it. */ -}}
{{define "runs"}}final AND state = 'in_progress' AND until > toDateTime64('2299-01-01 00:00:00', 3, 'UTC'){{end}}

{{- /* weekly: a row for each state of states that is over and each of its weeks; weekly_running: likewise of the
       states that go on, of item_weeks. */ -}}
{{define "weekly" -}}
(
    {{template "weekly_columns" .}}
        FROM states
        WHERE NOT ({{template "runs"}})
    )
)
{{- end}}

{{define "weekly_running" -}}
(
    {{template "weekly_columns" .}}
        FROM
        (
            SELECT item_id, 'in_progress' AS state, r.1 AS valid_from, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS until, true AS final, r.2 AS created_at, r.2 AS closed_at,
                r.3 AS points, r.4 AS owner, r.5 AS persons, toString(r.6) AS quadrant
            FROM (SELECT item_id, arrayJoin(running) AS r FROM item_weeks FINAL)
        )
    )
)
{{- end}}

{{- /* weekly_columns: what a state adds to a week; the FROM follows. */ -}}
{{define "weekly_columns" -}}
    SELECT
        item_id, week, quadrant, state, points,
        if(owner != '', owner, {{template "member" .}}) AS team,
        until >= {{midnight "week + 7"}} OR final AND week = toDate(final_week) AS ends,
        ends AND {{week "created_at"}} = week AS opened,
        ends AND state IN ('done', 'dropped') AND {{week "closed_at"}} = week AS closed,
        state = 'in_progress' AND until >= {{midnight "week + 7"}} AS wip,
        if(state = 'in_progress', greatest(0, dateDiff('millisecond', greatest(valid_from, {{midnight "week"}}), least(until, latest, {{midnight "week + 7"}}))), 0) / 86400000 AS days
    FROM
    (
        SELECT *, toDate32(week + 6) AS day,
            {{week "valid_from"}} AS first_week,
            greatest(first_week, {{week "least(until, latest)"}}) AS final_week,
            arrayJoin(arrayMap(i -> first_week + 7 * i, range(toUInt32(1 + if(state = 'in_progress', intDiv(final_week - first_week, 7), 0))))) AS week
{{- end}}

{{- /* work_mix_weekly: the rows of that view. */ -}}
{{define "work_mix_weekly" -}}
WITH
    (SELECT count() > 0 FROM derivations WHERE name = 'effort') AS derived
SELECT
    u.team AS team, u.week AS week, u.quadrant AS quadrant, {{quarter "week"}} AS quarter,
    sum(u.opened) AS opened, sum(u.closed) AS closed, sum(u.wip) AS wip, sum(u.points) AS points, sum(u.days) AS days_in_progress,
    if(derived, sum(u.effort), NULL) AS effort_days,
    if(derived, least(sum(u.effort), sum(u.by_time), sum(u.by_activity)), NULL) AS effort_low,
    if(derived, greatest(sum(u.effort), sum(u.by_time), sum(u.by_activity)), NULL) AS effort_high,
    sum(u.effort) / nullIf(sum(sum(u.effort)) OVER (PARTITION BY team, week), 0) AS share
FROM
(
    SELECT team, week, quadrant, opened, closed, wip, points, days, 0. AS effort, 0. AS by_time, 0. AS by_activity
    FROM
    (
        SELECT *
        FROM week_sums
        WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'weeks')
        LIMIT 1 BY team, week, quadrant
    )
    UNION ALL
    SELECT team, week, arrayJoin(if(quadrant = 'unallocated', ['unallocated', 'forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined'], [quadrant])) AS cell,
        0, 0, 0, 0., 0., if(cell = quadrant, effort_days, 0.), if(cell = quadrant, time_days, 0.), if(cell = quadrant, activity_days, 0.)
    FROM
    (
        SELECT team, {{weekof "day"}} AS week, quadrant, sum(s.effort_days) AS effort_days, sum(s.time_days) AS time_days, sum(s.activity_days) AS activity_days
        FROM {{template "sums" .}} AS s
        GROUP BY team, week, quadrant
    )
) AS u
GROUP BY team, week, quadrant
{{- end}}
