-- title: Actual days without late overrides
-- question: How would a quarter's days divide without the overrides that were given later?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   words_until DateTime64(3, 'UTC'): overrides given at this time or later do not count
--   quarter Date: first day of the quarter
-- columns:
--   team: the team; empty: people in none
--   category: the category
--   actual_days: person-days
-- unit: person-days
SELECT a.team AS team, a.category AS category, a.actual_days AS actual_days
FROM allocation_quarterly_of_words(known_at = {known_at:DateTime64(3, 'UTC')}, quarter = {quarter:Date}, words_until = {words_until:DateTime64(3, 'UTC')}) AS a
WHERE a.quarter = {quarter:Date}
ORDER BY team, category
