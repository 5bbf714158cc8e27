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
SELECT toString(x.quadrant) AS before, toString(y.quadrant) AS after, count() AS items
FROM
(
    SELECT item_id, quadrant
    FROM verdicts
    WHERE ruleset = {a:String} AND NOT more
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
) AS x
INNER JOIN
(
    SELECT item_id, quadrant
    FROM verdicts
    WHERE ruleset = {b:String} AND NOT more
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
) AS y ON y.item_id = x.item_id
GROUP BY before, after
ORDER BY before = after, items DESC, before, after
