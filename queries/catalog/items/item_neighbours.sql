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
    )
SELECT row.1 AS direction, l.relation AS relation, row.2 AS key, row.3 AS item_id, l.valid_from AS since
FROM told AS l
LEFT ANY JOIN
(
    SELECT item_id, max((recorded_at, position)) AS last FROM revisions WHERE NOT more AND item_id IN (SELECT item_id FROM told) GROUP BY item_id
) AS newest ON newest.item_id = l.item_id
LEFT ANY JOIN
(
    SELECT key, groupArray((toString(n.source), n.item_id)) AS bearers, arrayMin(bearers.2) AS other FROM named AS n GROUP BY key
) AS k ON k.key = l.to_key
LEFT ANY JOIN (SELECT item_id, key FROM item_rows FINAL WHERE item_id IN (SELECT item_id FROM told)) AS w ON w.item_id = l.item_id
ARRAY JOIN
    arrayConcat(
        if(l.item_id = {item:String}, [('from', l.to_key, multiIf(l.to_item != '', l.to_item, has(k.bearers.1, toString(l.source)), k.bearers.2[indexOf(k.bearers.1, toString(l.source))], k.other))], []),
        if(w.item_id != '' AND multiIf(l.to_item != '', l.to_item, has(k.bearers.1, toString(l.source)), k.bearers.2[indexOf(k.bearers.1, toString(l.source))], k.other) = {item:String}, [('to', w.key, l.item_id)], [])) AS row
WHERE (l.recorded_at, l.position) >= newest.last AND l.valid_to IS NULL
ORDER BY direction, relation, key
