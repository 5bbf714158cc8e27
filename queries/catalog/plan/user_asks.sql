-- title: User asks
-- question: Which asks did teams rank first for a quarter, what did they take, and were they answered?
-- parameters:
--   team String = '': the team that was asked; empty: all teams
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team that was asked
--   quarter: first day of the quarter
--   rank: 1 is the most urgent
--   ask: id of the ask
--   title: what is asked
--   asker: who asks
--   answered_at: when it was answered; NULL: not yet
--   items: items that belong to it
--   items_done: of those, the items done
--   effort_days: person-days spent on it so far, in any quarter
-- unit: items; person-days
SELECT
    a.team AS team, a.quarter AS quarter, a.rank AS rank, a.id AS ask, a.title AS title, a.asker AS asker, a.answered_at AS answered_at,
    ifNull(w.items, 0) AS items, ifNull(w.items_done, 0) AS items_done, round(ifNull(e.days, 0), 2) AS effort_days
FROM asks AS a
LEFT ANY JOIN (SELECT ask, count() AS items, countIf(state = 'done') AS items_done FROM work_items WHERE ask != '' GROUP BY ask) AS w ON w.ask = a.id
LEFT ANY JOIN (SELECT ask, sum(effort_days) AS days FROM effort WHERE ask != '' GROUP BY ask) AS e ON e.ask = a.id
WHERE ({team:String} = '' OR a.team = {team:String}) AND a.quarter >= {from:Date} AND a.quarter < {to:Date}
ORDER BY quarter DESC, team, rank, ask
