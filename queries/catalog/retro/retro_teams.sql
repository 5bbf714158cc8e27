-- title: Teams at a time
-- question: Which teams were there, as known at a time?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
-- columns:
--   id: id of the team
--   name: its name
--   group_name: name of its group, or empty
--   desired_forced: where it wants to be on the axis forced; NULL: it has not said
--   desired_long: likewise on the axis long
-- unit: teams
SELECT t.id AS id, t.name AS name, t.group_name AS group_name, t.desired_forced AS desired_forced, t.desired_long AS desired_long
FROM teams_at(known_at = {known_at:DateTime64(3, 'UTC')}) AS t
ORDER BY id
