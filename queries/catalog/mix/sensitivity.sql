-- title: Sensitivity of conclusions
-- question: Does what one would say of a team hold under every measure, weighting, border and threshold?
-- parameters:
--   team String = '': the team; empty: all teams, each with its rows
--   from Date = 1970-01-01: days on this day or later, and weeks that begin so
--   to Date = 2149-06-06: days before this day, and weeks that begin so
--   border Float64 = 0.1: how far the border between forced and discretionary, short and long is moved from 0.5
--   step Float64 = 0.05: how far the thresholds of the archetypes are moved
-- columns:
--   team: the team; empty: unattributed, people who are in none, and items that no team owns
--   conclusion: drive (which takes more than half), horizon (likewise), quadrant (the largest) or archetype
--   variant: how it was reckoned; the first, effort, is what the others are held against
--   answer: what follows; none: there is nothing to measure so
--   share: part of the answer in what the verdict decides; NULL for archetypes, and where there is nothing
--   holds: 1 if the answer is that of effort; NULL where either is none
--   holds_always: 1 if it is so of every variant that says anything of the team's conclusion; NULL where effort says nothing
-- unit: shares as fractions of 1
WITH
    ['effort', 'effort by time in progress alone', 'effort by activity alone', 'effort without ordinary defects as forced', 'effort with the border lower', 'effort with the border higher', 'items', 'points', 'days in progress'] AS variants,
    ['discretionary_short', 'discretionary_long', 'forced_short', 'forced_long', 'undetermined'] AS cells
SELECT
    team, conclusion, variant, answer, round(a.part, 4) AS share,
    if(a.answer = 'none' OR a.base = 'none', NULL, a.answer = a.base) AS holds,
    if(a.base = 'none', NULL, min(ifNull(holds, true)) OVER (PARTITION BY team, conclusion)) AS holds_always
FROM
(
    SELECT team, c.1 AS conclusion, c.2 AS variant, c.3 AS answer, c.4 AS part, c.5 AS place, anyIf(c.3, c.2 = 'effort') OVER (PARTITION BY team, c.1) AS base
    FROM
    (
        SELECT s.team AS team,
            s.fs + s.fl + s.ds + s.dl AS decided, (s.fs + s.fl) / nullIf(decided, 0) AS forced, (s.fl + s.dl) / nullIf(decided, 0) AS long,
            [s.fs, s.fl, s.ds, s.dl] AS quarters, indexOf(quarters, arrayMax(quarters)) AS largest,
            anyIf(s.fs + s.fl + s.ds + s.dl + s.un, s.place = 1) OVER (PARTITION BY s.team) AS effort,
            arrayMap(by -> multiIf(decided = 0, 'none', effort < 20 OR s.un > 0.4 * (decided + s.un), 'undetermined',
                s.fs / decided >= 0.6 + by, 'firefighting', s.dl / decided >= 0.6 + by AND forced <= 0.1 - by, 'research',
                least(forced, 1 - forced) >= 0.25 + by AND least(long, 1 - long) >= 0.2 + by, 'balanced', 'mixed'), [0., -{step:Float64}, {step:Float64}]) AS archetypes,
            arrayJoin(arrayConcat(
                [
                    ('drive', variants[s.place], multiIf(decided = 0, 'none', forced > 0.5, 'forced', forced < 0.5, 'discretionary', 'even'), greatest(forced, 1 - forced), s.place),
                    ('horizon', variants[s.place], multiIf(decided = 0, 'none', long > 0.5, 'long', long < 0.5, 'short', 'even'), greatest(long, 1 - long), s.place),
                    ('quadrant', variants[s.place], if(decided = 0, 'none', ['forced_short', 'forced_long', 'discretionary_short', 'discretionary_long'][largest]), quarters[largest] / nullIf(decided, 0), s.place),
                    ('archetype', variants[s.place], archetypes[1], NULL, s.place)
                ],
                if(s.place = 1, [('archetype', 'effort with looser thresholds', archetypes[2], NULL, 10), ('archetype', 'effort with stricter thresholds', archetypes[3], NULL, 11)], []))) AS c
        FROM
        (
            SELECT r.team AS team, v.1 AS place, sumIf(v.3, v.2 = 'forced_short') AS fs, sumIf(v.3, v.2 = 'forced_long') AS fl,
                sumIf(v.3, v.2 = 'discretionary_short') AS ds, sumIf(v.3, v.2 = 'discretionary_long') AS dl, sumIf(v.3, v.2 = 'undetermined') AS un
            FROM
            (
                SELECT toString(team) AS team, arrayJoin([(1, quadrant, days), (2, quadrant, by_time), (3, quadrant, by_activity), (4, if(ordinary, replaceOne(quadrant, 'forced', 'discretionary'), quadrant), days),
                    (5, cells[lower_border], days), (6, cells[higher_border], days)]) AS v
                FROM
                (
                    SELECT team, e.quadrant AS quadrant, forced_reason = 'defect' AS ordinary, -- numbers, of which there is a text for each group alone
                        if(forced IS NULL OR long IS NULL, 5, 1 + (assumeNotNull(long) >= 0.5 - {border:Float64}) + 2 * (assumeNotNull(forced) >= 0.5 - {border:Float64})) AS lower_border,
                        if(forced IS NULL OR long IS NULL, 5, 1 + (assumeNotNull(long) >= 0.5 + {border:Float64}) + 2 * (assumeNotNull(forced) >= 0.5 + {border:Float64})) AS higher_border,
                        sum(effort_days) AS days, sum(time_days) AS by_time, sum(activity_days) AS by_activity
                    FROM effort AS e
                    WHERE item_id != '' AND ({team:String} = '' OR team = {team:String}) AND day >= {from:Date} AND day < {to:Date}
                    GROUP BY ALL
                )
                UNION ALL
                SELECT team, arrayJoin([(7, quadrant, toFloat64(items)), (8, quadrant, points), (9, quadrant, days)]) AS v
                FROM
                (
                    SELECT toString(m.team) AS team, toString(m.quadrant) AS quadrant, sum(m.wip + m.closed) AS items, sum(m.points) AS points, sum(m.days) AS days
                    FROM (SELECT * FROM week_sums WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'weeks') LIMIT 1 BY team, week, quadrant) AS m
                    WHERE ({team:String} = '' OR m.team = {team:String}) AND m.week >= {from:Date} AND m.week < {to:Date}
                    GROUP BY team, quadrant
                )
                UNION ALL
                SELECT id AS team, (toUInt8(arrayJoin(range(1, 10))), '', 0.) AS v
                FROM teams
                WHERE {team:String} = '' OR id = {team:String}
            ) AS r
            GROUP BY team, place
        ) AS s
    )
) AS a
ORDER BY team, indexOf(['drive', 'horizon', 'quadrant', 'archetype'], conclusion), a.place
