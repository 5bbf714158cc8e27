-- title: Progress of key initiatives
-- question: How far is each key initiative, what did it take, and has its target slipped?
-- parameters:
--   initiative String = '': the initiative; empty: all of them
--   from Date = 1970-01-01: weeks that begin on this day or later
--   to Date = 2149-06-06: weeks that begin before this day
-- columns:
--   initiative: id of the initiative
--   week: first day of the week
--   items: its items at the week's end
--   items_done: of those, the items done
--   effort_days: person-days of the week, of all teams
--   planned_days: person-days that plans give it for the week; NULL if none names it
--   first_target: the target of its first revision
--   target: the target that was published last before the week's end
--   forecast_low: when it is done if the best of the last eight weeks goes on; NULL: nothing is left, or nothing was finished in them
--   forecast_high: likewise of the worst, while items go on being added; NULL: no end is in sight either
--   slip_days: days from first_target to target
-- unit: items; person-days; days
SELECT
    initiative, week, items, items_done, round(p.effort_days, 2) AS effort_days, round(p.planned_days, 2) AS planned_days,
    first_target, target, forecast_low, forecast_high, slip_days
FROM initiative_progress AS p
WHERE ({initiative:String} = '' OR initiative = {initiative:String}) AND week >= {from:Date} AND week < {to:Date}
ORDER BY initiative, week
