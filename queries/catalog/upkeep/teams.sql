-- title: Teams
-- question: Which teams are there, and where do they want to be on the grid?
-- columns:
--   id: id of the team
--   name: name of the team
--   group: name of its group, or empty
--   desired_forced: where it wants to be on the axis forced; NULL: it has not said
--   desired_long: likewise on the axis long
-- unit: scores from 0 to 1
SELECT t.id AS id, t.name AS name, t.group_name AS `group`, t.desired_forced AS desired_forced, t.desired_long AS desired_long
FROM teams AS t
ORDER BY id
