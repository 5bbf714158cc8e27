-- title: Inflow and outflow of forced work by week
-- question: Does forced work come in faster than it is closed, and how much of it is open?
-- parameters:
--   team String = '': the team; empty: all teams together
--   from Date = 1970-01-01: weeks that begin on this day or later
--   to Date = 2149-06-06: weeks that begin before this day
-- columns:
--   week: first day of the week
--   inflow: forced items opened in the week
--   outflow: forced items closed in the week and still closed at its end
--   net: inflow less outflow: by how much the backlog of forced work grew
--   wip: forced items in progress at the week's end
--   inflow_share: forced part of all items opened in the week; NULL in a week without any
--   backlog: items open at the week's end that are forced by their current verdict; so it is not the sum of net, where verdicts changed. Days are cut in UTC here
-- unit: items
SELECT
    f.day AS week, f.inflow AS inflow, f.outflow AS outflow, f.inflow - f.outflow AS net, f.wip AS wip,
    round(f.inflow / nullIf(f.opened, 0), 4) AS inflow_share, f.backlog AS backlog
FROM
(
    SELECT day, is_week, inflow, outflow, wip, opened, sum(d.change) OVER (ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 6 FOLLOWING) AS backlog
    FROM
    (
        SELECT m.week AS day, true AS is_week, sumIf(m.opened, startsWith(m.quadrant, 'forced')) AS inflow, sumIf(m.closed, startsWith(m.quadrant, 'forced')) AS outflow,
            sumIf(m.wip, startsWith(m.quadrant, 'forced')) AS wip, sum(m.opened) AS opened, toInt64(0) AS change
        FROM work_mix_weekly AS m
        WHERE {team:String} = '' OR m.team = {team:String}
        GROUP BY day
        UNION ALL
        SELECT toDate(turn.1) AS day, false, 0, 0, 0, 0, sum(turn.2) AS change
        FROM
        (
            SELECT arrayJoin(if(closed_at IS NULL, [(created_at, toInt64(1))], [(created_at, toInt64(1)), (assumeNotNull(closed_at), toInt64(-1))])) AS turn
            FROM work_items
            WHERE drive = 'forced' AND removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR team = {team:String})
        )
        GROUP BY day
    ) AS d
) AS f
WHERE f.is_week AND f.day >= {from:Date} AND f.day < {to:Date}
ORDER BY week
