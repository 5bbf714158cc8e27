-- view: coverage
-- row: a kind of item of a project of a source; a source that could not be read at all has a row without project and kind
-- key: source, project, kind
-- joins: source and project to work_items; source, project and kind to missing_items
-- adds up: in_source, in_log, in_table, missing and outdated over any set of rows, where in_source is known for all of them. requests is the source's in each of its rows.
-- null: in_source, missing: the source has not been counted yet. last_success_at, fresh_at: no run over the project has ended well yet. requests: no tracker was asked.
-- freshness: in_source is the last census; in_log, in_table, missing, outdated and unobserved follow the log within a few seconds, as the rows of work_items do; the rest is now
-- stability: stable; outdated, requests, fresh_at and trouble are preview
-- example: SELECT project, kind, missing FROM coverage WHERE missing > 0
-- columns:
--   source String: Configured name of the source
--   project String: owner/repo on GitHub, the project key on Jira
--   kind String: issue (incidents are issues of their tracker) or pull_request
--   in_source Nullable(Int64): Items that the tracker has, by its own count; of imported items, those that were imported
--   in_log Int64: Items whose newest raw record is in the log and says that they exist
--   in_table Int64: Of those, the items that analysts see
--   missing Nullable(Int64): Items of the tracker that analysts do not see: in_source less in_table, or those that missing_items names if they are more
--   outdated Int64: Items that analysts see in an earlier state, because the newest could not be read or processed; missing_items names them
--   oversize Int64: Items too large for the log, kept as dead letters; they are missing, or outdated where an earlier state was not
--   unobserved Int64: Items that went out of sight together with more than half of their project, as when a permission is lost; they count in no other column
--   incomplete Int64: Items of the project, of both kinds, of which only what lists tell is in the log yet: the first reading completes them, newest first
--   counted_at Nullable(DateTime64(3, 'UTC')): When the tracker was counted
--   last_success_at Nullable(DateTime64(3, 'UTC')): When a run over the project last ended well; where nothing changes, to five minutes
--   fresh_at Nullable(DateTime64(3, 'UTC')): As of when the tables show what was read: last_success_at, or when the oldest record came that still waits
--   requests Nullable(Int64): Requests that the source made so far, refused and repeated ones included; of a running ingester, to five minutes
--   trouble String: Why the last run over the project did not end well, or empty

SELECT
    k.source AS source, k.project AS project, k.kind AS kind, max(k.counted) AS in_source, sum(k.logged) AS in_log,
    sum(k.tabled) AS in_table,
    if(isNull(in_source) AND sum(k.named) = 0, NULL, greatest(0, ifNull(in_source, 0) - in_table, sum(k.named))) AS missing,
    sum(k.old) AS outdated, sum(k.large) AS oversize, sum(k.unseen) AS unobserved, any(b.incomplete) AS incomplete, max(k.counted_at) AS counted_at, any(s.last_success_at) AS last_success_at,
    if(isNull(last_success_at), NULL, least(last_success_at, ifNull(min(k.waits), last_success_at))) AS fresh_at,
    any(q.requests) AS requests, any(if(p.reason != '', p.reason, o.reason)) AS trouble
FROM
(
    SELECT
        toString(c.source) AS source, toString(c.project) AS project, toString(c.kind) AS kind, CAST(NULL, 'Nullable(Int64)') AS counted, c.logged AS logged, c.tabled AS tabled, c.unseen AS unseen,
        toInt64(0) AS named, toInt64(0) AS old, toInt64(0) AS large, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS counted_at, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS waits
    FROM coverage_sums AS c FINAL
    WHERE c.logged > 0 OR c.unseen > 0
    UNION ALL
    SELECT source, project, name, JSONExtract(value, 'Nullable(Int64)'), 0, 0, 0, 0, 0, 0, recorded_at, NULL
    FROM
    (
        SELECT * FROM progress WHERE kind = 'count' ORDER BY source, project, name, recorded_at DESC LIMIT 1 BY source, project, name
    )
    UNION ALL
    SELECT
        source, project, kind, NULL, 0, 0, 0, toInt64(countIf(NOT in_table)), toInt64(countIf(in_table)), toInt64(countIf(why = 'too_large')), NULL,
        minIf(since, why = 'waiting')
    FROM {{template "missing" .}}
    GROUP BY source, project, kind
    UNION ALL
    SELECT source, project, if(project = '', '', 'issue'), NULL, 0, 0, 0, 0, 0, 0, NULL, NULL
    FROM {{template "troubles" .}}
) AS k
LEFT ANY JOIN
(
    SELECT source, project, max(parseDateTime64BestEffortOrNull(JSONExtractString(value), 3, 'UTC')) AS last_success_at
    FROM progress
    WHERE kind = 'success'
    GROUP BY source, project
) AS s ON s.source = k.source AND s.project = k.project
LEFT ANY JOIN
(
    SELECT source, project, if(JSONExtractString(argMax(value, recorded_at), 'done') = '', JSONExtractInt(argMax(value, recorded_at), 'left'), 0) AS incomplete
    FROM progress
    WHERE kind = 'backfill'
    GROUP BY source, project
) AS b ON b.source = k.source AND b.project = k.project
LEFT ANY JOIN
(
    SELECT source, toNullable(sum(spent)) AS requests
    FROM (SELECT source, name, JSONExtractInt(argMax(value, recorded_at), 'requests') AS spent FROM progress WHERE kind = 'requests' GROUP BY source, name)
    GROUP BY source
) AS q ON q.source = k.source
LEFT ANY JOIN {{template "troubles" .}} AS p ON p.source = k.source AND p.project = k.project
LEFT ANY JOIN (SELECT source, reason FROM {{template "troubles" .}} WHERE project = '') AS o ON o.source = k.source
GROUP BY k.source, k.project, k.kind
