-- view: effort_within
-- like: effort
-- parameters: known_at, since, until
-- row: as effort_at, of some days: effort_within(known_at = '2026-07-05 12:00:00', since = '2026-04-01 00:00:00', until = '2026-07-01 00:00:00')
-- key: as effort
-- joins: as effort
-- adds up: as effort
-- null: as effort
-- freshness: as effort_at, of which it has the rows from the day since to before the day until, and looks only at the items on which somebody may have worked then
-- stability: preview
-- example: SELECT category, sum(effort_days) FROM effort_within(known_at = '2026-07-05 12:00:00', since = '2026-04-01 00:00:00', until = '2026-07-01 00:00:00') GROUP BY category

SELECT *, least(effort_days, time_days, activity_days) AS low, greatest(effort_days, time_days, activity_days) AS high,
    '{{model}}' AS model, '{{confighash}}' AS config_hash
FROM ({{template "effort" (within (asknown .))}})
WHERE {{template "asked" .}} = 0
