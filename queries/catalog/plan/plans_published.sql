-- title: Plans
-- question: What did each team plan for a quarter, who published it, and why?
-- parameters:
--   team String = '': the team; empty: all teams
-- columns:
--   team: the team
--   quarter: first day of the quarter
--   name: the quarter as people write it
--   user_asks: intended part of the capacity for user asks
--   platform_quality: for platform quality
--   key_initiatives: for key initiatives
--   capacity_days: person-days that the plan reckons with; NULL: what memberships and absences leave
--   frozen_at: what was planned then is planned work
--   recorded_at: when this revision was published
--   author: pseudonym of who published it, or the program that did
--   reason: why
-- unit: shares as fractions of 1; person-days
SELECT
    team, quarter, name, p.shares['user_asks'] AS user_asks, p.shares['platform_quality'] AS platform_quality, p.shares['key_initiatives'] AS key_initiatives,
    capacity_days, frozen_at, recorded_at, author, reason
FROM plans AS p
WHERE {team:String} = '' OR team = {team:String}
ORDER BY quarter DESC, team
