-- title: Initiatives and their slip
-- question: When was each key initiative to be done, when is it now, and how far is it?
-- columns:
--   initiative: id of the initiative
--   name: its name
--   owner: team or group that answers for it
--   from: its first day
--   first_target: the target of its first revision
--   target: the target now
--   slip_days: days from the one to the other
--   items: its items that are not dropped
--   items_done: of those, the items done
--   effort_days: person-days spent on it
-- unit: days; items; person-days
SELECT
    i.id AS initiative, i.name AS name, i.owner AS owner, i.from AS from, i.first_target AS first_target, i.target AS target,
    dateDiff('day', i.first_target, i.target) AS slip_days, ifNull(w.items, 0) AS items, ifNull(w.items_done, 0) AS items_done,
    round(ifNull(e.days, 0), 2) AS effort_days
FROM initiatives AS i
LEFT ANY JOIN (SELECT initiative, count() AS items, countIf(state = 'done') AS items_done FROM work_items WHERE initiative != '' AND state != 'dropped' AND removed IN ('', 'archived', 'unobserved') GROUP BY initiative) AS w ON w.initiative = i.id
LEFT ANY JOIN (SELECT initiative, sum(effort_days) AS days FROM effort WHERE initiative != '' GROUP BY initiative) AS e ON e.initiative = i.id
ORDER BY from, initiative
