-- title: Effort of a quarter, and of the days before
-- question: What did the people of each team spend on which item on each day of a period, and on what kind of work before it?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   begin Date: days from this one on, without items
--   from Date: days from this one on with their items
--   to Date: days before this one
-- columns:
--   day: the day
--   team: team of the people who worked; empty: none
--   item_team: team that owns the item
--   item_id: id of the item; empty: unallocated, or a day before the period
--   effort_days: person-days under the configured weights
--   time_days: person-days if only the time in progress counted
--   activity_days: person-days if only activity counted
--   category: category of the item
--   category_source: which step decided it
--   quadrant: quadrant that held on that day, or unallocated
--   forced: the forced score that held, weighted by effort; NULL: no verdict
--   long: the long score, likewise
--   forced_reason: why the work is forced, or empty
--   initiative: key initiative that holds the item, or empty
--   ask: user ask that holds the item, or empty
--   asker: who asked
--   asker_team: the asker's team, or empty
--   planned: planned at the quarter's freeze; NULL: no plan
--   unplanned_kind: new, escalated, scope or empty
--   model: version of the effort model
--   config_hash: hash of its settings
-- unit: person-days
SELECT
    e.day AS day, e.team AS team, if(e.day >= {from:Date}, e.item_team, '') AS item_team, if(e.day >= {from:Date}, e.item_id, '') AS item_id,
    sum(e.effort_days) AS effort_days, sum(e.time_days) AS time_days, sum(e.activity_days) AS activity_days,
    if(e.item_id = '', 'unallocated', if(e.day >= {from:Date}, e.category, '')) AS category, if(e.day >= {from:Date}, e.category_source, '') AS category_source, e.quadrant AS quadrant,
    sumOrNull(e.forced * e.effort_days) / nullIf(sumIf(e.effort_days, isNotNull(e.forced)), 0) AS forced,
    sumOrNull(e.long * e.effort_days) / nullIf(sumIf(e.effort_days, isNotNull(e.long)), 0) AS long,
    e.forced_reason AS forced_reason,
    if(e.day >= {from:Date}, e.initiative, '') AS initiative, if(e.day >= {from:Date}, e.ask, '') AS ask, if(e.day >= {from:Date}, e.asker, '') AS asker,
    if(e.day >= {from:Date}, e.asker_team, '') AS asker_team, if(e.day >= {from:Date}, e.planned, NULL) AS planned, if(e.day >= {from:Date}, e.unplanned_kind, '') AS unplanned_kind,
    any(e.model) AS model, any(e.config_hash) AS config_hash
FROM effort_within(known_at = {known_at:DateTime64(3, 'UTC')}, since = {begin:Date}, until = {to:Date}) AS e
WHERE e.day >= {begin:Date} AND e.day < {to:Date}
GROUP BY ALL
ORDER BY day, team, item_id, category, category_source, quadrant, forced_reason, initiative, ask, asker, asker_team, planned, unplanned_kind, item_team
