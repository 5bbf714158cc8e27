-- title: Overflow of user asks
-- question: How far did user asks go beyond what the plan gave them, whose were they, and what did key initiatives lose to them?
-- parameters:
--   team String = '': the team whose people worked; empty: all teams, each with its rows
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team; empty: unattributed, people who are in none
--   quarter: first day of the quarter
--   planned_days: person-days that the plan gave user asks; NULL without a plan
--   actual_days: person-days that user asks took
--   overflow_days: actual_days less planned_days; below 0: they took less. NULL without a plan
--   reliable: 1 if the band of actual_days does not hold planned_days; NULL without a plan
--   ranked_days: of actual_days, those on asks that a team ranked for a quarter
--   unranked_days: of actual_days, those on what nobody had ranked
--   unplanned_days: of actual_days, those that nobody had planned at the freeze; without a plan 0
--   from_others_days: of actual_days, those for which another team than the item's asked
--   asked: asks that the team ranked for the quarter
--   answered: of those, the ones that were answered
--   initiative_days_lost: what key initiatives lost to user asks, of others and its own; NULL without a plan
--   complete: the quarter is over and was observed from its first day
-- unit: person-days; asks
WITH
    (SELECT arraySort(groupArray(quarter)) FROM quarters) AS known
SELECT
    a.team AS team, a.quarter AS quarter, round(a.planned_days, 2) AS planned_days, round(a.actual_days, 2) AS actual_days,
    round(a.actual_days - a.planned_days, 2) AS overflow_days,
    a.actual_days_low > a.planned_days OR a.actual_days_high < a.planned_days AS reliable,
    round(e.ranked, 2) AS ranked_days, round(a.actual_days - e.ranked, 2) AS unranked_days, round(e.unplanned, 2) AS unplanned_days, round(e.from_others, 2) AS from_others_days,
    k.asked AS asked, k.answered AS answered, round(g.lost, 2) AS initiative_days_lost, a.complete AS complete
FROM allocation_quarterly AS a
LEFT ANY JOIN
(
    SELECT toString(s.team) AS team, arrayLast(q -> q <= s.month, known) AS quarter, sum(s.ranked_days) AS ranked, sum(s.unplanned_days) AS unplanned, sum(s.foreign_days) AS from_others
    FROM month_sums AS s FINAL
    WHERE (s.month, s.generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'months' GROUP BY day) AND s.category = 'user_asks'
    GROUP BY team, quarter
) AS e ON e.team = a.team AND e.quarter = a.quarter
LEFT ANY JOIN (SELECT team, quarter, count() AS asked, countIf(answered_at IS NOT NULL) AS answered FROM asks GROUP BY team, quarter) AS k ON k.team = a.team AND k.quarter = a.quarter
LEFT ANY JOIN
(
    SELECT team, quarter, toNullable(sum(days)) AS lost
    FROM gap_attribution
    WHERE category = 'key_initiatives' AND cause IN ('asks_from_others', 'other_asks')
    GROUP BY team, quarter
) AS g ON g.team = a.team AND g.quarter = a.quarter
WHERE a.category = 'user_asks' AND ({team:String} = '' OR a.team = {team:String}) AND a.quarter >= {from:Date} AND a.quarter < {to:Date}
ORDER BY team, quarter
