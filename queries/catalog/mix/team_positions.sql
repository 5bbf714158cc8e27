-- title: Where teams lie on the grid
-- question: Where did each team, and everybody together, lie on the grid, quarter by quarter?
-- parameters:
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team; empty: items that no team owns; everybody: all of them together
--   quarter: first day of the quarter; a week belongs to the quarter that its first day is in
--   items: item-weeks of the quarter: items closed in a week or in progress at its end, summed over the weeks
--   forced: share of forced work in the item-weeks whose verdict decides; NULL if there are none
--   long: share of long work in the item-weeks whose verdict decides; NULL if there are none
--   undetermined: share of the item-weeks whose verdict does not decide
--   desired_forced: where the team wants to be; NULL: it has not said
--   desired_long: likewise
-- unit: item-weeks; shares as fractions of 1
SELECT
    m.who AS team, m.quarter AS quarter, m.all_weeks AS items,
    round(m.forced_weeks / nullIf(m.all_weeks - m.undetermined_weeks, 0), 4) AS forced,
    round(m.long_weeks / nullIf(m.all_weeks - m.undetermined_weeks, 0), 4) AS long,
    round(m.undetermined_weeks / m.all_weeks, 4) AS undetermined,
    t.desired_forced AS desired_forced, t.desired_long AS desired_long
FROM
(
    SELECT
        if(grouping(w.team) = 0, w.team, 'everybody') AS who, w.quarter AS quarter, sum(w.wip + w.closed) AS all_weeks,
        sumIf(w.wip + w.closed, w.quadrant IN ('forced_short', 'forced_long')) AS forced_weeks,
        sumIf(w.wip + w.closed, w.quadrant IN ('forced_long', 'discretionary_long')) AS long_weeks,
        sumIf(w.wip + w.closed, w.quadrant = 'undetermined') AS undetermined_weeks
    FROM work_mix_weekly AS w
    WHERE w.quarter >= {from:Date} AND w.quarter < {to:Date}
    GROUP BY GROUPING SETS ((w.team, w.quarter), (w.quarter))
    HAVING all_weeks > 0
) AS m
LEFT ANY JOIN teams AS t ON t.id = m.who
ORDER BY team, quarter
