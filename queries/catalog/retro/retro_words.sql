-- title: Overrides of a time
-- question: Which items got a person's word, or lost it, from one time to another?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   from DateTime64(3, 'UTC'): words given at this time or later
-- columns:
--   item_id: id of the item
--   at: when the last one was given
-- unit: items
SELECT d.id AS item_id, max(d.recorded_at) AS at
FROM decisions AS d
WHERE d.kind = 'override' AND d.recorded_at >= {from:DateTime64(3, 'UTC')} AND d.recorded_at <= {known_at:DateTime64(3, 'UTC')}
GROUP BY item_id
ORDER BY item_id
