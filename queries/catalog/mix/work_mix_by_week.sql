-- title: Work mix by week
-- question: How did the work of a team, or of everybody, divide among the quadrants, week by week?
-- parameters:
--   team String = '': the team; empty: all teams together
--   from Date = 1970-01-01: weeks that begin on this day or later
--   to Date = 2149-06-06: weeks that begin before this day
-- columns:
--   week: first day of the week
--   quadrant: forced_short, forced_long, discretionary_short, discretionary_long or undetermined
--   opened: items opened in the week
--   closed: items closed in the week and still closed at its end
--   wip: items in progress at the week's end
--   days_in_progress: days in progress within the week, summed over the items
--   share: wip + closed of the quadrant as part of the week's; NULL in a week without any
-- unit: items; days_in_progress in item-days; share as a fraction of 1
SELECT
    week, quadrant, sum(m.opened) AS opened, sum(m.closed) AS closed, sum(m.wip) AS wip,
    round(sum(m.days_in_progress), 2) AS days_in_progress,
    round((sum(m.wip) + sum(m.closed)) / nullIf(sum(sum(m.wip) + sum(m.closed)) OVER (PARTITION BY week), 0), 4) AS share
FROM work_mix_weekly AS m
WHERE ({team:String} = '' OR team = {team:String}) AND week >= {from:Date} AND week < {to:Date}
GROUP BY week, quadrant
ORDER BY week, quadrant
