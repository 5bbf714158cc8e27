-- title: An item as it is judged
-- question: What do the rules see of an item now?
-- parameters:
--   item String: key of the item, or its id
-- columns:
--   uid: id of the item
--   source: configured name of the source
--   project: owner/repo or project key
--   kind: issue, incident or pull_request
--   type: the tracker's own type, or empty
--   title: its title
--   body: the text of its description, or empty
--   labels: its labels
--   components: its components
--   priority: the tracker's own word for the priority, or empty
--   milestone: milestone or fix version, or empty
--   state: open, in_progress, done or dropped
--   additions: lines added; NULL if it is not a pull request
--   deletions: lines deleted; NULL as additions
--   files: files changed; NULL as additions
--   commits: commits; NULL as additions
--   subtasks: how many items name it as their parent
--   links: how many other links it has
-- unit: items
SELECT
    h.item_id AS uid, h.source AS source, h.project AS project, h.kind AS kind, h.type AS type, h.title AS title, coalesce(h.body, '') AS body,
    h.labels AS labels, h.components AS components, h.priority AS priority, h.milestone AS milestone, h.state AS state,
    h.additions AS additions, h.deletions AS deletions, h.files AS files, h.commits AS commits,
    (SELECT count() FROM item_links AS l WHERE l.to_item IN (SELECT item_id FROM work_items WHERE key = {item:String} OR item_id = {item:String}) AND l.relation = 'parent' AND l.valid_to IS NULL) AS subtasks,
    (SELECT count() FROM item_links AS l WHERE l.from_item IN (SELECT item_id FROM work_items WHERE key = {item:String} OR item_id = {item:String}) AND l.relation != 'parent' AND l.valid_to IS NULL) AS links
FROM work_item_history AS h
WHERE h.item_id IN (SELECT item_id FROM work_items WHERE key = {item:String} OR item_id = {item:String}) AND h.valid_to IS NULL
ORDER BY h.number DESC
LIMIT 1
