-- view: effort_at
-- like: effort
-- parameters: known_at
-- row: as effort, computed from what was known at a time: effort_at(known_at = '2026-07-05 12:00:00')
-- key: as effort
-- joins: as effort
-- adds up: as effort
-- null: as effort
-- freshness: does not change: the same time gives the same rows for ever, as long as the log keeps its records. Computed at every question, which takes seconds a year.
-- stability: preview
-- example: SELECT category, sum(effort_days) FROM effort_at(known_at = '2026-07-05 12:00:00') WHERE day >= '2026-04-01' AND day < '2026-07-01' GROUP BY category

SELECT *, least(effort_days, time_days, activity_days) AS low, greatest(effort_days, time_days, activity_days) AS high,
    '{{model}}' AS model, '{{confighash}}' AS config_hash
FROM ({{template "effort" (asknown .)}})
WHERE {{template "asked" .}} = 0
