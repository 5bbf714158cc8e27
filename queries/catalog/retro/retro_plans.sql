-- title: Plans of a quarter, with their revisions
-- question: Which plans were recorded for a quarter, when and why, and which of them counts?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   quarter String: the quarter, such as 2026-Q3
--   from DateTime64(3, 'UTC'): when the quarter begins
-- columns:
--   team: the team
--   recorded_at: when the revision was published
--   frozen_at: when the plan was frozen
--   late_days: how many whole days after the quarter's beginning it was published; 0: in time
--   reason: why
--   capacity_days: person-days that it reckons with; NULL: it does not say
--   counts: it is the newest of the team
-- unit: plans; person-days
SELECT
    JSONExtractString(d.body, 'team') AS team, d.recorded_at AS recorded_at,
    parseDateTime64BestEffortOrNull(JSONExtractString(d.body, 'frozen_at'), 3, 'UTC') AS frozen_at,
    greatest(0, dateDiff('day', {from:DateTime64(3, 'UTC')}, d.recorded_at)) AS late_days, d.reason AS reason,
    JSONExtract(d.body, 'capacity_days', 'Nullable(Float64)') AS capacity_days,
    toBool(row_number() OVER (PARTITION BY d.id ORDER BY d.recorded_at DESC, d.valid_from DESC, d.body DESC) = 1) AS counts
FROM decisions AS d
WHERE d.kind = 'plan' AND NOT d.retracted AND d.recorded_at <= {known_at:DateTime64(3, 'UTC')} AND JSONExtractString(d.body, 'quarter') = {quarter:String}
ORDER BY team, recorded_at, d.valid_from, d.body
LIMIT 1 BY team, recorded_at, d.valid_from, d.body
