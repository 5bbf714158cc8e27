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
--   team: its team, or empty
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
    found AS
    (
        SELECT
            item_id, updated_at,
            if({sort:String} = 'key', key, '') AS by_key,
            if({sort:String} = 'oldest', created_at, NULL) AS oldest,
            if({sort:String} = 'created', created_at, NULL) AS newest,
            multiIf({sort:String} = 'forced', w.forced, {sort:String} = 'long', w.long, {sort:String} = 'confidence', -w.confidence, NULL) AS by_score
        FROM work_items AS w
        WHERE removed = ''
            AND ({text:String} = '' OR positionCaseInsensitiveUTF8(key, {text:String}) > 0 OR positionCaseInsensitiveUTF8(title, {text:String}) > 0)
            AND ({team:String} = '' OR team = {team:String})
            AND ({project:String} = '' OR project = {project:String})
            AND ({kind:String} = '' OR kind = {kind:String})
            AND ({state:String} = '' OR state = {state:String})
            AND ({quadrant:String} = '' OR quadrant = {quadrant:String})
            AND ({category:String} = '' OR category = {category:String})
            AND ({label:String} = '' OR has(labels, {label:String}))
    ),
    page AS -- the other columns are read of these alone
    (
        SELECT item_id, by_key, oldest, newest, by_score
        FROM found
        ORDER BY by_key, oldest, newest DESC, by_score DESC NULLS LAST, updated_at DESC, item_id
        LIMIT {limit:UInt32} OFFSET {offset:UInt32}
    )
SELECT
    w.item_id AS item_id, w.key AS key, w.title AS title, w.kind AS kind, w.state AS state, w.team AS team, w.quadrant AS quadrant,
    round(w.forced, 3) AS forced, round(w.long, 3) AS long, round(w.confidence, 3) AS confidence,
    w.category AS category, w.created_at AS created_at, w.updated_at AS updated_at, (SELECT count() FROM found) AS matching
FROM work_items AS w
INNER JOIN page AS p ON p.item_id = w.item_id
WHERE w.item_id IN (SELECT item_id FROM page)
ORDER BY p.by_key, p.oldest, p.newest DESC, p.by_score DESC NULLS LAST, w.updated_at DESC, w.item_id
