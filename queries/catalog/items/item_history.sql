-- title: History of an item
-- question: What changed in an item, when, and how was it judged after each change?
-- parameters:
--   item String: id of the item
-- columns:
--   number: the changes of the item in their order, from 1
--   at: when the change was made
--   actor: pseudonym of who made it, or empty
--   changed: names of the fields that changed
--   title: its title then
--   state: its state then
--   status: the tracker's own word for the state
--   labels: its labels then
--   priority: its priority then, or empty
--   correction: the tracker tells no such change, but its object disagrees with its history
--   quadrant: the quadrant after the change; empty if it was not judged
--   forced: forced score; NULL if it was not judged
--   long: long score; NULL if it was not judged
-- unit: changes; scores from 0 to 1
SELECT
    h.number AS number, h.valid_from AS at, h.actor AS actor, h.changed AS changed, h.title AS title, h.state AS state, h.status AS status,
    h.labels AS labels, h.priority AS priority, h.correction AS correction, c.quadrant AS quadrant,
    if(c.quadrant = '', NULL, round(c.forced, 3)) AS forced, if(c.quadrant = '', NULL, round(c.long, 3)) AS long
FROM work_item_history AS h
LEFT ANY JOIN
(
    SELECT revision, quadrant, forced, long
    FROM classifications
    WHERE item_id = {item:String} AND ruleset IN (SELECT id FROM rulesets WHERE active)
) AS c ON c.revision = h.revision
WHERE h.item_id = {item:String}
ORDER BY number
