-- view: gap_attribution_of
-- like: gap_attribution
-- parameters: known_at, quarter
-- row: as gap_attribution_at, of the quarter that begins on that day
-- key: as gap_attribution
-- joins: as gap_attribution
-- adds up: as gap_attribution
-- null: as gap_attribution
-- freshness: as gap_attribution_at, of which it has the rows of one quarter, and looks only at the items on which somebody may have worked then
-- stability: preview
-- example: SELECT team, cause, days FROM gap_attribution_of(known_at = '2026-07-05 12:00:00', quarter = '2026-04-01 00:00:00') WHERE category = 'key_initiatives'

SELECT *
FROM ({{template "attribution" (during (asknown .))}})
WHERE {{template "asked" .}} = 0 AND quarter = toDate({quarter:DateTime64(3, 'UTC')})
