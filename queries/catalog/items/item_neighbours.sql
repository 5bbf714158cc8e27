-- title: Links of an item
-- question: Which items does an item link to, and which link to it?
-- parameters:
--   item String: id of the item
-- columns:
--   direction: from (this item says so) or to (the other does)
--   relation: closes, mentions, parent (from the child), blocks, duplicates, moved_to or continues
--   key: key of the other item
--   item_id: id of the other item; empty if workmix does not know it
--   since: when the link was made, as far as the tracker tells
-- unit: links
WITH
    borne AS (SELECT DISTINCT source, key FROM revisions WHERE item_id = {item:String} AND NOT more),
    -- The links of the items that may be meant: this one, and those that link to it by its id or by a key that it bore.
    told AS
    (
        SELECT *
        FROM links
        WHERE item_id = {item:String} OR item_id IN (SELECT item_id FROM links WHERE to_item = {item:String} OR to_item = '' AND to_key IN (SELECT key FROM borne))
        ORDER BY item_id, link_id, recorded_at DESC, position DESC
        LIMIT 1 BY item_id, link_id
    ),
    -- Which item a key means: the one that bore it last, in each source.
    named AS
    (
        SELECT source, key, argMax(r.item_id, (r.recorded_at, r.position, r.item_id)) AS item_id
        FROM revisions AS r
        WHERE NOT more AND key IN (SELECT to_key FROM told)
        GROUP BY source, key
    ),
    resolved AS
    (
        SELECT l.item_id AS from_item, multiIf(l.to_item != '', l.to_item, same.item_id != '', same.item_id, other.item_id) AS to_item,
            l.to_key AS to_key, l.relation AS relation, l.valid_from AS valid_from
        FROM told AS l
        LEFT ANY JOIN
        (
            SELECT item_id, max((recorded_at, position)) AS last FROM revisions WHERE NOT more AND item_id IN (SELECT item_id FROM told) GROUP BY item_id
        ) AS newest ON newest.item_id = l.item_id
        LEFT ANY JOIN named AS same ON same.source = l.source AND same.key = l.to_key
        LEFT ANY JOIN (SELECT key, min(n.item_id) AS item_id FROM named AS n GROUP BY key) AS other ON other.key = l.to_key
        WHERE (l.recorded_at, l.position) >= newest.last AND l.valid_to IS NULL
    )
SELECT direction, relation, key, item_id, since
FROM
(
    SELECT 'from' AS direction, l.relation AS relation, l.to_key AS key, l.to_item AS item_id, l.valid_from AS since
    FROM resolved AS l
    WHERE l.from_item = {item:String}
    UNION ALL
    SELECT 'to', l.relation, w.key, l.from_item, l.valid_from
    FROM resolved AS l
    INNER JOIN (SELECT item_id, key FROM item_rows FINAL WHERE item_id IN (SELECT item_id FROM told)) AS w ON w.item_id = l.from_item
    WHERE l.to_item = {item:String}
)
ORDER BY direction, relation, key
