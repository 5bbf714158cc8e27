-- What the log holds of each project and how much of it the tables show, counted where something of a project was stored; indexes
-- find a raw record by the key of its item, and the states of items that the tracker does not tell.

-- +goose Up
CREATE TABLE IF NOT EXISTS coverage_sums
(
    generation UInt64 COMMENT 'The derivation that made the row; the greatest of a project and kind counts' CODEC(ZSTD(1)),
    source     LowCardinality(String) COMMENT 'Configured name of the source',
    project    LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    kind       LowCardinality(String) COMMENT 'issue or pull_request, as the tracker calls it',
    logged     Int64 COMMENT 'Items whose newest raw record says that they exist' CODEC(ZSTD(1)),
    tabled     Int64 COMMENT 'Of those, the items that have a row' CODEC(ZSTD(1)),
    unseen     Int64 COMMENT 'Items that went out of sight together with more than half of their project' CODEC(ZSTD(1)),
    behind     Int64 COMMENT 'Of the logged, the items whose row is not of their newest raw record, or that have none' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY (source, project, kind)
COMMENT 'A row is what the log and the tables have of a kind of item of a project, as one derivation has it';

ALTER TABLE raw_records ADD COLUMN IF NOT EXISTS inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; what is derived follows it, and nothing else reads it' CODEC(Delta, ZSTD(1));
ALTER TABLE raw_records ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE raw_records ADD INDEX IF NOT EXISTS by_key key TYPE bloom_filter(0.0001) GRANULARITY 1;
ALTER TABLE revisions ADD INDEX IF NOT EXISTS guessed inferred TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE raw_records MATERIALIZE COLUMN inserted_at;
ALTER TABLE raw_records MATERIALIZE INDEX stored;
ALTER TABLE raw_records MATERIALIZE INDEX by_key;
ALTER TABLE revisions MATERIALIZE INDEX guessed;
