-- title: Work mix under two rulesets
-- question: How does the work mix of each team and quarter differ between two rulesets?
-- parameters:
--   a String = '': id of the ruleset before
--   b String = '': id of the ruleset after
-- columns:
--   team: id of the team; empty: unattributed, items that no team owns
--   quarter: first day of the quarter of the configured calendar in which the items were closed; NULL for those not closed
--   quadrant: place on the grid
--   before: how many of the items ruleset a places there, each as the item whose verdict it takes over now; a person's word stays
--   after: how many of them ruleset b places there
--   share_before: before as a share of the team's quarter
--   share_after: after as a share of the team's quarter
-- unit: items
WITH (SELECT groupArray((begins, ends, quarter)) FROM quarters) AS cuts
SELECT
    team, quarter, quadrant, sum(one) AS before, sum(other) AS after,
    round(before / sum(before) OVER (PARTITION BY team, quarter), 4) AS share_before,
    round(after / sum(after) OVER (PARTITION BY team, quarter), 4) AS share_after
FROM
(
    SELECT cityHash64(i.verdict_from) AS item, i.team AS team, if(i.closed_at IS NULL, NULL, arrayFirst(q -> i.closed_at >= q.1 AND i.closed_at < q.2, cuts).3) AS quarter -- 64 bits of an id are compared in a fraction of the time of the text
    FROM work_items AS i
) AS w
INNER JOIN
(
    SELECT cityHash64(c.item_id) AS item,
        if(position(concat(if(o.drive != '', o.drive, c.drive), '_', if(o.horizon != '', o.horizon, c.horizon)) AS placed, 'undetermined') > 0, 'undetermined', placed) AS quadrant,
        toUInt64(c.ruleset = {a:String}) AS one, toUInt64(c.ruleset = {b:String}) AS other
    FROM verdict_rows AS c FINAL
    LEFT ANY JOIN (SELECT cityHash64(item_id) AS item, drive, horizon FROM overrides) AS o ON o.item = cityHash64(c.item_id)
    WHERE c.ruleset IN ({a:String}, {b:String})
) AS v ON v.item = w.item
GROUP BY team, quarter, quadrant
ORDER BY team, quarter NULLS LAST, quadrant
