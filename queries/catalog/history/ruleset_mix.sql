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
WITH
    (SELECT arraySort(groupArray((toUnixTimestamp64Milli(begins), toUnixTimestamp64Milli(ends), quarter))) FROM quarters) AS cuts,
    arrayConcat([toInt64(-1)], cuts.1, [cuts.2[-1]]) AS bounds
SELECT
    team, quarter, quadrant, sum(p.one) AS before, sum(p.other) AS after,
    round(before / sum(before) OVER (PARTITION BY team, quarter), 4) AS share_before,
    round(after / sum(after) OVER (PARTITION BY team, quarter), 4) AS share_after
FROM
(
    SELECT toString(w.team) AS team, if(w.begun IS NULL, NULL, arrayFirst(q -> q.1 = w.begun, cuts).3) AS quarter, toString(w.quadrant) AS quadrant,
        sum(w.ruleset = {a:String}) AS one, sum(w.ruleset = {b:String}) AS other
    FROM
    (
        SELECT team, if(closed_at IS NULL, NULL, roundDown(toUnixTimestamp64Milli(assumeNotNull(closed_at)), bounds)) AS begun, at.ruleset AS ruleset, at.quadrant AS quadrant
        FROM (SELECT team, closed_at, arrayJoin(placed) AS at FROM item_rows FINAL)
    ) AS w
    WHERE w.ruleset IN ({a:String}, {b:String})
    GROUP BY w.team, w.begun, w.quadrant
) AS p
GROUP BY team, quarter, quadrant
ORDER BY team, quarter NULLS LAST, quadrant
