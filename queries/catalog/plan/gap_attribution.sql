-- title: Where lost time went
-- question: What took the days that a category was to have, cause by cause, so that they sum to the gap?
-- parameters:
--   team String = '': the team; empty: all teams
--   category String = key_initiatives: the category that lost days; empty: each
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team
--   quarter: first day of the quarter
--   category: the category that lost days
--   cause: capacity, incidents, asks_from_others, other_asks, baseline, initiatives, scope, help, unplaced or unexplained
--   days: person-days lost to it; below 0 it offset others. They sum to planned less actual days
--   share: days as part of the capacity that the plan reckons with
--   days_reversed: days, had the causes been counted in the reverse order
--   complete: the quarter is over and was observed from its first day
-- unit: person-days; share as a fraction of 1
SELECT team, quarter, category, cause, round(g.days, 4) AS days, round(g.share, 4) AS share, round(g.days_reversed, 4) AS days_reversed, complete
FROM gap_attribution AS g
WHERE ({team:String} = '' OR team = {team:String}) AND ({category:String} = '' OR category = {category:String})
    AND quarter >= {from:Date} AND quarter < {to:Date}
ORDER BY team, quarter, category, place
