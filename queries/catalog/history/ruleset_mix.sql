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
    SELECT w.team AS team, if(w.closed_at IS NULL, NULL, arrayFirst(q -> w.closed_at >= q.1 AND w.closed_at < q.2, cuts).3) AS quarter,
        if(position(concat(if(o.drive != '', o.drive, toString(c.drive)), '_', if(o.horizon != '', o.horizon, toString(c.horizon))) AS placed, 'undetermined') > 0, 'undetermined', placed) AS quadrant,
        toUInt64(c.ruleset = {a:String}) AS one, toUInt64(c.ruleset = {b:String}) AS other
    FROM
    (
        SELECT item_id, ruleset, drive, horizon
        FROM verdict_rows FINAL
        WHERE ruleset IN ({a:String}, {b:String})
    ) AS c
    INNER JOIN work_items AS w ON w.verdict_from = c.item_id
    LEFT JOIN overrides AS o ON o.item_id = c.item_id
)
GROUP BY team, quarter, quadrant
ORDER BY team, quarter NULLS LAST, quadrant
