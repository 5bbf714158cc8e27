-- title: Where teams lie on the grid
-- question: Where did each team, and everybody together, lie on the grid, quarter by quarter?
-- parameters:
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
--   measure String = items: what counts, one of items (closed in a week or in progress at its end), points (of the closed items), days_in_progress, effort (person-days)
-- columns:
--   team: the team; empty: unattributed, items that no team owns; everybody: all of them together
--   quarter: first day of the quarter; a week belongs to the quarter that its first day is in
--   items: what the measure gives, summed over the weeks: item-weeks (items closed in a week or in progress at its end), points, item-days or person-days
--   forced: share of forced work in what the verdict decides; NULL if there is none
--   long: share of long work in what the verdict decides; NULL if there is none
--   undetermined: share of what the verdict does not decide
--   desired_forced: where the team wants to be; NULL: it has not said
--   desired_long: likewise
-- unit: that of the measure; shares as fractions of 1
SELECT
    m.who AS team, m.quarter AS quarter, m.whole AS items,
    round(m.forced_part / nullIf(m.whole - m.undetermined_part, 0), 4) AS forced,
    round(m.long_part / nullIf(m.whole - m.undetermined_part, 0), 4) AS long,
    round(m.undetermined_part / m.whole, 4) AS undetermined,
    t.desired_forced AS desired_forced, t.desired_long AS desired_long
FROM
(
    SELECT
        if(grouping(w.team) = 0, w.team, 'everybody') AS who, w.quarter AS quarter, sum(w.value) AS whole,
        sumIf(w.value, w.quadrant IN ('forced_short', 'forced_long')) AS forced_part,
        sumIf(w.value, w.quadrant IN ('forced_long', 'discretionary_long')) AS long_part,
        sumIf(w.value, w.quadrant = 'undetermined') AS undetermined_part
    FROM
    (
        SELECT team, quarter, quadrant, multiIf({measure:String} = 'points', m.points, {measure:String} = 'days_in_progress', m.days_in_progress, {measure:String} = 'effort', ifNull(m.effort_days, 0), toFloat64(m.wip + m.closed)) AS value
        FROM work_mix_weekly AS m
        WHERE m.quarter >= {from:Date} AND m.quarter < {to:Date} AND m.quadrant != 'unallocated'
    ) AS w
    GROUP BY GROUPING SETS ((w.team, w.quarter), (w.quarter))
    HAVING whole > 0
) AS m
LEFT ANY JOIN teams AS t ON t.id = m.who
ORDER BY team, quarter
