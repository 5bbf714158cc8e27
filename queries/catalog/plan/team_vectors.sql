-- title: Team vectors
-- question: Where did each team lie on the grid month by month by its effort, how far from where it wants to be, and as which archetype?
-- parameters:
--   team String = '': the team; empty: all teams
--   from Date = 1970-01-01: months that begin on this day or later
--   to Date = 2149-06-06: months that begin before this day
-- columns:
--   team: the team; empty: unattributed, people who are in none
--   month: first day of the month
--   forced: mean forced score, weighted by effort; NULL without any
--   long: mean long score likewise
--   forced_low: lower end of its band
--   forced_high: upper end of its band
--   long_low: lower end of its band
--   long_high: upper end of its band
--   share_forced_short: part of the effort on items
--   share_forced_long: likewise
--   share_discretionary_short: likewise
--   share_discretionary_long: likewise
--   share_undetermined: likewise
--   effort_days: person-days on items
--   distance: from where the team wants to be; NULL: it has not said
--   archetype: firefighting, research, balanced, mixed or undetermined
--   warning: no_forced, no_discretionary, split, or empty
--   complete: the month is over and was observed from its first day
-- unit: person-days; scores from 0 to 1; shares as fractions of 1
SELECT
    team, month, round(v.forced, 4) AS forced, round(v.long, 4) AS long, round(v.forced_low, 4) AS forced_low, round(v.forced_high, 4) AS forced_high,
    round(v.long_low, 4) AS long_low, round(v.long_high, 4) AS long_high,
    round(v.share_forced_short, 4) AS share_forced_short, round(v.share_forced_long, 4) AS share_forced_long,
    round(v.share_discretionary_short, 4) AS share_discretionary_short, round(v.share_discretionary_long, 4) AS share_discretionary_long,
    round(v.share_undetermined, 4) AS share_undetermined, round(v.effort_days, 2) AS effort_days, round(v.distance, 4) AS distance,
    archetype, warning, complete
FROM team_vectors AS v
WHERE ({team:String} = '' OR team = {team:String}) AND month >= {from:Date} AND month < {to:Date}
ORDER BY team, month
