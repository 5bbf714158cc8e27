-- title: Items reclassified
-- question: Which items changed their quadrant, when, and by which change?
-- parameters:
--   from DateTime64(3, 'UTC') = 1970-01-01: start of the period
--   to DateTime64(3, 'UTC') = 2299-01-01: end of the period, exclusive
-- columns:
--   at: when the change was made in the tracker
--   key: key of the item
--   title: its title then
--   before: quadrant before the change
--   after: quadrant after the change
--   changed: the fields that the change changed
--   because: the reason that weighs most after it
-- unit: items
SELECT
    c.valid_from AS at, h.key AS key, h.title AS title, c.previous AS before, c.quadrant AS after, h.changed AS changed,
    arraySort(e -> -(abs(e.forced) + abs(e.long)), c.evidence)[1].because AS because
FROM
(
    SELECT
        item_id, revision, valid_from, quadrant, evidence,
        lagInFrame(quadrant) OVER (PARTITION BY item_id ORDER BY valid_from, valid_to NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS previous
    FROM classifications
    WHERE ruleset IN (SELECT id FROM rulesets WHERE active)
) AS c
INNER JOIN work_item_history AS h ON h.item_id = c.item_id AND h.revision = c.revision
WHERE c.previous != '' AND c.previous != c.quadrant AND c.valid_from >= {from:DateTime64(3, 'UTC')} AND c.valid_from < {to:DateTime64(3, 'UTC')}
ORDER BY at, key, h.number
