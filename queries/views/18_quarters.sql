-- view: quarters
-- row: a quarter of the configured calendar, from the first of which anything is known to the last
-- key: quarter
-- joins: quarter to the columns of this name; an instant lies in the quarter where begins <= instant AND instant < ends
-- adds up: nothing
-- null: nothing
-- freshness: the newest item
-- stability: stable
-- example: SELECT q.name, count() FROM work_items AS w CROSS JOIN quarters AS q WHERE w.closed_at >= q.begins AND w.closed_at < q.ends GROUP BY q.name ORDER BY q.name
-- columns:
--   quarter Date: First day of the quarter
--   name String: As people write it: 2026-Q3 is the third of the fiscal year that begins in 2026
--   begins DateTime64(3, 'UTC'): Instant at which it begins in the configured time zone
--   ends DateTime64(3, 'UTC'): Instant at which it ends, exclusive

SELECT
    toDate(first_day) AS quarter,
    concat(toString(toYear(subtractMonths(first_day, {{.FiscalYearStarts}} - 1))), '-Q', toString(toQuarter(subtractMonths(first_day, {{.FiscalYearStarts}} - 1)))) AS name,
    toTimeZone({{midnight "first_day"}}, 'UTC') AS begins, toTimeZone({{midnight "addMonths(first_day, 3)"}}, 'UTC') AS ends
FROM
(
    SELECT arrayJoin(arrayMap(n -> toDate32(addMonths(first, 3 * n)), range(toUInt32(1 + intDiv(dateDiff('month', first, last), 3))))) AS first_day
    FROM
    (
        SELECT {{quarter (local "x.first")}} AS first, {{quarter (local "x.last")}} AS last
        FROM {{template "extent" .}} AS x
        WHERE x.n > 0
    )
)
