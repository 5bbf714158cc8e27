-- title: From forced long-term work known to begun
-- question: How long does mandatory long-term work wait until anybody spends time on it, and how much still waits?
-- parameters:
--   team String = '': the team that owns the items; empty: all teams, each with its row
--   from DateTime64(3, 'UTC') = 1970-01-01: items created at this time or later
--   to DateTime64(3, 'UTC') = 2299-01-01: items created before this time
-- columns:
--   team: the team; empty: unattributed, items that no team owns
--   items: forced long-term items by their current verdict
--   resourced: of those, the items that received effort
--   median: median of the days from when these were created to the first day of effort; NULL: none received any
--   p85: their 85th percentile
--   waiting: of the items, those that are open and received none
--   oldest: when the oldest of these was created; NULL: none waits
--   avoided: of the items, those that were closed without any effort
-- unit: items; whole days, weekends included
SELECT
    team, count() AS items, countIf(w.first_effort_at IS NOT NULL) AS resourced,
    round(quantileExactInclusiveOrNull(0.5)(if(w.first_effort_at IS NULL, NULL, greatest(0, dateDiff('day', w.created_at, w.first_effort_at)))), 2) AS median,
    round(quantileExactInclusiveOrNull(0.85)(if(w.first_effort_at IS NULL, NULL, greatest(0, dateDiff('day', w.created_at, w.first_effort_at)))), 2) AS p85,
    countIf(w.first_effort_at IS NULL AND w.state IN ('open', 'in_progress')) AS waiting,
    minOrNullIf(w.created_at, w.first_effort_at IS NULL AND w.state IN ('open', 'in_progress')) AS oldest,
    items - resourced - waiting AS avoided
FROM work_items AS w
WHERE w.quadrant = 'forced_long' AND w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
    AND w.created_at >= {from:DateTime64(3, 'UTC')} AND w.created_at < {to:DateTime64(3, 'UTC')}
GROUP BY team
ORDER BY team
