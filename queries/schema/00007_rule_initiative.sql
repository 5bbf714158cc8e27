-- The initiative that a rule names.

-- +goose Up
ALTER TABLE verdicts
    ADD COLUMN IF NOT EXISTS initiative LowCardinality(String) COMMENT 'Key initiative that a rule says the item belongs to, or empty' AFTER forced_reason;
