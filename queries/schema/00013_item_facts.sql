-- What questions otherwise gather for each item out of the large tables at each asking is kept with its row: the days it took by month, who did something
-- on it, where each ruleset places it, and the text of one that a person placed.

-- +goose Up
ALTER TABLE item_sums
    ADD COLUMN IF NOT EXISTS months Array(Tuple(month Date32, days Float64)) COMMENT 'Its person-days by the month in which they were spent' CODEC(ZSTD(1));
ALTER TABLE item_rows
    ADD COLUMN IF NOT EXISTS body Nullable(String) COMMENT 'Text of the description, of items that a person placed; NULL for others, and if no observation tells it' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS months Array(Tuple(month Date32, days Float64)) COMMENT 'Its person-days by the month in which they were spent' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS acts Array(Tuple(team LowCardinality(String), person LowCardinality(String), at DateTime64(3, 'UTC'))) COMMENT 'What people did on it, programs left out: the person''s team on that day, the person, and when' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS placed Array(Tuple(ruleset LowCardinality(String), quadrant LowCardinality(String))) COMMENT 'Where each ruleset that judged the item whose verdict it has places it; a person''s word stays' CODEC(ZSTD(1));
ALTER TABLE effort_sums
    ADD COLUMN IF NOT EXISTS ranked_days Float64 COMMENT 'Of effort_days, those on asks that a team ranked' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS unplanned_days Float64 COMMENT 'Of effort_days, those that were not planned at the freeze; without a plan 0' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS foreign_days Float64 COMMENT 'Of effort_days, those for which another team than the item''s asked' CODEC(ZSTD(1));
ALTER TABLE item_queue
    ADD COLUMN IF NOT EXISTS acted DateTime64(3, 'UTC') COMMENT 'Likewise of what was done on it';
ALTER TABLE activities ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE activities MATERIALIZE INDEX stored;
