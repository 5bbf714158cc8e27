-- view: directory
-- row: what a tracker tells now of a team, of an organisation's members, of who owns a repository's files, or of a project
-- key: source, kind, name
-- joins: name of the kinds codeowners and project to workmix.work_items.project
-- adds up: count
-- null: none
-- freshness: the ingester reads it as often as it counts items (schedule.census)
-- stability: preview
-- example: SELECT name, JSONExtractString(content, 'team', 'name') AS team FROM directory WHERE kind = 'team'
-- columns:
--   source String: Configured name of the source
--   tracker String: github or jira
--   kind String: team, members (of an organisation), codeowners (of a repository) or project
--   name String: Whose: owner/slug of a team, the owner, or the project
--   content String: JSON as the tracker told it, in an object whose fields name the calls
--   recorded_at DateTime64(3, 'UTC'): Since when it is told so

SELECT source, tracker, kind, name, content, recorded_at
FROM
(
    SELECT *
    FROM directory_records
    ORDER BY source, kind, name, recorded_at DESC, digest
    LIMIT 1 BY source, kind, name
)
WHERE content != ''
