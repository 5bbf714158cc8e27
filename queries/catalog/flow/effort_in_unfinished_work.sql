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
WITH
    ['done', 'open', 'in_progress', 'dropped'] AS states, -- numbers and 64 bits of texts are compared in a fraction of the time of the texts
    (SELECT (groupArray(cityHash64(team)), groupArray(team)) FROM (SELECT DISTINCT team FROM effort_rows)) AS teams
SELECT
    transform(s.place, teams.1, teams.2, '') AS team, if(s.stands = 0, '', states[s.stands]) AS state, s.n AS items, round(s.days, 2) AS effort_days,
    round(least(s.days, s.by_time, s.by_activity), 2) AS low, round(greatest(s.days, s.by_time, s.by_activity), 2) AS high,
    round(s.days / nullIf(sum(s.days) OVER (PARTITION BY s.place), 0), 4) AS share
FROM
(
    SELECT e.place AS place, if(e.finished, 1, w.stands) AS stands, count() AS n, sum(e.days) AS days, sum(e.by_time) AS by_time, sum(e.by_activity) AS by_activity
    FROM
    (
        SELECT cityHash64(team) AS place, item, max(finished) AS finished, sum(effort_days) AS days, sum(time_days) AS by_time, sum(activity_days) AS by_activity
        FROM effort_rows FINAL
        WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day)
            AND item_id != '' AND ({team:String} = '' OR team = {team:String}) AND day >= {from:Date} AND day < {to:Date}
        GROUP BY place, item
        HAVING days > 0
    ) AS e
    LEFT ANY JOIN (SELECT item, toUInt8(indexOf(states, state)) AS stands FROM item_rows FINAL WHERE state != 'done') AS w ON w.item = e.item
    GROUP BY place, stands
) AS s
ORDER BY team, state
