-- title: Forced-long work that was open
-- question: Which items were forced-long and open at a time?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   at DateTime64(3, 'UTC'): how things stood then
-- columns:
--   item_id: id of the item
-- unit: items
SELECT w.item_id AS item_id
FROM work_items_at(at = {at:DateTime64(3, 'UTC')}, known_at = {known_at:DateTime64(3, 'UTC')}) AS w
WHERE w.removed IN ('', 'archived', 'unobserved') AND w.quadrant = 'forced_long' AND w.state IN ('open', 'in_progress')
ORDER BY item_id
