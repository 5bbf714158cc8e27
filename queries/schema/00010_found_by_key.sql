-- A key is looked up in the tables of items, which are sorted by id, and an item in those of effort, which are sorted by day: an
-- index tells where it can be. What was told last of an item, and judged, is kept with its row, so that what is still to be done is counted.

-- +goose Up
ALTER TABLE item_rows
    ADD COLUMN IF NOT EXISTS position Int64 COMMENT 'Offset of the raw record that told this state, in its partition of the log' CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS judged_at DateTime64(3, 'UTC') COMMENT 'When the newest telling of the item that is wholly judged was recorded; 1970: none is' CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS judged_position Int64 COMMENT 'Offset of the raw record of that telling' CODEC(Delta, ZSTD(1));
ALTER TABLE revisions ADD INDEX IF NOT EXISTS by_key key TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE item_rows ADD INDEX IF NOT EXISTS by_key key TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE effort_rows ADD INDEX IF NOT EXISTS by_item item_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE revisions MATERIALIZE INDEX by_key;
ALTER TABLE item_rows MATERIALIZE INDEX by_key;
ALTER TABLE effort_rows MATERIALIZE INDEX by_item;
