-- title: Coverage
-- question: Is everything that the trackers have in the log and in the tables?
-- columns:
--   source: configured name of the source
--   project: owner/repo or project key
--   kind: issue or pull_request
--   in_source: items by the tracker's own count; NULL before the first census
--   in_log: items that the log has
--   in_table: items that analysts see
--   missing: in_source less in_table; NULL before the first census
--   oversize: items too large for the log
--   last_success_at: when a run over the project last ended well
-- unit: items
SELECT source, project, kind, in_source, in_log, in_table, missing, oversize, last_success_at
FROM coverage
ORDER BY source, project, kind
