-- title: Unplanned work by asker
-- question: For whom did a team do the work that nobody had planned at the quarter's freeze?
-- parameters:
--   team String = '': the team whose people worked; empty: all teams together
--   from Date = 1970-01-01: days on this day or later
--   to Date = 2149-06-06: days before this day
-- columns:
--   asker: who asked: the ask's asker, else whom a configured label names, else the reporter's team, else unknown
--   whose: own, if the asker is the team that owns the item; others; or unknown
--   effort_days: person-days
--   new: of these, of items that nobody had planned
--   escalated: of these, of items whose priority rose after the freeze
--   scope: of these, of items that were added to planned work after it
--   items: how many items
--   share: effort_days as part of all unplanned days
-- unit: person-days; items; share as a fraction of 1
SELECT
    e.asker AS asker, multiIf(e.asker_team = '' AND e.asker IN ('', 'unknown'), 'unknown', e.asker_team != '' AND e.asker_team = e.item_team, 'own', 'others') AS whose,
    round(sum(e.effort_days), 2) AS effort_days,
    round(sumIf(e.effort_days, e.unplanned_kind = 'new'), 2) AS new, round(sumIf(e.effort_days, e.unplanned_kind = 'escalated'), 2) AS escalated,
    round(sumIf(e.effort_days, e.unplanned_kind = 'scope'), 2) AS scope, uniqExact(cityHash64(e.item_id)) AS items,
    round(sum(e.effort_days) / nullIf(sum(sum(e.effort_days)) OVER (), 0), 4) AS share
FROM effort AS e
WHERE NOT ifNull(e.planned, true) AND e.item_id != '' AND ({team:String} = '' OR e.team = {team:String}) AND e.day >= {from:Date} AND e.day < {to:Date}
GROUP BY asker, whose
ORDER BY effort_days DESC, asker, whose
