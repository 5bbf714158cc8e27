-- title: Effort of a period by category, as known now
-- question: What did the people of each team spend on each category, and by which step does work have it?
-- parameters:
--   from Date: days from this one on
--   to Date: days before this one
-- columns:
--   day: first day of the period
--   team: team of the people who worked; empty: none
--   item_id: id of some item; empty: unallocated
--   effort_days: person-days under the configured weights
--   category: category of the items, or unallocated
--   category_source: which step decided it
--   forced_reason: why the work is forced, or empty
-- unit: person-days
SELECT
    {from:Date} AS day, e.team AS team, any(e.item_id) AS item_id, sum(e.effort_days) AS effort_days,
    if(e.item_id = '', 'unallocated', e.category) AS category, e.category_source AS category_source, e.forced_reason AS forced_reason
FROM effort AS e
WHERE e.day >= {from:Date} AND e.day < {to:Date}
GROUP BY team, category, category_source, forced_reason
ORDER BY team, category, category_source, forced_reason
