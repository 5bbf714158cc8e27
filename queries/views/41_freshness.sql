-- view: freshness
-- row: a source
-- key: source
-- joins: source to coverage
-- adds up: unjudged
-- null: a time is NULL if nothing has come so far
-- freshness: last_raw_at and dead_letters are now; the rest follows the rows of work_items within a few seconds
-- stability: preview
-- example: SELECT source, last_raw_at, last_revision_at, unjudged FROM freshness
-- columns:
--   source String: Configured name of the source
--   last_raw_at Nullable(DateTime64(3, 'UTC')): When the newest raw record was recorded
--   last_revision_at Nullable(DateTime64(3, 'UTC')): When the newest raw record that is normalized was recorded
--   last_verdict_at Nullable(DateTime64(3, 'UTC')): When the newest raw record that is classified was recorded
--   unjudged Int64: Items whose newest revision has no verdict under the active ruleset yet
--   dead_letters Int64: Records that could not be processed

SELECT source, max(raw) AS last_raw_at, max(revision) AS last_revision_at, max(verdict) AS last_verdict_at, sum(waiting) AS unjudged, sum(dead) AS dead_letters
FROM
(
    SELECT source, toNullable(max(recorded_at)) AS raw, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS revision,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS verdict, toInt64(0) AS waiting, toInt64(0) AS dead
    FROM raw_records
    GROUP BY source
    UNION ALL
    SELECT source, NULL, max(i.recorded_at), maxIf(toNullable(i.judged_at), i.judged_at > toDateTime64(0, 3, 'UTC')),
        toInt64(countIf((i.judged_at, i.judged_position) < (i.recorded_at, i.position))), 0
    FROM item_rows AS i FINAL
    GROUP BY source
    UNION ALL
    SELECT source, NULL, NULL, NULL, 0, toInt64(count())
    FROM {{template "failed" .}}
    GROUP BY source
)
GROUP BY source
