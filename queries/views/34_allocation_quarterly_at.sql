-- view: allocation_quarterly_at
-- like: allocation_quarterly
-- parameters: known_at
-- row: as allocation_quarterly, computed from what was known at a time: allocation_quarterly_at(known_at = '2026-07-05 12:00:00')
-- key: as allocation_quarterly
-- joins: as allocation_quarterly
-- adds up: as allocation_quarterly
-- null: as allocation_quarterly
-- freshness: does not change: the same time gives the same rows for ever, as long as the log keeps its records. Computed at every question, which takes seconds a year.
-- stability: preview
-- example: SELECT team, category, gap FROM allocation_quarterly_at(known_at = '2026-07-05 12:00:00') WHERE quarter = '2026-04-01'

SELECT *
FROM ({{template "allocation" (asknown .)}})
WHERE {{template "asked" .}} = 0
