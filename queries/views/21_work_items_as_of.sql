-- view: work_items_as_of
-- like: work_items
-- parameters: at
-- row: an item as it stood at a time, as far as is known now: work_items_as_of(at = '2026-06-30 23:59:59')
-- key: item_id
-- joins: as work_items
-- adds up: as work_items
-- null: as work_items_at
-- freshness: as work_items: what was stored last is there as soon as it is derived. Then the rows are those of work_items_at with the greatest known_at, and are there much sooner: only items that changed since are looked up
-- stability: preview
-- example: SELECT state, count() FROM work_items_as_of(at = '2026-06-30 23:59:59') WHERE removed = '' GROUP BY state

WITH
    {{template "mark"}},
    {{template "members" .}} AS members,
    {{template "movers" .}} AS movers,
    apart AS {{template "apart" .}},
    {{template "moved" .}} AS moved,
    {{template "above" .}} AS above
SELECT {{template "item_columns"}}
FROM ({{template "work_items" (moved .)}})
UNION ALL
SELECT item_id, source, project, key, url, kind, type, title, state, status, priority, labels, components, milestone, sprint, points, due_at,
    author, assignees, author_is_bot, team, parent_key, initiative, ask, asker, asker_team, CAST(NULL, 'Nullable(Bool)'), created_at, started_at,
    CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))'), merged_at, closed_at, updated_at, reopened, removed, removed_at, forced, long, drive, horizon, quadrant, category,
    category_source, property, forced_reason, confidence, class_source, ruleset, CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), draft, resolution, recorded_at, verdict_from
FROM item_rows FINAL
WHERE created_at <= {at:DateTime64(3, 'UTC')} AND item_id NOT IN (SELECT arrayJoin(moved))
