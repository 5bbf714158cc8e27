-- title: Items that move between two rulesets
-- question: How many items does one ruleset place in another quadrant than the other?
-- parameters:
--   a String = '': id of the ruleset before
--   b String = '': id of the ruleset after
-- columns:
--   before: quadrant under ruleset a
--   after: quadrant under ruleset b
--   items: how many items, by their newest verdicts
-- unit: items
SELECT x.quadrant AS before, y.quadrant AS after, count() AS items
FROM (SELECT item_id, quadrant FROM classifications WHERE ruleset IN ({a:String}) AND valid_to IS NULL) AS x
INNER JOIN (SELECT item_id, quadrant FROM classifications WHERE ruleset IN ({b:String}) AND valid_to IS NULL) AS y ON y.item_id = x.item_id
GROUP BY before, after
ORDER BY before = after, items DESC, before, after
