-- view: missing_items
-- row: an item that is not in the tables as its tracker shows it
-- key: source, key
-- joins: source, project and kind to coverage; item_id to work_items
-- adds up: count
-- null: since: it is not known since when
-- freshness: now, but what waits or has come is told with the rows of work_items, within a few seconds; what a tracker has and no list has told yet has no row until the next census, but counts in coverage.missing
-- stability: preview
-- example: SELECT source, key, why, reason FROM missing_items WHERE NOT in_table
-- columns:
--   source String: Configured name of the source
--   project String: owner/repo on GitHub, the project key on Jira
--   kind String: issue (incidents are issues of their tracker) or pull_request
--   item_id String: Id of the item, or empty where it has never been read
--   key String: Key as people write it; the id where no key is known
--   why String: not_read: the tracker did not give it, it is tried again; too_large for the log; not_processed: a processor refused it; waiting to be processed
--   reason String: What went wrong, or empty while it waits
--   since Nullable(DateTime64(3, 'UTC')): Since when
--   in_table Bool: An earlier state of it is in the tables

SELECT source, project, toString(kind) AS kind, item_id, key, why, reason, since, CAST(in_table, 'Bool') AS in_table
FROM {{template "missing" .}}
