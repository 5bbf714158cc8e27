-- title: Work mix by team and quarter
-- question: How did each team's work divide among the quadrants, quarter by quarter?
-- parameters:
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team; empty: items that no team owns
--   quarter: first day of the quarter; a week belongs to the quarter that its first day is in
--   opened: items opened
--   closed: items closed
--   days_in_progress: days in progress, summed over the items
--   forced_short: share of the quadrant in the item-weeks of the team's quarter: items closed in a week or in progress at its end, summed over the weeks
--   forced_long: likewise
--   discretionary_short: likewise
--   discretionary_long: likewise
--   undetermined: likewise
-- unit: items; days_in_progress in item-days; shares as fractions of 1
SELECT
    team, quarter, sum(m.opened) AS opened, sum(m.closed) AS closed, round(sum(m.days_in_progress), 1) AS days_in_progress,
    round(sumIf(m.wip + m.closed, m.quadrant = 'forced_short') / sum(m.wip + m.closed), 4) AS forced_short,
    round(sumIf(m.wip + m.closed, m.quadrant = 'forced_long') / sum(m.wip + m.closed), 4) AS forced_long,
    round(sumIf(m.wip + m.closed, m.quadrant = 'discretionary_short') / sum(m.wip + m.closed), 4) AS discretionary_short,
    round(sumIf(m.wip + m.closed, m.quadrant = 'discretionary_long') / sum(m.wip + m.closed), 4) AS discretionary_long,
    round(sumIf(m.wip + m.closed, m.quadrant = 'undetermined') / sum(m.wip + m.closed), 4) AS undetermined
FROM work_mix_weekly AS m
WHERE quarter >= {from:Date} AND quarter < {to:Date}
GROUP BY team, quarter
HAVING sum(m.wip + m.closed) > 0
ORDER BY team, quarter
