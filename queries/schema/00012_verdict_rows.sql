-- The last verdict of each ruleset on each item, derived with the item's row: two rulesets are held against each other by them.

-- +goose Up
CREATE TABLE IF NOT EXISTS verdict_rows
(
    generation UInt64 COMMENT 'The derivation that made the row; the greatest of a ruleset and item counts' CODEC(ZSTD(1)),
    ruleset    LowCardinality(String) COMMENT 'Content hash of the ruleset that judged',
    item_id    String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    forced     Float64 COMMENT 'Probability that the work is forced, 0 to 1' CODEC(ZSTD(1)),
    long       Float64 COMMENT 'Probability that the work is long, 0 to 1' CODEC(ZSTD(1)),
    drive      LowCardinality(String) COMMENT 'forced, discretionary or undetermined',
    horizon    LowCardinality(String) COMMENT 'short, long or undetermined',
    quadrant   LowCardinality(String) COMMENT 'forced_short, forced_long, discretionary_short, discretionary_long or undetermined',
    because    String COMMENT 'The reason that weighs most, or empty' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY (ruleset, item_id)
COMMENT 'A row is what a ruleset says of an item by its newest telling that is wholly judged, as one derivation has it';
