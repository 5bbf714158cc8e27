-- title: Work in progress
-- question: How much did each team have in progress at once, and how many key initiatives, week by week?
-- parameters:
--   team String = '': the team; empty: all teams, each with its rows
--   from Date = 1970-01-01: weeks that begin on this day or later
--   to Date = 2149-06-06: weeks that begin before this day
-- columns:
--   team: the team; empty: unattributed, items that no team owns, and people in none
--   week: first day of the week
--   wip: items of the team in progress at the week's end
--   wip_forced: of those, the forced ones
--   closed: items of the team closed in the week
--   initiatives: key initiatives on which the team's people spent time in the week
--   which: their ids
--   initiative_days: what they took of the team's people
-- unit: items; initiatives; person-days
WITH
    (SELECT min(week) FROM week_sums) AS some_week
SELECT
    w.team AS team, w.week AS week, w.wip AS wip, w.wip_forced AS wip_forced, w.closed AS closed,
    length(which) AS initiatives, arraySort(i.spent.1) AS which, round(arraySum(i.spent.2), 2) AS initiative_days
FROM
(
    SELECT m.team AS team, m.week AS week, sum(m.wip) AS wip, sumIf(m.wip, startsWith(m.quadrant, 'forced')) AS wip_forced, sum(m.closed) AS closed
    FROM work_mix_weekly AS m
    WHERE ({team:String} = '' OR m.team = {team:String}) AND m.week >= {from:Date} AND m.week < {to:Date}
    GROUP BY team, week
) AS w
LEFT ANY JOIN
(
    SELECT team, week, groupArray((initiative, days)) AS spent
    FROM
    (
        SELECT toString(e.team) AS team, toDate(some_week + toInt32(7 * floor(dateDiff('day', some_week, e.day) / 7))) AS week, toString(e.initiative) AS initiative, sum(e.effort_days) AS days
        FROM
        (
            SELECT *
            FROM effort_sums FINAL
            WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day)
                AND initiative != '' AND ({team:String} = '' OR team = {team:String}) AND day >= {from:Date} AND day < toDate32({to:Date}) + 7
        ) AS e
        GROUP BY team, week, initiative
        HAVING days > 0
    )
    GROUP BY team, week
) AS i ON i.team = w.team AND i.week = w.week
ORDER BY team, week
