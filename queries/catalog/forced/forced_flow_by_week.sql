-- title: Inflow and outflow of forced work by week
-- question: Does forced work come in faster than it is closed?
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
-- unit: items
SELECT
    week, sumIf(m.opened, startsWith(m.quadrant, 'forced')) AS inflow, sumIf(m.closed, startsWith(m.quadrant, 'forced')) AS outflow,
    inflow - outflow AS net, sumIf(m.wip, startsWith(m.quadrant, 'forced')) AS wip,
    round(inflow / nullIf(sum(m.opened), 0), 4) AS inflow_share
FROM work_mix_weekly AS m
WHERE ({team:String} = '' OR m.team = {team:String}) AND week >= {from:Date} AND week < {to:Date}
GROUP BY week
ORDER BY week
