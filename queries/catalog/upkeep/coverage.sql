-- title: Coverage
-- question: Is everything that the trackers have in the log and in the tables?
-- columns:
--   source: configured name of the source
--   project: owner/repo or project key
--   kind: issue or pull_request
--   in_source: items by the tracker's own count; NULL before the first census
--   in_log: items that the log has
--   in_table: items that analysts see
--   missing: items of the tracker that analysts do not see; NULL before the first census
--   outdated: items that analysts see in an earlier state, because the newest could not be read or processed
--   oversize: items too large for the log, missing or outdated
--   unobserved: items that went out of sight with more than half of their project, as when a permission is lost
--   requests: requests that the source made so far, the same in each of its rows
--   last_success_at: when a run over the project last ended well
--   trouble: why the last run over the project did not end well, or empty
-- unit: items
SELECT source, project, kind, in_source, in_log, in_table, missing, outdated, oversize, unobserved, requests, last_success_at, trouble
FROM coverage
ORDER BY source, project, kind
