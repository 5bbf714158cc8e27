-- title: Lead and cycle times
-- question: How long did work take from when it was asked for, and from when it was begun, until it was done?
-- parameters:
--   team String = '': the team; empty: all teams
--   kind String = '': issue, incident or pull_request; empty: every kind
--   from DateTime64(3, 'UTC') = 1970-01-01: items done at this time or later
--   to DateTime64(3, 'UTC') = 2299-01-01: items done before this time
-- columns:
--   quadrant: the item's current verdict
--   items: items done in the period
--   lead_median: median of the days from created to closed
--   lead_p85: their 85th percentile
--   begun: of the items, those that were seen in progress
--   cycle_median: median of the days from when these were first begun to closed; NULL: none was
--   cycle_p85: their 85th percentile
-- unit: items; days of 24 hours, nights and weekends included
SELECT
    quadrant, count() AS items,
    round(quantileExactInclusive(0.5)(dateDiff('second', w.created_at, assumeNotNull(w.closed_at)) / 86400), 2) AS lead_median,
    round(quantileExactInclusive(0.85)(dateDiff('second', w.created_at, assumeNotNull(w.closed_at)) / 86400), 2) AS lead_p85,
    countIf(w.started_at IS NOT NULL) AS begun,
    round(quantileExactInclusiveOrNull(0.5)(dateDiff('second', w.started_at, w.closed_at) / 86400), 2) AS cycle_median,
    round(quantileExactInclusiveOrNull(0.85)(dateDiff('second', w.started_at, w.closed_at) / 86400), 2) AS cycle_p85
FROM work_items AS w
WHERE w.state = 'done' AND w.removed IN ('', 'archived', 'unobserved')
    AND ({team:String} = '' OR w.team = {team:String}) AND ({kind:String} = '' OR w.kind = {kind:String})
    AND w.closed_at >= {from:DateTime64(3, 'UTC')} AND w.closed_at < {to:DateTime64(3, 'UTC')}
GROUP BY quadrant
ORDER BY quadrant
