-- view: initiative_progress
-- row: a key initiative at the end of a week, from its first week to now
-- key: initiative, week
-- joins: initiative to initiatives.id and work_items.initiative
-- adds up: effort_days and planned_days over any rows; items and items_done over the initiatives of one week
-- null: planned_days: no plan names the initiative. forecast_low, forecast_high: nothing is left, nothing was finished in eight weeks, or, of the later one, more is added than finished: no end is in sight
-- freshness: as effort
-- stability: preview
-- example: SELECT initiative, target, slip_days, forecast_low, forecast_high FROM initiative_progress ORDER BY week DESC LIMIT 1 BY initiative
-- columns:
--   initiative String: Id of the initiative
--   week Date: First day of the week
--   items UInt64: Items that belong to it by now and were there at the week's end, but those dropped until then
--   items_done UInt64: Of those, the items done at the week's end; what was opened again counts as it is now
--   effort_days Float64: Person-days of the week, of all teams
--   planned_days Nullable(Float64): Person-days that the plans of all teams give it, spread evenly over the days of their quarters
--   first_target Date32: The target of the initiative's first revision
--   target Date32: The target that was published last before the week's end; before the first publication that of the first
--   forecast_low Nullable(Date32): When it is done if items are finished as fast as in the best case of the last eight weeks (their number and its square root more)
--   forecast_high Nullable(Date32): When it is done in the worst case (the square root less), while items go on being added as in these eight weeks
--   slip_days Int32: Days from first_target to target

SELECT initiative, week, items, items_done, effort_days, planned_days, first_target, target, forecast_low, forecast_high, slip_days
FROM ({{template "progress" .}})
