-- title: State as of a date
-- question: How many items of each team were in which state and quadrant at a time, as far as was known at another?
-- parameters:
--   at DateTime64(3, 'UTC'): the time that is asked about
--   known_at DateTime64(3, 'UTC') = 2299-12-31: leave out what became known later
-- columns:
--   team: the team; empty: unattributed, items that no team owns
--   state: open, in_progress, done or dropped
--   quadrant: the verdict at that time
--   items: items that existed then
--   points: their story points
-- unit: items
SELECT team, state, quadrant, count() AS items, sum(ifNull(w.points, 0)) AS points
FROM work_items_at(at = {at:DateTime64(3, 'UTC')}, known_at = {known_at:DateTime64(3, 'UTC')}) AS w
WHERE w.removed IN ('', 'archived', 'unobserved')
GROUP BY team, state, quadrant
ORDER BY team, state, quadrant
