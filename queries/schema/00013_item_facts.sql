-- What questions otherwise gather for each item out of the large tables at each asking is kept with its row: the days it took by month, who did something
-- on it, where each ruleset places it, and the text of one that a person placed. What plans are held against is added up by month.

-- +goose Up
ALTER TABLE item_sums
    ADD COLUMN IF NOT EXISTS months Array(Tuple(month Date32, days Float64)) COMMENT 'Its person-days by the month in which they were spent' CODEC(ZSTD(1));
ALTER TABLE item_rows
    ADD COLUMN IF NOT EXISTS body Nullable(String) COMMENT 'Text of the description, of items that a person placed; NULL for others, and if no observation tells it' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS months Array(Tuple(month Date32, days Float64)) COMMENT 'Its person-days by the month in which they were spent' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS acts Array(Tuple(team LowCardinality(String), person LowCardinality(String), at DateTime64(3, 'UTC'))) COMMENT 'What people did on it, programs left out: the person''s team on that day, the person, and when' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS placed Array(Tuple(ruleset LowCardinality(String), quadrant LowCardinality(String))) COMMENT 'Where each ruleset that judged the item whose verdict it has places it; a person''s word stays' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS item UInt64 MATERIALIZED cityHash64(item_id) COMMENT '64 bits of item_id: they are compared in a fraction of the time of the text',
    ADD COLUMN IF NOT EXISTS judge UInt64 MATERIALIZED cityHash64(verdict_from) COMMENT 'Likewise of verdict_from';
ALTER TABLE verdict_rows ADD COLUMN IF NOT EXISTS item UInt64 MATERIALIZED cityHash64(item_id) COMMENT '64 bits of item_id';
ALTER TABLE effort_rows ADD COLUMN IF NOT EXISTS item UInt64 MATERIALIZED cityHash64(item_id) COMMENT '64 bits of item_id';
ALTER TABLE item_queue
    ADD COLUMN IF NOT EXISTS acted DateTime64(3, 'UTC') COMMENT 'Likewise of what was done on it';
ALTER TABLE activities ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE activities MATERIALIZE INDEX stored;
CREATE TABLE IF NOT EXISTS month_sums
(
    generation     UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    month          Date32 COMMENT 'First day of the month' CODEC(Delta, ZSTD(1)),
    team           LowCardinality(String) COMMENT 'Team of the people who worked, or empty',
    category       LowCardinality(String) COMMENT 'Category of the items; unallocated without one',
    cause          LowCardinality(String) COMMENT 'incidents, asks_from_others, scope or help: what the work did to the team''s plan; or empty',
    effort_days    Float64 COMMENT 'Person-days under the configured weights' CODEC(ZSTD(1)),
    time_days      Float64 COMMENT 'Person-days if only the time in progress counted' CODEC(ZSTD(1)),
    activity_days  Float64 COMMENT 'Person-days if only activity counted' CODEC(ZSTD(1)),
    doubt_days     Float64 COMMENT 'Of effort_days, those whose verdict may be wrong' CODEC(ZSTD(1)),
    ranked_days    Float64 COMMENT 'Of effort_days, those on asks that a team ranked for a quarter' CODEC(ZSTD(1)),
    unplanned_days Float64 COMMENT 'Of effort_days, those that were not planned at the freeze; without a plan 0' CODEC(ZSTD(1)),
    foreign_days   Float64 COMMENT 'Of effort_days, those for which another team than the item''s asked' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (month, generation, team, category, cause)
COMMENT 'A row is what effort of a team, category and cause adds up to in a month, as one derivation has it';
