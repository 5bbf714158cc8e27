-- title: Plan versus actual
-- question: What did each team plan to spend on each category in a quarter, what did it spend, and is the difference reliable?
-- parameters:
--   team String = '': the team; empty: all teams
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team; empty: unattributed, people who are in none
--   quarter: first day of the quarter
--   category: the category, uncategorised or unallocated
--   planned_share: intended part of the capacity; NULL without a plan
--   actual_share_observed: part of the days that have a category; NULL where none has
--   gap: actual_share_observed less planned_share; NULL without a plan
--   gap_low: lower end of its band
--   gap_high: upper end of its band
--   reliable: 1 if the band does not hold 0; NULL without a plan
--   planned_days: person-days; of an unfinished quarter the part that has passed
--   actual_days: person-days
--   actual_days_low: lower end of their band
--   actual_days_high: upper end of their band
--   actual_share: part of all days
--   plan_late_days: how many days after the quarter began the plan was published; NULL without a plan
--   complete: the quarter is over and was observed from its first day
-- unit: person-days; shares as fractions of 1
SELECT
    team, quarter, category, planned_share, round(a.actual_share_observed, 4) AS actual_share_observed,
    round(a.gap, 4) AS gap, round(a.gap_low, 4) AS gap_low, round(a.gap_high, 4) AS gap_high,
    a.gap_low > 0 OR a.gap_high < 0 AS reliable,
    round(a.planned_days, 2) AS planned_days, round(a.actual_days, 2) AS actual_days,
    round(a.actual_days_low, 2) AS actual_days_low, round(a.actual_days_high, 2) AS actual_days_high,
    round(a.actual_share, 4) AS actual_share, plan_late_days, complete
FROM allocation_quarterly AS a
WHERE ({team:String} = '' OR team = {team:String}) AND quarter >= {from:Date} AND quarter < {to:Date}
ORDER BY team, quarter, category
