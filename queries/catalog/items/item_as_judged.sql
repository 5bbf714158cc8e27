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
WITH
    me AS (SELECT item_id FROM item_rows FINAL WHERE key = {item:String} UNION ALL SELECT {item:String}),
    borne AS (SELECT DISTINCT key FROM revisions WHERE item_id IN (SELECT item_id FROM me) AND NOT more),
    -- As item_links has them, but only the links of the items that may be meant: this one, and those that name it as their parent by its id or by a key that it bore.
    told AS
    (
        SELECT *
        FROM links
        WHERE item_id IN (SELECT item_id FROM me)
            OR item_id IN (SELECT item_id FROM links WHERE relation = 'parent' AND (to_item IN (SELECT item_id FROM me) OR to_item = '' AND to_key IN (SELECT key FROM borne)))
        ORDER BY item_id, link_id, recorded_at DESC, position DESC
        LIMIT 1 BY item_id, link_id
    ),
    -- Which item such a key means: the one that bore it last, in each source.
    named AS
    (
        SELECT source, key, argMax(r.item_id, (r.recorded_at, r.position, r.item_id)) AS item_id
        FROM revisions AS r
        WHERE NOT more AND key IN (SELECT key FROM borne)
        GROUP BY source, key
    ),
    (
        SELECT (countIf(l.relation = 'parent' AND multiIf(l.to_item != '', l.to_item, same.item_id != '', same.item_id, other.item_id) IN (SELECT item_id FROM me)),
            countIf(l.relation != 'parent' AND l.item_id IN (SELECT item_id FROM me)))
        FROM told AS l
        LEFT ANY JOIN
        (
            SELECT item_id, max((recorded_at, position)) AS last FROM revisions WHERE NOT more AND item_id IN (SELECT item_id FROM told) GROUP BY item_id
        ) AS newest ON newest.item_id = l.item_id
        LEFT ANY JOIN named AS same ON same.source = l.source AND same.key = l.to_key
        LEFT ANY JOIN (SELECT key, min(n.item_id) AS item_id FROM named AS n GROUP BY key) AS other ON other.key = l.to_key
        WHERE (l.recorded_at, l.position) >= newest.last AND l.valid_to IS NULL
    ) AS counted
SELECT
    h.item_id AS uid, h.source AS source, h.project AS project, h.kind AS kind, h.type AS type, h.title AS title, coalesce(h.body, '') AS body,
    h.labels AS labels, h.components AS components, h.priority AS priority, h.milestone AS milestone, h.state AS state,
    h.additions AS additions, h.deletions AS deletions, h.files AS files, h.commits AS commits,
    counted.1 AS subtasks, counted.2 AS links
FROM work_item_history AS h
WHERE h.item_id IN (SELECT item_id FROM me) AND h.valid_to IS NULL
ORDER BY h.number DESC
LIMIT 1
