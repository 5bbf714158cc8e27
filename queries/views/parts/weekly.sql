{{- /* states: the intervals of each item's state: until when (final: nothing follows), for a closed
       one since when it is closed, the team that owns it and,
       where none does, its people; and its verdict. An item that lives on under another id is left out; one that is
       gone ends when it went, one that is out of sight goes on. */ -}}
{{define "states" -}}
(
    SELECT
        c.state AS state, c.valid_from AS valid_from, c.until AS until, c.final AS final, c.created_at AS created_at,
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
        WHERE ruleset = {{template "ruleset" .}}
    ) AS v ON v.item_id = c.item_id AND v.change = c.change AND v.observation = c.observation
)
{{- end}}

{{define "work_mix_weekly" -}}
WITH
    {{template "owners" .}},
    {{template "latest" .}} AS latest,
    (SELECT count() > 0 FROM derivations WHERE name = 'effort') AS derived,
    (
        SELECT groupArray((week, quadrant, toInt64(0), toInt64(0), toInt64(0), 0., 0.))
        FROM
        (
            SELECT arrayJoin(arrayMap(i -> first_week + 7 * i, range(toUInt32(1 + greatest(0, intDiv({{week "latest"}} - first_week, 7)))))) AS week
            FROM (SELECT {{week "min(created_at)"}} AS first_week, count() AS n FROM revisions WHERE NOT more HAVING n > 0)
        ) AS w
        CROSS JOIN (SELECT arrayJoin(['forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined', 'unallocated']) AS quadrant) AS q
    ) AS grid,
    weekly AS
    (
        SELECT
            week, quadrant, state, points,
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
            FROM {{template "states" .}}
        )
    ),
    counted AS
    (
        SELECT team, week, quadrant, toInt64(sum(w.opened)) AS opened, toInt64(sum(w.closed)) AS closed, toInt64(sum(w.wip)) AS wip,
            sum(if(w.closed, ifNull(w.points, 0), 0)) AS points, sum(w.days) AS days
        FROM weekly AS w
        GROUP BY team, week, quadrant
        HAVING opened > 0 OR closed > 0 OR wip > 0 OR days > 0
    )
SELECT
    u.team AS team, u.week AS week, u.quadrant AS quadrant, {{quarter "week"}} AS quarter,
    sum(u.opened) AS opened, sum(u.closed) AS closed, sum(u.wip) AS wip, sum(u.points) AS points, sum(u.days) AS days_in_progress,
    if(derived, sum(u.effort), NULL) AS effort_days,
    if(derived, least(sum(u.effort), sum(u.by_time), sum(u.by_activity)), NULL) AS effort_low,
    if(derived, greatest(sum(u.effort), sum(u.by_time), sum(u.by_activity)), NULL) AS effort_high,
    sum(u.effort) / nullIf(sum(sum(u.effort)) OVER (PARTITION BY team, week), 0) AS share
FROM
(
    SELECT team, cell.1 AS week, cell.2 AS quadrant, cell.3 AS opened, cell.4 AS closed, cell.5 AS wip, cell.6 AS points, cell.7 AS days, 0. AS effort, 0. AS by_time, 0. AS by_activity
    FROM
    (
        SELECT team, arrayJoin(arrayConcat(groupArray((week, quadrant, opened, closed, wip, points, days)), grid)) AS cell
        FROM counted
        GROUP BY team
    )
    UNION ALL
    SELECT team, {{weekof "day"}} AS week, arrayJoin(if(quadrant = 'unallocated', ['unallocated', 'forced_short', 'forced_long', 'discretionary_short', 'discretionary_long', 'undetermined'], [quadrant])) AS cell,
        0, 0, 0, 0., 0., if(cell = quadrant, effort_days, 0.), if(cell = quadrant, time_days, 0.), if(cell = quadrant, activity_days, 0.)
    FROM {{template "sums" .}}
) AS u
GROUP BY team, week, quadrant
{{- end}}
