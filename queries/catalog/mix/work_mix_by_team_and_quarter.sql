-- title: Work mix by team and quarter
-- question: How did each team's work divide among the quadrants, quarter by quarter?
-- parameters:
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
--   measure String = items: what counts, one of items (closed in a week or in progress at its end), points (of the closed items), days_in_progress, effort (person-days)
-- columns:
--   team: the team; empty: unattributed, items that no team owns
--   quarter: first day of the quarter; a week belongs to the quarter that its first day is in
--   opened: items opened
--   closed: items closed
--   days_in_progress: days in progress, summed over the items
--   forced_short: share of the quadrant in the team's quarter by the measure, summed over the weeks
--   forced_long: likewise
--   discretionary_short: likewise
--   discretionary_long: likewise
--   undetermined: likewise
--   unallocated: likewise of time in which no tracker shows work; 0 unless the measure is effort
--   points: story points of the closed items
--   effort_days: person-days that the team's people spent; NULL while effort was never derived
-- unit: items; days_in_progress in item-days; shares as fractions of 1; effort in person-days
SELECT
    team, quarter, sum(m.opened) AS opened, sum(m.closed) AS closed, round(sum(m.days_in_progress), 1) AS days_in_progress,
    round(sumIf(m.value, m.quadrant = 'forced_short') / sum(m.value), 4) AS forced_short,
    round(sumIf(m.value, m.quadrant = 'forced_long') / sum(m.value), 4) AS forced_long,
    round(sumIf(m.value, m.quadrant = 'discretionary_short') / sum(m.value), 4) AS discretionary_short,
    round(sumIf(m.value, m.quadrant = 'discretionary_long') / sum(m.value), 4) AS discretionary_long,
    round(sumIf(m.value, m.quadrant = 'undetermined') / sum(m.value), 4) AS undetermined,
    round(sumIf(m.value, m.quadrant = 'unallocated') / sum(m.value), 4) AS unallocated,
    sum(m.points) AS points, round(sum(m.effort_days), 2) AS effort_days
FROM
(
    SELECT *, multiIf({measure:String} = 'points', m.points, {measure:String} = 'days_in_progress', m.days_in_progress, {measure:String} = 'effort', ifNull(m.effort_days, 0), toFloat64(m.wip + m.closed)) AS value
    FROM work_mix_weekly AS m
    WHERE m.quarter >= {from:Date} AND m.quarter < {to:Date}
) AS m
GROUP BY team, quarter
HAVING sum(m.value) > 0
ORDER BY team, quarter
