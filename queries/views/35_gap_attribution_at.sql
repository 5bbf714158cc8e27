-- view: gap_attribution_at
-- like: gap_attribution
-- parameters: known_at
-- row: as gap_attribution, computed from what was known at a time: gap_attribution_at(known_at = '2026-07-05 12:00:00')
-- key: as gap_attribution
-- joins: as gap_attribution
-- adds up: as gap_attribution
-- null: as gap_attribution
-- freshness: does not change: the same time gives the same rows for ever, as long as the log keeps its records. Computed at every question, which takes seconds a year.
-- stability: preview
-- example: SELECT team, cause, days FROM gap_attribution_at(known_at = '2026-07-05 12:00:00') WHERE quarter = '2026-04-01' AND category = 'key_initiatives'

SELECT *
FROM ({{template "attribution" (asknown .)}})
WHERE {{template "asked" .}} = 0
