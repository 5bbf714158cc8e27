-- view: work_items_at
-- like: work_items
-- parameters: at, known_at
-- row: an item as it stood at a time, as far as was known at another: work_items_at(at = '2026-06-30 23:59:59', known_at = '2026-07-05 12:00:00')
-- key: item_id
-- joins: as work_items
-- adds up: as work_items
-- null: as work_items; and effort_days, days_in_progress, first_effort_at and planned always: effort_at tells them
-- freshness: does not change: the same two times give the same rows for ever, as long as the log keeps its records
-- stability: stable
-- example: SELECT state, count() FROM work_items_at(at = '2026-06-30 23:59:59', known_at = '2026-07-05 12:00:00') WHERE removed = '' GROUP BY state

SELECT * FROM ({{template "work_items" (known .)}})
WHERE {{template "asked" .}} = 0
