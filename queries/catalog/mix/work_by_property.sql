-- title: Work by property
-- question: Which quality did the work preserve: security, reliability, usability, efficiency, latency, or another that was configured?
-- parameters:
--   team String = '': the team; empty: all teams together
--   from Date = 1970-01-01: days on this day or later
--   to Date = 2149-06-06: days before this day
--   measure String = effort: what counts, one of items (closed in the period or in progress at its end), points (of the closed items), days_in_progress, effort (person-days)
-- columns:
--   property: the quality; empty: the work preserves none that is known
--   value: what the measure gives
--   share: value as part of all
--   forced: part of value that was forced
--   items: items that the measure counts
-- unit: that of the measure; shares as fractions of 1; days are cut in UTC, those of effort as people's calendars have them
SELECT
    m.property AS property, round(sum(m.value), 2) AS value, round(sum(m.value) / nullIf(sum(sum(m.value)) OVER (), 0), 4) AS share,
    round(sum(m.by_force) / nullIf(sum(m.value), 0), 4) AS forced, sum(m.n) AS items
FROM
(
    SELECT e.property AS property, sum(e.effort_days) AS value, sumIf(e.effort_days, startsWith(e.quadrant, 'forced')) AS by_force, uniqExactIf(cityHash64(e.item_id), e.effort_days > 0) AS n
    FROM effort AS e
    WHERE {measure:String} = 'effort' AND e.item_id != '' AND ({team:String} = '' OR e.team = {team:String}) AND e.day >= {from:Date} AND e.day < {to:Date}
    GROUP BY property
    UNION ALL
    SELECT w.property AS property, sum(if({measure:String} = 'items', 1., ifNull(w.points, 0))) AS value,
        sum(if(w.drive = 'forced', if({measure:String} = 'items', 1., ifNull(w.points, 0)), 0.)) AS by_force, count() AS n
    FROM work_items AS w
    WHERE {measure:String} IN ('items', 'points') AND w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
        AND (w.closed_at >= {from:Date} AND w.closed_at < {to:Date}
            OR {measure:String} = 'items' AND w.started_at < {to:Date} AND (w.closed_at IS NULL AND w.state = 'in_progress' OR w.closed_at >= {to:Date}))
    GROUP BY property
    UNION ALL
    SELECT w.property AS property, sum(h.days) AS value, sum(if(w.drive = 'forced', h.days, 0.)) AS by_force, count() AS n
    FROM
    (
        SELECT item_id, ifNull(sum(dateDiff('millisecond', greatest(valid_from, toDateTime64({from:Date}, 3, 'UTC')),
            least(ifNull(valid_to, (SELECT max(recorded_at) FROM revisions WHERE {measure:String} = 'days_in_progress')), toDateTime64({to:Date}, 3, 'UTC')))), 0) / 86400000 AS days
        FROM work_item_history
        WHERE {measure:String} = 'days_in_progress' AND state = 'in_progress' AND valid_from < {to:Date} AND (valid_to IS NULL OR valid_to > {from:Date})
        GROUP BY item_id
    ) AS h
    INNER JOIN work_items AS w ON w.item_id = h.item_id
    WHERE {measure:String} = 'days_in_progress' AND w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
    GROUP BY property
) AS m
GROUP BY property
HAVING sum(m.n) > 0
ORDER BY value DESC, property
