-- title: Items to read between two rulesets
-- question: Which items that take over no other's verdict does one ruleset place in another quadrant than the other, and why?
-- parameters:
--   a String = '': id of the ruleset before
--   b String = '': id of the ruleset after
--   limit UInt32 = 1000000: how many items at most, those that move farthest
-- columns:
--   key: key of the item
--   title: its title
--   before: quadrant under ruleset a
--   after: quadrant under ruleset b
--   forced_before: its forced score under ruleset a
--   forced_after: its forced score under ruleset b
--   long_before: its long score under ruleset a
--   long_after: its long score under ruleset b
--   because: the reason that weighs most under ruleset b
-- unit: items
SELECT
    w.key AS key, w.title AS title, x.quadrant AS before, y.quadrant AS after, x.forced AS forced_before, y.forced AS forced_after,
    x.long AS long_before, y.long AS long_after, arraySort(e -> -(abs(e.forced) + abs(e.long)), JSONExtract(y.evidence, 'Array(Tuple(rule String, because String, matched String, forced Float64, long Float64))'))[1].because AS because
FROM
(
    SELECT item_id, toString(quadrant) AS quadrant, forced, long
    FROM verdicts
    WHERE ruleset = {a:String} AND NOT more
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
) AS x
INNER JOIN
(
    SELECT item_id, toString(quadrant) AS quadrant, forced, long, evidence
    FROM verdicts
    WHERE ruleset = {b:String} AND NOT more
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
) AS y ON y.item_id = x.item_id
INNER JOIN work_items AS w ON w.item_id = x.item_id
WHERE x.quadrant != y.quadrant AND w.verdict_from = w.item_id
ORDER BY abs(y.forced - x.forced) + abs(y.long - x.long) DESC, key
LIMIT {limit:UInt32}
