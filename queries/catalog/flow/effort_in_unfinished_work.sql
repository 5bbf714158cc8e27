-- title: Effort in unfinished work
-- question: How much of what teams spent in a period is finished by now, and how much waits to be, or was given up?
-- parameters:
--   team String = '': the team whose people worked; empty: all teams, each with its rows
--   from Date = 1970-01-01: days on this day or later
--   to Date = 2149-06-06: days before this day
-- columns:
--   team: the team; empty: unattributed, people who are in none
--   state: how the items stand now: done (only then it is of use), in_progress, open (put back, or worked on without being begun) or dropped
--   items: items that took the days
--   effort_days: person-days of the period
--   low: the least over the weightings of evidence
--   high: the greatest over them
--   share: effort_days as part of the team's on all items
-- unit: items; person-days; share as a fraction of 1
SELECT
    e.team AS team, if(e.finished, 'done', w.state) AS state, count() AS items, round(sum(e.days), 2) AS effort_days,
    round(least(sum(e.days), sum(e.by_time), sum(e.by_activity)), 2) AS low, round(greatest(sum(e.days), sum(e.by_time), sum(e.by_activity)), 2) AS high,
    round(sum(e.days) / nullIf(sum(sum(e.days)) OVER (PARTITION BY e.team), 0), 4) AS share
FROM
(
    SELECT team, cityHash64(item_id) AS item, max(finished) AS finished, sum(effort_days) AS days, sum(time_days) AS by_time, sum(activity_days) AS by_activity
    FROM effort
    WHERE item_id != '' AND ({team:String} = '' OR team = {team:String}) AND day >= {from:Date} AND day < {to:Date}
    GROUP BY team, item
    HAVING days > 0 -- 64 bits of an id are compared in a fraction of the time of the text
) AS e
LEFT ANY JOIN (SELECT cityHash64(item_id) AS item, state FROM work_items WHERE state != 'done') AS w ON w.item = e.item
GROUP BY team, state
ORDER BY team, state
