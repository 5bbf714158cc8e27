-- title: Work mix by week
-- question: How did the work of a team, or of everybody, divide among the quadrants, week by week?
-- parameters:
--   team String = '': the team; empty: all teams together
--   from Date = 1970-01-01: weeks that begin on this day or later
--   to Date = 2149-06-06: weeks that begin before this day
--   measure String = items: what counts, one of items (closed in a week or in progress at its end), points (of the closed items), days_in_progress, effort (person-days)
-- columns:
--   week: first day of the week
--   quadrant: forced_short, forced_long, discretionary_short, discretionary_long or undetermined; of effort also unallocated: time in which no tracker shows work
--   opened: items opened in the week
--   closed: items closed in the week and still closed at its end
--   wip: items in progress at the week's end
--   days_in_progress: days in progress within the week, summed over the items
--   share: the quadrant's part of the week by the measure; NULL in a week without any
--   points: story points of the closed items
--   effort_days: person-days that people spent in the week; NULL while effort was never derived
-- unit: items; days_in_progress in item-days; share as a fraction of 1; effort in person-days
SELECT
    week, quadrant, sum(m.opened) AS opened, sum(m.closed) AS closed, sum(m.wip) AS wip,
    round(sum(m.days_in_progress), 2) AS days_in_progress,
    round(sum(multiIf({measure:String} = 'points', m.points, {measure:String} = 'days_in_progress', m.days_in_progress, {measure:String} = 'effort', ifNull(m.effort_days, 0), toFloat64(m.wip + m.closed))) / nullIf(sum(sum(multiIf({measure:String} = 'points', m.points, {measure:String} = 'days_in_progress', m.days_in_progress, {measure:String} = 'effort', ifNull(m.effort_days, 0), toFloat64(m.wip + m.closed)))) OVER (PARTITION BY week), 0), 4) AS share,
    sum(m.points) AS points, round(sum(m.effort_days), 2) AS effort_days
FROM work_mix_weekly AS m
WHERE ({team:String} = '' OR team = {team:String}) AND week >= {from:Date} AND week < {to:Date}
    AND (quadrant != 'unallocated' OR {measure:String} = 'effort')
GROUP BY week, quadrant
ORDER BY week, quadrant
