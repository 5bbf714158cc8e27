-- Deliveries of webhooks, and the counters of a revision's observation.

-- +goose Up
CREATE TABLE IF NOT EXISTS deliveries
(
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    tracker     LowCardinality(String) COMMENT 'github or jira',
    delivery_id String COMMENT 'The tracker''s own id of the delivery, the same when it delivers again' CODEC(ZSTD(1)),
    event       LowCardinality(String) COMMENT 'The tracker''s own kind of event',
    action      LowCardinality(String) COMMENT 'GitHub''s word for what happened, or empty',
    project     LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira; empty where the delivery does not say it',
    item_id     String COMMENT 'Id of the item, or empty' CODEC(ZSTD(1)),
    key         String COMMENT 'Key of the item as people write it, or empty' CODEC(ZSTD(1)),
    kind        LowCardinality(String) COMMENT 'issue or pull_request, or empty',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When it was received' CODEC(Delta, ZSTD(1)),
    size_bytes  UInt64 COMMENT 'Bytes of the body; the body itself stays in the log' CODEC(ZSTD(1)),
    position    Int64 COMMENT 'Offset of the delivery in its partition of the log' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (source, delivery_id, recorded_at)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one delivery of a tracker''s webhook, without the body';

ALTER TABLE revisions
    ADD COLUMN IF NOT EXISTS subtasks Nullable(UInt32) COMMENT 'Sub-issues of the item when it was observed; NULL if not told' AFTER commits,
    ADD COLUMN IF NOT EXISTS links Nullable(UInt32) COMMENT 'Links to other items when it was observed; NULL if not told' AFTER subtasks,
    ADD COLUMN IF NOT EXISTS comments Nullable(UInt32) COMMENT 'Comments when it was observed; NULL if not told' AFTER links;
