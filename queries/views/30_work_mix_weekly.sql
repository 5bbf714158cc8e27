-- view: work_mix_weekly
-- row: a quadrant of a team in a week. Every team has a row for each quadrant and each week from the first item's to the last observation's
-- key: team, week, quadrant
-- joins: team to teams.id
-- adds up: opened, closed, points, days_in_progress over any rows; wip over teams and quadrants of one week, not over weeks; effort_days over any rows: over the quadrants of a team-week it is the capacity of its people; share over the quadrants of a team-week. effort_low and effort_high bound a row, not a sum
-- null: share: none of the team's people were there that week. effort_days, effort_low, effort_high, share: effort was never derived.
-- freshness: as effort. Past weeks change when a tracker tells an old change otherwise, or a decision moves an item to another team.
-- stability: stable
-- example: SELECT week, quadrant, sum(closed) FROM work_mix_weekly WHERE team IN (SELECT id FROM teams WHERE `group` = 'foundation') GROUP BY week, quadrant ORDER BY week
-- columns:
--   team String: Team that the item belongs to by its state at the week's end and its people's memberships on the week's last day, as in work_items; empty if none
--   week Date: First day of the week, in the calendar's time zone
--   quadrant String: The item's verdict at the week's end: forced_short, forced_long, discretionary_short, discretionary_long, undetermined; or unallocated, which is time of people in which no tracker shows work. Effort counts by the verdict of its day
--   quarter Date: First day of the quarter that the week's first day is in
--   opened Int64: Items opened in the week
--   closed Int64: Items closed (done or dropped) in the week that are still closed at its end
--   wip Int64: Items in progress at the week's end; in the last week, now
--   points Float64: Story points of the closed items
--   days_in_progress Float64: Days that items were in progress within the week, summed over items; an item whose verdict or team changes within the week has its days in both
--   effort_days Nullable(Float64): Person-days that the people of the team spent in the week, on whosever items
--   effort_low Nullable(Float64): Least of effort_days under the configured weights, by time in progress alone and by activity alone
--   effort_high Nullable(Float64): Greatest of the three
--   share Nullable(Float64): effort_days as part of the team-week's; sums to 1 over the quadrants
--   complete Bool: No project is being read for the first time, or it has been read back beyond this week already (newest first); then later weeks are complete and earlier ones may lack reviews, commits and sizes

SELECT w.*, toBool(w.week > toDate32({{template "reading" .}})) AS complete
FROM ({{template "work_mix_weekly" .}}) AS w
