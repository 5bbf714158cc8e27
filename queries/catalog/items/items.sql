-- title: Items
-- question: Which items are there, by what they are, whose, and where they lie on the grid?
-- parameters:
--   text String = '': letters that the key or the title holds, in any case; empty: all
--   team String = '': the team; empty: all
--   project String = '': owner/repo or project key; empty: all
--   kind String = '': issue, incident or pull_request; empty: all
--   state String = '': open, in_progress, done or dropped; empty: all
--   quadrant String = '': the quadrant; empty: all
--   category String = '': the category; empty: all
--   label String = '': a label that the item bears; empty: all
--   sort String = updated: updated, created, oldest, forced, long, confidence (least first) or key
--   limit UInt32 = 50: how many items
--   offset UInt32 = 0: how many to leave out first
-- columns:
--   item_id: id of the item
--   key: key as people write it
--   title: its title
--   kind: issue, incident or pull_request
--   state: open, in_progress, done or dropped
--   team: its team; empty: unattributed, no team owns it
--   quadrant: its quadrant
--   forced: forced score; NULL if there is no verdict yet
--   long: long score; NULL if there is no verdict yet
--   confidence: confidence in the quadrant; NULL if there is no verdict yet
--   category: its category
--   created_at: when it was opened
--   updated_at: when its state last changed
--   matching: how many items match in all
-- unit: items; scores from 0 to 1
WITH
    found AS -- as work_items has them; through the view the engine would read all columns of all items
    (
        SELECT item_id, key, title, kind, state, team, quadrant, forced, long, confidence, category, created_at, updated_at
        FROM item_rows FINAL
        WHERE removed = ''
            AND ({text:String} = '' OR positionCaseInsensitiveUTF8(key, {text:String}) > 0 OR positionCaseInsensitiveUTF8(title, {text:String}) > 0)
            AND ({team:String} = '' OR team = {team:String})
            AND ({project:String} = '' OR project = {project:String})
            AND ({kind:String} = '' OR kind = {kind:String})
            AND ({state:String} = '' OR state = {state:String})
            AND ({quadrant:String} = '' OR quadrant = {quadrant:String})
            AND ({category:String} = '' OR category = {category:String})
            AND ({label:String} = '' OR has(labels, {label:String}))
    )
SELECT
    w.item_id AS item_id, w.key AS key, w.title AS title, toString(w.kind) AS kind, toString(w.state) AS state, toString(w.team) AS team, toString(w.quadrant) AS quadrant,
    round(w.forced, 3) AS forced, round(w.long, 3) AS long, round(w.confidence, 3) AS confidence,
    toString(w.category) AS category, w.created_at AS created_at, w.updated_at AS updated_at, (SELECT count() FROM found) AS matching
FROM found AS w
ORDER BY
    if({sort:String} = 'key', w.key, '') ASC,
    if({sort:String} = 'oldest', -toFloat64(w.created_at), if({sort:String} = 'created', toFloat64(w.created_at), -- items without a score come last
        if({sort:String} = 'forced', ifNull(w.forced, -1), if({sort:String} = 'long', ifNull(w.long, -1), if({sort:String} = 'confidence', ifNull(-w.confidence, -2), 0.))))) DESC,
    w.updated_at DESC, w.item_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
