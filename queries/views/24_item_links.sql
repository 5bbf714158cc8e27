-- view: item_links
-- row: a link from an item to another
-- key: from_item, relation, to_key
-- joins: from_item and to_item to work_items.item_id
-- adds up: count of links
-- null: valid_to: the link still holds
-- freshness: the newest complete observation of the item that the link starts from
-- stability: stable
-- example: SELECT w.key, l.to_key FROM item_links AS l JOIN work_items AS w ON w.item_id = l.from_item WHERE l.relation = 'closes'
-- columns:
--   from_item String: Id of the item that the link starts from
--   to_item String: Id of the item linked to; empty if workmix does not know it
--   to_key String: Key of the item linked to, as the tracker names it
--   relation String: closes, mentions, parent (from the child), blocks, duplicates, moved_to or continues
--   source String: Configured name of the source that tells the link
--   project String: Project of the item that the link starts from
--   valid_from DateTime64(3, 'UTC'): When the link was made, as far as the tracker tells
--   valid_to Nullable(DateTime64(3, 'UTC')): When it was removed; NULL while it holds
--   recorded_at DateTime64(3, 'UTC'): When workmix learned of this telling of it

SELECT
    l.item_id AS from_item,
    multiIf(l.to_item != '', l.to_item, same.item_id != '', same.item_id, other.item_id) AS to_item,
    l.to_key AS to_key, l.relation AS relation, l.source AS source, l.project AS project,
    l.valid_from AS valid_from, l.valid_to AS valid_to, l.recorded_at AS recorded_at
FROM
(
    SELECT *
    FROM links
    ORDER BY item_id, link_id, recorded_at DESC, position DESC
    LIMIT 1 BY item_id, link_id
) AS l
LEFT ANY JOIN
(
    SELECT item_id, max((recorded_at, position)) AS told
    FROM revisions
    WHERE NOT more
    GROUP BY item_id
) AS newest ON newest.item_id = l.item_id
LEFT ANY JOIN {{template "named" .}} AS same ON same.source = l.source AND same.key = l.to_key
LEFT ANY JOIN
(
    SELECT key, min(n.item_id) AS item_id FROM {{template "named" .}} AS n GROUP BY key
) AS other ON other.key = l.to_key
WHERE (l.recorded_at, l.position) >= newest.told
