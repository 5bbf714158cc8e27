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
{{template "activity" .}}
