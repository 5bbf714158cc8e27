-- title: What a name means
-- question: Which item bears this key or this id? Several bear a key if several trackers use it.
-- parameters:
--   item String: key as people write it, or id of the item
-- columns:
--   item_id: id of the item
--   key: its key
--   source: configured name of the source
--   team: its team; empty: unattributed, no team owns it
--   title: its title
-- unit: items
SELECT item_id, key, source, team, title
FROM work_items
WHERE key = {item:String} OR item_id = {item:String}
ORDER BY item_id
