-- title: Missing items
-- question: Which items are not in the tables as their trackers show them, and why?
-- columns:
--   source: configured name of the source
--   project: owner/repo or project key
--   key: key of the item; its id where no key is known
--   why: not_read, too_large, not_processed or waiting
--   reason: what went wrong
--   since: since when
--   in_table: an earlier state of it is in the tables
-- unit: items
SELECT source, project, key, why, reason, since, in_table
FROM missing_items
ORDER BY source, project, key
