-- view: overrides
-- row: a person's word on an item that holds: the newest, unless it was cleared
-- key: item_id
-- joins: item_id to work_items.item_id
-- adds up: rows count items that somebody placed by hand
-- null: nothing
-- freshness: the last workmix override
-- stability: stable
-- example: SELECT author, count() FROM overrides GROUP BY author
-- columns:
--   item_id String: Id of the item
--   drive String: forced or discretionary; empty: the rules decide
--   horizon String: short or long; empty: the rules decide
--   category String: Category; empty: the usual steps decide
--   valid_from DateTime64(3, 'UTC'): From when the decision holds
--   recorded_at DateTime64(3, 'UTC'): When it was given
--   author String: Pseudonym of who gave it
--   reason String: Why

SELECT item_id, drive, horizon, category, valid_from, recorded_at, author, reason
FROM {{template "overrides" .}}
WHERE drive != '' OR horizon != '' OR category != ''
