-- view: coverage
-- row: a kind of item of a project of a source
-- key: source, project, kind
-- joins: source and project to work_items
-- adds up: in_source, in_log, in_table and missing over any set of rows, where in_source is known for all of them
-- null: in_source, missing: the source has not been counted yet. last_success_at: no run over the project has ended well yet.
-- freshness: in_source is the last census; the rest is now
-- stability: stable
-- example: SELECT project, kind, missing FROM coverage WHERE missing > 0
-- columns:
--   source String: Configured name of the source
--   project String: owner/repo on GitHub, the project key on Jira
--   kind String: issue (incidents are issues of their tracker) or pull_request
--   in_source Nullable(Int64): Items that the tracker has, by its own count
--   in_log Int64: Items whose newest raw record is in the log and says that they exist
--   in_table Int64: Of those, the items that analysts see
--   missing Nullable(Int64): in_source less in_table, not below 0
--   oversize Int64: Items too large for the log, kept as dead letters; they are missing
--   unobserved Int64: Items that went out of sight together with more than half of their project, as when a permission is lost; they count in no other column
--   incomplete Int64: Items of the project, of both kinds, of which only what lists tell is in the log yet: the first reading completes them, newest first
--   counted_at Nullable(DateTime64(3, 'UTC')): When the tracker was counted
--   last_success_at Nullable(DateTime64(3, 'UTC')): When a run over the project last ended well; where nothing changes, to five minutes

SELECT
    k.source AS source, k.project AS project, k.kind AS kind, max(k.counted) AS in_source, sum(k.logged) AS in_log,
    sum(k.tabled) AS in_table, if(isNull(in_source), NULL, greatest(0, in_source - in_table)) AS missing,
    sum(k.dead) AS oversize, sum(k.unseen) AS unobserved, any(b.incomplete) AS incomplete, max(k.counted_at) AS counted_at, any(s.last_success_at) AS last_success_at
FROM
(
    SELECT
        r.source AS source, r.project AS project, r.kind AS kind, CAST(NULL, 'Nullable(Int64)') AS counted,
        toInt64(countIf(r.removed != 'unobserved')) AS logged, toInt64(countIf(t.item_id != '' AND r.removed != 'unobserved')) AS tabled,
        toInt64(0) AS dead, toInt64(countIf(r.removed = 'unobserved')) AS unseen,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS counted_at
    FROM
    (
        SELECT * FROM raw_records ORDER BY item_id DESC, recorded_at DESC, position DESC LIMIT 1 BY item_id
    ) AS r
    LEFT ANY JOIN (SELECT DISTINCT item_id FROM revisions WHERE NOT more) AS t ON t.item_id = r.item_id
    WHERE r.removed IN ('', 'returned', 'unobserved')
    GROUP BY source, project, kind
    UNION ALL
    SELECT source, project, name, JSONExtract(value, 'Nullable(Int64)'), 0, 0, 0, 0, recorded_at
    FROM
    (
        SELECT * FROM progress WHERE kind = 'count' ORDER BY source, project, name, recorded_at DESC LIMIT 1 BY source, project, name
    )
    UNION ALL
    SELECT source, project, if(position(item_id, '/pull_request/') > 0, 'pull_request', 'issue'), NULL, 0, 0, toInt64(uniqExact(item_id)), 0, NULL
    FROM dead_letters
    WHERE stage = 'ingest' AND item_id NOT IN (SELECT item_id FROM raw_records)
    GROUP BY ALL
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
GROUP BY k.source, k.project, k.kind
