-- title: Oldest forced long-term work
-- question: Which mandatory long work has waited longest, whether anybody works on it or not?
-- parameters:
--   team String = '': the team; empty: all teams
--   limit UInt32 = 20: how many items
-- columns:
--   key: key of the item
--   title: its title
--   team: its team; empty: unattributed, no team owns it
--   state: open, or in_progress
--   created_at: when it was opened
--   started_at: when work on it first started; NULL: never
--   updated_at: when its state last changed
--   forced: forced score
--   long: long score
--   forced_reason: why it is forced
--   url: where to open it
-- unit: items
SELECT key, title, team, state, created_at, started_at, updated_at, round(w.forced, 4) AS forced, round(w.long, 4) AS long, forced_reason, url
FROM work_items AS w
WHERE item_id IN -- the texts are read of these alone
(
    SELECT item_id
    FROM work_items
    WHERE quadrant = 'forced_long' AND state IN ('open', 'in_progress') AND removed IN ('', 'unobserved') AND ({team:String} = '' OR team = {team:String})
    ORDER BY created_at, item_id
    LIMIT {limit:UInt32}
)
ORDER BY created_at, item_id
