-- view: closings_at
-- parameters: known_at
-- row: a time at which an item was closed, as far as was known at a time: closings_at(known_at = '2026-07-05 12:00:00')
-- key: item_id, at
-- joins: item_id to work_items; actor to people.id
-- adds up: count of closings; an item that was opened again is closed more than once
-- null: none
-- freshness: does not change: the same time gives the same rows for ever, as long as the log keeps its records
-- stability: preview
-- example: SELECT actor, count() FROM closings_at(known_at = '2299-01-01 00:00:00') WHERE at >= '2026-07-01' GROUP BY actor
-- columns:
--   item_id String: Id of the item
--   at DateTime64(3, 'UTC'): When it was closed
--   actor String: Pseudonym of who closed it; a person's where a decision merges accounts; empty if the tracker does not say
--   state String: done or dropped

WITH {{template "people" (asknown .)}} AS people
SELECT item_id, at, transform(who, people.1, people.2, who) AS actor, state
FROM
(
    SELECT c.item_id AS item_id, c.valid_from AS at, toString(c.actor) AS who, toString(c.state) AS state,
        lagInFrame(toString(c.state), 1, 'open') OVER (PARTITION BY c.item_id ORDER BY c.valid_from, c.seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM {{template "chain" (asknown .)}} AS c
)
WHERE state IN ('done', 'dropped') AND before NOT IN ('done', 'dropped') AND {{template "asked" .}} = 0
