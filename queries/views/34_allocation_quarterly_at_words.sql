-- view: allocation_quarterly_at_words
-- like: allocation_quarterly
-- parameters: known_at, words_until
-- row: as allocation_quarterly_at, without the overrides that were given at words_until or later: what they moved is the difference
-- key: as allocation_quarterly
-- joins: as allocation_quarterly
-- adds up: as allocation_quarterly
-- null: as allocation_quarterly
-- freshness: does not change: the same times give the same rows for ever, as long as the log keeps its records. Computed at every question, which takes seconds a year.
-- stability: preview
-- example: SELECT team, category, actual_share FROM allocation_quarterly_at_words(known_at = '2026-07-05 12:00:00', words_until = '2026-07-01 00:00:00') WHERE quarter = '2026-04-01'

SELECT *
FROM ({{template "allocation" (worduntil (asknown .))}})
WHERE {{template "asked" .}} = 0
