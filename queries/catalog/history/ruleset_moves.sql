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
    w.key AS key, w.title AS title, v.before AS before, v.after AS after, v.forced_before AS forced_before, v.forced_after AS forced_after,
    v.long_before AS long_before, v.long_after AS long_after, v.because AS because
FROM (SELECT item, key, title FROM item_rows FINAL WHERE judge = item) AS w
INNER JOIN
(
    SELECT x.item AS item, toString(x.quadrant) AS before, toString(y.quadrant) AS after, x.forced AS forced_before, y.forced AS forced_after,
        x.long AS long_before, y.long AS long_after, y.because AS because
    FROM (SELECT item, quadrant, forced, long FROM verdict_rows FINAL WHERE ruleset = {a:String}) AS x
    INNER JOIN (SELECT item, quadrant, forced, long, because FROM verdict_rows FINAL WHERE ruleset = {b:String}) AS y ON y.item = x.item
    WHERE x.quadrant != y.quadrant
) AS v ON v.item = w.item
ORDER BY abs(v.forced_after - v.forced_before) + abs(v.long_after - v.long_before) DESC, key
LIMIT {limit:UInt32}
