-- title: Items of a retrospective
-- question: Which items were open at the end of a period, or closed within the weeks before, and what was said of them?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   at DateTime64(3, 'UTC'): the end of the period: how things stood then
--   since DateTime64(3, 'UTC'): items that were closed before are left out
-- columns:
--   item_id: id of the item
--   key: its key
--   url: where people open it
--   kind: issue, incident or pull_request
--   title: its title
--   team: team that owns it
--   state: its state
--   points: story points; NULL: not estimated
--   created_at: when it was opened
--   started_at: when work on it first started; NULL: it has not
--   closed_at: when it was closed; NULL: it is not
--   quadrant: its quadrant
--   forced_reason: why the work is forced, or empty
--   category: its category
--   class_source: what decided: rules, text, inherited, override, or empty
--   initiative: key initiative that holds it, or empty
--   ask: user ask that holds it, or empty
--   removed: why it cannot be read any more, or empty
-- unit: items
SELECT
    w.item_id AS item_id, w.key AS key, w.url AS url, w.kind AS kind, w.title AS title, w.team AS team, w.state AS state, w.points AS points, w.created_at AS created_at,
    w.started_at AS started_at, w.closed_at AS closed_at, w.quadrant AS quadrant, w.forced_reason AS forced_reason, w.category AS category,
    w.class_source AS class_source, w.initiative AS initiative, w.ask AS ask, w.removed AS removed
FROM work_items_at(at = {at:DateTime64(3, 'UTC')}, known_at = {known_at:DateTime64(3, 'UTC')}) AS w
WHERE w.removed IN ('', 'archived', 'unobserved') AND (w.closed_at IS NULL OR w.closed_at >= {since:DateTime64(3, 'UTC')})
ORDER BY item_id
