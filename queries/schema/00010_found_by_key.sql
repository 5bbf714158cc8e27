-- A key is looked up in the tables of items, which are sorted by id: an index tells where it can be.

-- +goose Up
ALTER TABLE revisions ADD INDEX IF NOT EXISTS by_key key TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE item_rows ADD INDEX IF NOT EXISTS by_key key TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE revisions MATERIALIZE INDEX by_key;
ALTER TABLE item_rows MATERIALIZE INDEX by_key;
