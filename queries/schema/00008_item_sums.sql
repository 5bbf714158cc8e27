-- What work_items tells of an item's effort: added up when effort is derived, for the items that it concerns.

-- +goose Up
CREATE TABLE IF NOT EXISTS item_sums
(
    generation  UInt64 COMMENT 'The derivation that made the row; the greatest of an item counts' CODEC(ZSTD(1)),
    item_id     String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    effort_days Float64 COMMENT 'Person-days under the configured weights, of all teams' CODEC(ZSTD(1)),
    first_day   Nullable(Date32) COMMENT 'First day with effort; NULL if there is none' CODEC(ZSTD(1)),
    planned     Nullable(Bool) COMMENT 'Planned at the freeze of the quarter in which it last received effort; NULL without a plan'
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY item_id
COMMENT 'A row is what an item took, as one derivation has it';
