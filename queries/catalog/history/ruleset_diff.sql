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
    if(position(concat(if(o.drive != '', o.drive, toString(x.drive)), '_', if(o.horizon != '', o.horizon, toString(x.horizon))) AS placed_x, 'undetermined') > 0, 'undetermined', placed_x) AS before,
    if(position(concat(if(o.drive != '', o.drive, toString(y.drive)), '_', if(o.horizon != '', o.horizon, toString(y.horizon))) AS placed_y, 'undetermined') > 0, 'undetermined', placed_y) AS after, count() AS items
FROM work_items AS w
INNER JOIN
    (
        SELECT item_id, drive, horizon
        FROM verdicts
        WHERE ruleset = {a:String} AND NOT more
        ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
        LIMIT 1 BY item_id
    ) AS x ON x.item_id = w.verdict_from
INNER JOIN
    (
        SELECT item_id, drive, horizon
        FROM verdicts
        WHERE ruleset = {b:String} AND NOT more
        ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
        LIMIT 1 BY item_id
    ) AS y ON y.item_id = w.verdict_from
LEFT JOIN overrides AS o ON o.item_id = w.verdict_from
GROUP BY before, after
ORDER BY before = after, items DESC, before, after
