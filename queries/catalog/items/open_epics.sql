-- title: Open epics
-- question: Which large pieces of work are open, and how much stands below them?
-- parameters:
--   limit UInt32 = 50: how many epics
-- columns:
--   key: key of the epic: an item of type epic or initiative, or one with at least five items below it
--   title: its title
--   team: its team; empty: unattributed, no team owns it
--   created_at: when it was opened
--   started_at: when work on it first started; NULL: not yet
--   due_at: when it is due; NULL: it does not say
--   items: items directly below it
--   open: of those, open or in progress
-- unit: items
SELECT e.key AS key, e.title AS title, e.team AS team, e.created_at AS created_at, e.started_at AS started_at, e.due_at AS due_at, c.items AS items, c.open AS open
FROM work_items AS e
LEFT ANY JOIN
(
    SELECT parent_key, count() AS items, countIf(state IN ('open', 'in_progress')) AS open
    FROM work_items
    WHERE parent_key != '' AND removed = ''
    GROUP BY parent_key
) AS c ON c.parent_key = e.key
WHERE e.state IN ('open', 'in_progress') AND e.removed = '' AND (lower(e.type) IN ('epic', 'initiative') OR items >= 5)
ORDER BY open DESC, items DESC, key
LIMIT {limit:UInt32}
