-- title: Interrupts by weekday
-- question: On which days of the week do emergencies come, and how much of the day do they take?
-- parameters:
--   team String = '': the team that owns the items, and whose people worked; empty: all teams together
--   from Date = 1970-01-01: days on this day or later
--   to Date = 2149-06-06: days before this day
--   timezone String = UTC: the time zone whose midnight ends the day on which an item came; effort is by the days of who worked
-- columns:
--   weekday: 1 is Monday, 7 Sunday
--   name: its name
--   opened: forced short-term items that were opened on it
--   opened_share: these as part of all that were opened in the period
--   effort_days: person-days that forced short-term work took on it
--   effort_share: these as part of the weekday's person-days on items; NULL: nobody worked on any
-- unit: items; person-days; shares as fractions of 1
SELECT
    u.weekday AS weekday, ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][u.weekday] AS name,
    sum(u.opened) AS opened, round(sum(u.opened) / nullIf(sum(sum(u.opened)) OVER (), 0), 4) AS opened_share,
    round(sum(u.days), 2) AS effort_days, round(sum(u.days) / nullIf(sum(u.whole), 0), 4) AS effort_share
FROM
(
    SELECT toUInt8(number + 1) AS weekday, toInt64(0) AS opened, 0. AS days, 0. AS whole
    FROM numbers(7)
    UNION ALL
    SELECT toDayOfWeek(w.created_at, 0, {timezone:String}) AS weekday, toInt64(count()), 0., 0.
    FROM work_items AS w
    WHERE w.quadrant = 'forced_short' AND w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
        AND toDate(w.created_at, {timezone:String}) >= {from:Date} AND toDate(w.created_at, {timezone:String}) < {to:Date}
    GROUP BY weekday
    UNION ALL
    SELECT toDayOfWeek(e.day) AS weekday, toInt64(0), sumIf(e.effort_days, e.quadrant = 'forced_short'), sum(e.effort_days)
    FROM
    (
        SELECT *
        FROM effort_sums FINAL
        WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day)
            AND quadrant != 'unallocated' AND ({team:String} = '' OR team = {team:String}) AND day >= {from:Date} AND day < {to:Date}
    ) AS e
    GROUP BY weekday
) AS u
GROUP BY weekday
ORDER BY weekday
