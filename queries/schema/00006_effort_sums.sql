-- What allocation, attribution, team vectors and the weekly mix add up: effort without the items, so that a quarter of
-- a large organisation is some thousands of rows.

-- +goose Up
CREATE TABLE IF NOT EXISTS effort_sums
(
    generation      UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    day             Date32 COMMENT 'Day of the people''s calendars' CODEC(Delta, ZSTD(1)),
    team            LowCardinality(String) COMMENT 'Team of the people who spent it',
    category        LowCardinality(String) COMMENT 'Category, uncategorised or unallocated',
    quadrant        LowCardinality(String) COMMENT 'Quadrant, undetermined or unallocated',
    initiative      LowCardinality(String) COMMENT 'Key initiative, or empty',
    cause           LowCardinality(String) COMMENT 'What it does to a plan: incidents, asks_from_others, scope or help; else empty',
    effort_days     Float64 COMMENT 'Person-days under the configured weights' CODEC(ZSTD(1)),
    time_days       Float64 COMMENT 'Person-days if time in progress alone counted' CODEC(ZSTD(1)),
    activity_days   Float64 COMMENT 'Person-days if activity alone counted' CODEC(ZSTD(1)),
    doubt_days      Float64 COMMENT 'Of effort_days, those that are expected to be in a wrong category, by the verdicts'' own probability' CODEC(ZSTD(1)),
    judged_days     Float64 COMMENT 'Of effort_days, those on items with a verdict' CODEC(ZSTD(1)),
    judged_time     Float64 COMMENT 'Likewise of time_days' CODEC(ZSTD(1)),
    judged_activity Float64 COMMENT 'Likewise of activity_days' CODEC(ZSTD(1)),
    forced_days     Float64 COMMENT 'Sum of effort_days times the probability that the work is forced' CODEC(ZSTD(1)),
    forced_time     Float64 COMMENT 'Likewise of time_days' CODEC(ZSTD(1)),
    forced_activity Float64 COMMENT 'Likewise of activity_days' CODEC(ZSTD(1)),
    long_days       Float64 COMMENT 'Sum of effort_days times the probability that the work is long' CODEC(ZSTD(1)),
    long_time       Float64 COMMENT 'Likewise of time_days' CODEC(ZSTD(1)),
    long_activity   Float64 COMMENT 'Likewise of activity_days' CODEC(ZSTD(1)),
    forced_doubt    Float64 COMMENT 'Of judged_days, those that are expected to be on the wrong side of forced, by the verdicts'' own probability' CODEC(ZSTD(1)),
    long_doubt      Float64 COMMENT 'Likewise of long' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, generation, team, category, quadrant, initiative, cause)
COMMENT 'A row is what a team spent on a day on one kind of work, as one derivation has it';
