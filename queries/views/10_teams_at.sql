-- view: teams_at
-- like: teams
-- parameters: known_at
-- row: a team, as known at a time: teams_at(known_at = '2026-07-05 12:00:00')
-- key: id
-- joins: as teams
-- adds up: as teams
-- null: as teams
-- freshness: does not change: the same time gives the same rows for ever, as long as the log keeps its records
-- stability: stable
-- example: SELECT id, name FROM teams_at(known_at = '2026-07-05 12:00:00')

SELECT * FROM ({{template "teams" (asknown .)}})
WHERE {{template "asked" .}} = 0
