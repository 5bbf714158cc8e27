-- view: allocation_quarterly_of_words
-- like: allocation_quarterly
-- parameters: known_at, quarter, words_until
-- row: as allocation_quarterly_at of the quarter that begins on that day, without the overrides that were given at words_until or later: what they moved is the difference
-- key: as allocation_quarterly
-- joins: as allocation_quarterly
-- adds up: as allocation_quarterly
-- null: as allocation_quarterly
-- freshness: as allocation_quarterly_at_words, of which it has the rows of one quarter, and looks only at the items on which somebody may have worked then
-- stability: preview
-- example: SELECT team, category, actual_share FROM allocation_quarterly_of_words(known_at = '2026-07-05 12:00:00', quarter = '2026-04-01 00:00:00', words_until = '2026-07-01 00:00:00')

SELECT *
FROM ({{template "allocation" (worduntil (during (asknown .)))}})
WHERE {{template "asked" .}} = 0 AND quarter = toDate({quarter:DateTime64(3, 'UTC')})
