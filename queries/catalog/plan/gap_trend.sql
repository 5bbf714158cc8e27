-- title: Trend of the gaps
-- question: Do teams come closer to their plans from quarter to quarter, category by category?
-- parameters:
--   team String = '': the team; empty: all teams, each with its rows
--   category String = '': the category; empty: each
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team
--   quarter: first day of the quarter; those without a plan have no row
--   category: the category
--   planned_share: intended part of the capacity
--   actual_share_observed: part of the days that have a category; NULL where none has
--   gap: actual_share_observed less planned_share
--   gap_low: lower end of its band
--   gap_high: upper end of its band
--   previous_quarter: the last quarter before in which the category had a gap; NULL: none
--   previous_gap: its gap
--   change: gap less previous_gap
--   trend: closing (nearer to the plan), widening, no_reliable_difference (the bands of the two overlap), first (there is none before) or no_gap
--   complete: the quarter is over and was observed from its first day
-- unit: shares as fractions of 1
SELECT
    team, g.quarter AS quarter, category, planned_share, round(g.actual, 4) AS actual_share_observed,
    round(g.gap, 4) AS gap, round(g.low, 4) AS gap_low, round(g.high, 4) AS gap_high,
    if(empty(g.before), NULL, g.before[-1].1) AS previous_quarter, round(if(empty(g.before), NULL, g.before[-1].2), 4) AS previous_gap,
    round(if(empty(g.before), NULL, g.gap - g.before[-1].2), 4) AS change,
    multiIf(
        g.gap IS NULL, 'no_gap', empty(g.before), 'first',
        g.low <= g.before[-1].4 AND g.before[-1].3 <= g.high, 'no_reliable_difference',
        abs(g.gap) < abs(g.before[-1].2), 'closing', 'widening') AS trend,
    complete
FROM
(
    SELECT a.team AS team, a.quarter AS quarter, a.category AS category, a.planned_share AS planned_share, a.actual_share_observed AS actual,
        a.gap AS gap, a.gap_low AS low, a.gap_high AS high, a.complete AS complete,
        groupArrayIf((a.quarter, assumeNotNull(a.gap), assumeNotNull(a.gap_low), assumeNotNull(a.gap_high)), a.gap IS NOT NULL)
            OVER (PARTITION BY a.team, a.category ORDER BY a.quarter ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM allocation_quarterly AS a
    WHERE a.planned_share IS NOT NULL AND ({team:String} = '' OR a.team = {team:String}) AND ({category:String} = '' OR a.category = {category:String})
) AS g
WHERE g.quarter >= {from:Date} AND g.quarter < {to:Date}
ORDER BY team, category, quarter
