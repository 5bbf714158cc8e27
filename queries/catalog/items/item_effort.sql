-- title: Effort on an item
-- question: How much did each team spend on an item, month by month?
-- parameters:
--   item String: id of the item
-- columns:
--   month: first day of the month
--   team: team of the people who worked; empty: unattributed, people who are in none
--   effort_days: person-days
--   low: person-days under the weighting that gives least
--   high: person-days under the weighting that gives most
-- unit: person-days
SELECT
    toStartOfMonth(day) AS month, team, round(sum(e.effort_days), 2) AS effort_days,
    round(least(sum(e.effort_days), sum(time_days), sum(activity_days)), 2) AS low,
    round(greatest(sum(e.effort_days), sum(time_days), sum(activity_days)), 2) AS high
FROM effort AS e
WHERE item_id = {item:String}
GROUP BY month, team
ORDER BY month, team
