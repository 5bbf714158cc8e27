-- title: Items that move between two rulesets
-- question: How many items does one ruleset place in another quadrant than the other?
-- parameters:
--   a String = '': id of the ruleset before
--   b String = '': id of the ruleset after
-- columns:
--   before: quadrant under ruleset a
--   after: quadrant under ruleset b
--   items: how many items, by the newest verdicts on the items whose verdict they take over now, or on themselves; a person's word stays
-- unit: items
SELECT
    if(position(concat(if(o.drive != '', o.drive, v.drive_x), '_', if(o.horizon != '', o.horizon, v.horizon_x)) AS placed_x, 'undetermined') > 0, 'undetermined', placed_x) AS before,
    if(position(concat(if(o.drive != '', o.drive, v.drive_y), '_', if(o.horizon != '', o.horizon, v.horizon_y)) AS placed_y, 'undetermined') > 0, 'undetermined', placed_y) AS after, count() AS items
FROM work_items AS w
INNER JOIN -- 64 bits of an id are compared in a fraction of the time of the text
    (
        SELECT x.item AS item, toString(x.drive) AS drive_x, toString(x.horizon) AS horizon_x, toString(y.drive) AS drive_y, toString(y.horizon) AS horizon_y
        FROM (SELECT cityHash64(item_id) AS item, drive, horizon FROM verdict_rows FINAL WHERE ruleset = {a:String}) AS x
        INNER JOIN (SELECT cityHash64(item_id) AS item, drive, horizon FROM verdict_rows FINAL WHERE ruleset = {b:String}) AS y ON y.item = x.item
    ) AS v ON v.item = cityHash64(w.verdict_from)
LEFT JOIN overrides AS o ON o.item_id = w.verdict_from
GROUP BY before, after
ORDER BY before = after, items DESC, before, after
