-- title: Time in progress by quadrant
-- question: How long were the items that were finished in a period in progress?
-- parameters:
--   team String = '': the team; empty: all teams
--   from DateTime64(3, 'UTC') = 1970-01-01: start of the period
--   to DateTime64(3, 'UTC') = 2299-01-01: end of the period, exclusive
-- columns:
--   quadrant: the item's current verdict
--   items: items closed as done in the period that had been in progress
--   days: their days in progress, summed
--   median: median of the days in progress of an item
--   p90: nine of ten items took no longer
-- unit: items and days
SELECT
    w.quadrant AS quadrant, count() AS items, round(sum(w.days_in_progress), 2) AS days,
    round(quantileExact(0.5)(w.days_in_progress), 2) AS median, round(quantileExact(0.9)(w.days_in_progress), 2) AS p90
FROM work_items AS w
WHERE w.state = 'done' AND w.days_in_progress IS NOT NULL AND w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
    AND w.closed_at >= {from:DateTime64(3, 'UTC')} AND w.closed_at < {to:DateTime64(3, 'UTC')}
GROUP BY quadrant
ORDER BY quadrant
