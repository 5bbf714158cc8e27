-- title: Where the days of a category went
-- question: How many days did each category of a team's quarter lose to which cause, as known at a time?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   quarter Date: first day of the quarter
-- columns:
--   team: the team
--   category: the category
--   cause: the cause
--   days: person-days lost to it; below 0: gained
--   days_reversed: days, had the causes been counted in the reverse order
-- unit: person-days
SELECT a.team AS team, a.category AS category, a.cause AS cause, a.days AS days, a.days_reversed AS days_reversed
FROM gap_attribution_of(known_at = {known_at:DateTime64(3, 'UTC')}, quarter = {quarter:Date}) AS a
WHERE a.quarter = {quarter:Date}
ORDER BY team, category, a.place
