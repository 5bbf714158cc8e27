-- title: An item
-- question: What is known of an item now?
-- parameters:
--   item String: id of the item
-- columns:
--   item_id: id of the item
--   key: key as people write it
--   url: where people open it
--   title: its title
--   source: configured name of the source
--   project: owner/repo or project key
--   kind: issue, incident or pull_request
--   type: the tracker's own type, or empty
--   state: open, in_progress, done or dropped
--   status: the tracker's own word for the state
--   priority: the tracker's own word for the priority, or empty
--   labels: its labels
--   components: its components
--   milestone: milestone or fix version, or empty
--   sprint: sprint, or empty
--   points: story points; NULL if not estimated
--   team: its team; empty: unattributed, no team owns it
--   author: pseudonym of who opened it
--   parent_key: key of its parent, or empty
--   created_at: when it was opened
--   started_at: when work on it first started; NULL: never
--   closed_at: when it was closed; NULL while it is not
--   updated_at: when its state last changed
--   reopened: how often it was opened again
--   removed: why it can no longer be read, or empty
--   quadrant: its quadrant
--   forced: forced score; NULL if there is no verdict yet
--   long: long score; NULL if there is no verdict yet
--   confidence: confidence in the quadrant; NULL if there is no verdict yet
--   category: its category
--   category_source: which step decided the category, or empty
--   property: the quality that the work preserves, or empty
--   forced_reason: why the work is forced, or empty
--   class_source: what decided: rules, text, inherited or override; empty if there is no verdict yet
--   ruleset: content hash of the ruleset that judged
--   verdict_from: id of the item whose verdict it is: its own, or that of the one that it takes the verdict over from
--   recorded_at: when workmix learned of this state
-- unit: items; scores from 0 to 1
SELECT
    item_id, key, url, title, source, project, kind, type, state, status, priority, labels, components, milestone, sprint, points, team, author,
    parent_key, created_at, started_at, closed_at, updated_at, reopened, removed, quadrant, round(w.forced, 3) AS forced, round(w.long, 3) AS long,
    round(w.confidence, 3) AS confidence, category, category_source, property, forced_reason, class_source, ruleset, verdict_from, recorded_at
FROM work_items AS w
WHERE item_id = {item:String}
