-- view: teams
-- row: a team, as the decision files say; while they name none, each project as a provisional team
-- key: id
-- joins: id to work_items.team, work_mix_weekly.team, memberships.team
-- adds up: nothing; an organisation is a GROUP BY over its teams
-- null: desired_forced, desired_long: no desired position
-- freshness: the last workmix apply
-- stability: stable
-- example: SELECT group_name, count() FROM teams GROUP BY group_name
-- columns:
--   id String: Id of the team
--   name String: Name of the team
--   group String: Id of the group that the team belongs to, or empty
--   group_name String: Name of the group, or empty
--   desired_forced Nullable(Float64): Where the team wants to be on the axis forced, 0 to 1
--   desired_long Nullable(Float64): Where the team wants to be on the axis long, 0 to 1
--   repositories Array(String): Repositories that the team owns; * stands for any text
--   projects Array(String): Projects that the team owns
--   components Array(String): Components that the team owns
--   labels Array(String): Labels that the team owns
--   valid_from DateTime64(3, 'UTC'): From when the decision holds
--   recorded_at DateTime64(3, 'UTC'): When it was published
--   author String: Pseudonym of who published it, or the program that did
--   reason String: Why, or empty
--   provisional Bool: Nobody has decided on teams yet: this is a repository or project that stands for its owner

SELECT
    t.id AS id, JSONExtractString(t.body, 'name') AS name, JSONExtractString(t.body, 'group') AS `group`,
    JSONExtractString(g.body, 'name') AS group_name,
    JSONExtract(t.body, 'desired', 'forced', 'Nullable(Float64)') AS desired_forced,
    JSONExtract(t.body, 'desired', 'long', 'Nullable(Float64)') AS desired_long,
    JSONExtract(t.body, 'owns', 'repositories', 'Array(String)') AS repositories,
    JSONExtract(t.body, 'owns', 'projects', 'Array(String)') AS projects,
    JSONExtract(t.body, 'owns', 'components', 'Array(String)') AS components,
    JSONExtract(t.body, 'owns', 'labels', 'Array(String)') AS labels,
    t.valid_from AS valid_from, t.recorded_at AS recorded_at, t.author AS author, t.reason AS reason,
    false AS provisional
FROM {{template "decided" (kind . "team")}} AS t
LEFT ANY JOIN {{template "decided" (kind . "group")}} AS g ON g.id = JSONExtractString(t.body, 'group')
UNION ALL
SELECT
    id, project, '', '', NULL, NULL, if(position(project, '/') > 0, [toString(project)], []), if(position(project, '/') > 0, [], [toString(project)]),
    [], [], toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), since, '', '', true
FROM {{template "provisional" .}}
