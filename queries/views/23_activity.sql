-- view: activity
-- row: something that a person did on an item
-- key: activity_id
-- joins: item_id to work_items; person to people.id; team to teams.id
-- adds up: count over any set; an activity belongs to one team, the person's on that day
-- null: none
-- freshness: the newest observation of the item; an activity that a later observation no longer tells (a deleted comment) stays
-- stability: stable
-- example: SELECT team, action, count() FROM activity WHERE at >= '2026-07-01' AND NOT is_bot GROUP BY team, action
-- columns:
--   activity_id String: Id of the activity
--   item_id String: Id of the item
--   source String: Configured name of the source
--   project String: owner/repo on GitHub, the project key on Jira
--   person String: Pseudonym of who acted; a person's where a decision merges accounts
--   team String: The person's team on that day; empty if none. Of several the one with the greatest share
--   is_bot Bool: A program acted
--   action String: What was done: opened, commented, reviewed, committed, ...
--   at DateTime64(3, 'UTC'): When
--   recorded_at DateTime64(3, 'UTC'): When workmix learned of it

WITH
    {{template "people" .}} AS people,
    {{template "bots" .}} AS bots,
    {{template "members" .}} AS members
SELECT
    a.activity_id AS activity_id, a.item_id AS item_id, a.source AS source, a.project AS project,
    transform(a.person, people.1, people.2, a.person) AS person,
    arrayFirst(s -> s.1 <= toDate32(a.at, '{{.Timezone}}') AND toDate32(a.at, '{{.Timezone}}') < s.2,
        members.2[transform(transform(a.person, people.1, people.2, a.person), members.1, arrayEnumerate(members.1), 1)]).3 AS team,
    a.is_bot OR has(bots, transform(a.person, people.1, people.2, a.person)) AS is_bot,
    a.action AS action, a.at AS at, a.recorded_at AS recorded_at
FROM
(
    SELECT *
    FROM activities
    ORDER BY item_id, activity_id, recorded_at DESC, position DESC
    LIMIT 1 BY item_id, activity_id
) AS a
