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
SELECT direction, relation, key, item_id, since
FROM
(
    SELECT 'from' AS direction, l.relation AS relation, l.to_key AS key, l.to_item AS item_id, l.valid_from AS since
    FROM item_links AS l
    WHERE l.from_item = {item:String} AND l.valid_to IS NULL
    UNION ALL
    SELECT 'to', l.relation, w.key, l.from_item, l.valid_from
    FROM item_links AS l
    INNER JOIN work_items AS w ON w.item_id = l.from_item
    WHERE l.to_item = {item:String} AND l.valid_to IS NULL
)
ORDER BY direction, relation, key
