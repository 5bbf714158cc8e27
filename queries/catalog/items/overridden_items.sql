-- title: Items placed by hand
-- question: On which items has somebody overridden the rules, how, and why? The text model learns from these: workmix rules train --overrides.
-- columns:
--   item_id: id of the item
--   key: key as people write it
--   project: owner/repo or project key
--   title: its title
--   body: its description; NULL if no observation tells it
--   drive: forced or discretionary; empty: left to the rules
--   horizon: short or long; empty: left to the rules
--   category: category; empty: left to the usual steps
--   at: when the word was given
--   author: pseudonym of who gave it
--   reason: why
-- unit: items
SELECT w.item_id AS item_id, w.key AS key, toString(w.project) AS project, w.title AS title, w.body AS body, o.drive AS drive, o.horizon AS horizon, o.category AS category,
    o.recorded_at AS at, o.author AS author, o.reason AS reason
FROM (SELECT item_id, key, project, title, body FROM item_rows FINAL WHERE item_id IN (SELECT item_id FROM overrides) AND removed = '') AS w
INNER JOIN overrides AS o ON o.item_id = w.item_id
ORDER BY item_id
