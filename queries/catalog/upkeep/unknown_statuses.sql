-- title: Unknown statuses
-- question: Of which statuses does the tracker no longer tell what they mean, so that the state was guessed?
-- columns:
--   source: configured name of the source
--   status: the tracker's word for the status
--   state: open, in_progress or done: what it was taken for
--   items: items that were in it
--   revisions: states of items in it
--   first_at: when an item was in it first
--   last_at: when the last of these states began
-- unit: items
SELECT h.source AS source, h.status AS status, h.state AS state, uniqExact(h.item_id) AS items, count() AS revisions, min(h.valid_from) AS first_at, max(h.valid_from) AS last_at
FROM work_item_history AS h
WHERE h.item_id IN (SELECT item_id FROM revisions WHERE has(inferred, 'state')) AND has(h.inferred, 'state') AND h.status != '' -- the first leaves few items whose history is looked at
GROUP BY source, status, state
ORDER BY items DESC, source, status, state
