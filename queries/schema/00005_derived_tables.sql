-- Derived tables: what needs several records and is too slow to compute at every question. workmix derives it from the
-- base tables and the decisions again whenever they change; dropping them loses nothing.

-- +goose Up
CREATE TABLE IF NOT EXISTS derivations
(
    name       LowCardinality(String) COMMENT 'What was derived: edges, standings, or effort of one day',
    day        Date32 COMMENT 'The day of effort; 1970-01-01 otherwise',
    generation UInt64 COMMENT 'Which derivation counts: the rows that bear this number' CODEC(ZSTD(1)),
    inputs     String COMMENT 'What it was derived from: the newest instant of each base table, and the configuration' CODEC(ZSTD(1)),
    decided    String COMMENT 'The newest instant of the decisions' CODEC(ZSTD(1)),
    started    DateTime64(3, 'UTC') COMMENT 'When the derivation began, by the database''s clock' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY (name, day)
COMMENT 'A row says which rows of a derived table count';

CREATE TABLE IF NOT EXISTS edges
(
    generation  UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    child       String COMMENT 'Id of the item that takes over' CODEC(ZSTD(1)),
    parent      String COMMENT 'Id of the item that it closes, belongs to or mentions' CODEC(ZSTD(1)),
    weak        Bool COMMENT 'It only mentions it',
    valid_from  DateTime64(3, 'UTC') COMMENT 'When the link was made' CODEC(Delta, ZSTD(1)),
    valid_to    Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was removed; NULL while it holds',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When both the link and what it leads to were known' CODEC(Delta, ZSTD(1)),
    known_until DateTime64(3, 'UTC') COMMENT 'When the next telling of the child was known, from which on that one counts' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, child, parent, recorded_at, valid_from)
COMMENT 'A row is a link over which verdicts and memberships descend, as one telling has it';

CREATE TABLE IF NOT EXISTS ancestry
(
    generation UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    item_id    String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    ancestor   String COMMENT 'Id of an item whose verdict and memberships it may take over' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, item_id, ancestor)
COMMENT 'A row is an item and one above it: the issue that it closes, its parent, and theirs';

CREATE TABLE IF NOT EXISTS standings
(
    generation UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    item_id    String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    decider    String COMMENT 'Id of the item whose verdict it takes over, or empty' CODEC(ZSTD(1)),
    initiative LowCardinality(String) COMMENT 'Key initiative that holds the item, or empty',
    ask        LowCardinality(String) COMMENT 'User ask that holds the item, or empty'
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, item_id)
COMMENT 'A row is what an item takes over from others: a verdict, an initiative, an ask';

CREATE TABLE IF NOT EXISTS effort_rows
(
    generation      UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    day             Date32 COMMENT 'Day of the people''s calendars' CODEC(Delta, ZSTD(1)),
    team            LowCardinality(String) COMMENT 'Team of the people who spent it',
    item_team       LowCardinality(String) COMMENT 'Team that owns the item',
    item_id         String COMMENT 'Id of the item, or empty: unallocated' CODEC(ZSTD(1)),
    effort_days     Float64 COMMENT 'Person-days under the configured weights' CODEC(ZSTD(1)),
    time_days       Float64 COMMENT 'Person-days if time in progress alone counted' CODEC(ZSTD(1)),
    activity_days   Float64 COMMENT 'Person-days if activity alone counted' CODEC(ZSTD(1)),
    activity_count  UInt64 COMMENT 'Activities of the team''s people on the item' CODEC(ZSTD(1)),
    reason          LowCardinality(String) COMMENT 'in_progress, activity, both or none',
    forced          Nullable(Float64) COMMENT 'Probability that the work is forced' CODEC(ZSTD(1)),
    long            Nullable(Float64) COMMENT 'Probability that the work is long' CODEC(ZSTD(1)),
    quadrant        LowCardinality(String) COMMENT 'Quadrant of the verdict that held on the day',
    category        LowCardinality(String) COMMENT 'Category, uncategorised or unallocated',
    category_source LowCardinality(String) COMMENT 'Which step decided the category',
    property        LowCardinality(String) COMMENT 'The quality that the work preserves, or empty',
    forced_reason   LowCardinality(String) COMMENT 'Why the work is forced, or empty',
    ruleset         LowCardinality(String) COMMENT 'Content hash of the ruleset that judged',
    initiative      LowCardinality(String) COMMENT 'Key initiative, or empty',
    ask             LowCardinality(String) COMMENT 'User ask, or empty',
    asker           String COMMENT 'Who asked, or empty' CODEC(ZSTD(1)),
    asker_team      LowCardinality(String) COMMENT 'The asker''s team, or empty',
    planned         Nullable(Bool) COMMENT 'Planned at the freeze; NULL without a plan',
    unplanned_kind  LowCardinality(String) COMMENT 'new, escalated or scope; else empty',
    finished        Bool COMMENT 'The item is done'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, generation, team, item_id)
COMMENT 'A row is what a team spent on an item on a day, as one derivation has it';

ALTER TABLE revisions ADD COLUMN IF NOT EXISTS inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; what is derived follows it, and nothing else reads it' CODEC(Delta, ZSTD(1));

ALTER TABLE activities ADD COLUMN IF NOT EXISTS inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; what is derived follows it, and nothing else reads it' CODEC(Delta, ZSTD(1));

ALTER TABLE links ADD COLUMN IF NOT EXISTS inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; what is derived follows it, and nothing else reads it' CODEC(Delta, ZSTD(1));

ALTER TABLE tombstones ADD COLUMN IF NOT EXISTS inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; what is derived follows it, and nothing else reads it' CODEC(Delta, ZSTD(1));

ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; what is derived follows it, and nothing else reads it' CODEC(Delta, ZSTD(1));
