-- view: allocation_quarterly_within
-- like: allocation_quarterly
-- parameters: known_at, since, until
-- row: as allocation_quarterly_at, of some quarters: since and until are days on which one begins
-- key: as allocation_quarterly
-- joins: as allocation_quarterly
-- adds up: as allocation_quarterly
-- null: as allocation_quarterly
-- freshness: as allocation_quarterly_at, of which it has the rows from the day since to before the day until, and looks only at the items on which somebody may have worked then
-- stability: preview
-- example: SELECT team, category, gap FROM allocation_quarterly_within(known_at = '2026-07-05 12:00:00', since = '2026-04-01 00:00:00', until = '2026-07-01 00:00:00')

SELECT *
FROM ({{template "allocation" (within (asknown .))}})
WHERE {{template "asked" .}} = 0 AND quarter >= toDate32({since:DateTime64(3, 'UTC')}) AND quarter < toDate32({until:DateTime64(3, 'UTC')})
