-- title: Plan and actual of quarters
-- question: What did each team plan to spend on each category, and what did it spend, as known at a time?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team; empty: people in none
--   quarter: first day of the quarter
--   category: the category
--   planned_share: intended part of the capacity; NULL: no plan
--   planned_days: that in person-days
--   actual_share: part of all days; NULL: nobody was there
--   actual_share_observed: part of the days that have a category
--   actual_days: person-days
--   actual_days_low: lower end of the band
--   actual_days_high: upper end
--   gap: actual_share_observed less planned_share
--   gap_low: lower end of the band
--   gap_high: upper end
--   plan_source: plan or none
--   plan_late_days: how many days after the quarter began the plan was published; NULL: no plan
-- unit: person-days; shares as fractions of 1
SELECT
    a.team AS team, a.quarter AS quarter, a.category AS category, a.planned_share AS planned_share, a.planned_days AS planned_days,
    a.actual_share AS actual_share, a.actual_share_observed AS actual_share_observed, a.actual_days AS actual_days,
    a.actual_days_low AS actual_days_low, a.actual_days_high AS actual_days_high, a.gap AS gap, a.gap_low AS gap_low, a.gap_high AS gap_high,
    a.plan_source AS plan_source, a.plan_late_days AS plan_late_days
FROM allocation_quarterly_within(known_at = {known_at:DateTime64(3, 'UTC')}, since = {from:Date}, until = {to:Date}) AS a
WHERE a.quarter >= {from:Date} AND a.quarter < {to:Date}
ORDER BY quarter, team, category
