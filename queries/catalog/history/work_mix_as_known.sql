-- title: Work mix as it was known
-- question: How did each team's work of a period divide among the quadrants, as far as was known at a time? Later changes of labels, rules and overrides are left out.
-- parameters:
--   from DateTime64(3, 'UTC'): the period begins
--   to DateTime64(3, 'UTC'): the period ends, exclusive
--   known_at DateTime64(3, 'UTC') = 2299-12-31: leave out what became known later
-- columns:
--   team: the team; empty: unattributed, items that no team owns
--   quadrant: the verdict at the end of the period
--   items: items closed in the period, or in progress at its end
--   share: of the team's
-- unit: items
SELECT team, quadrant, count() AS items, round(items / sum(items) OVER (PARTITION BY team), 4) AS share
FROM work_items_at(at = {to:DateTime64(3, 'UTC')}, known_at = {known_at:DateTime64(3, 'UTC')}) AS w
WHERE w.removed IN ('', 'archived', 'unobserved') AND (w.state = 'in_progress' OR w.closed_at >= {from:DateTime64(3, 'UTC')} AND w.closed_at < {to:DateTime64(3, 'UTC')})
GROUP BY team, quadrant
ORDER BY team, quadrant
