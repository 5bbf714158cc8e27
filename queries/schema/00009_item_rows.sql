-- What the views tell of an item as it is now, and of its weeks, is derived too, again whenever something of the item is stored;
-- an index finds what was.

-- +goose Up
CREATE TABLE IF NOT EXISTS item_rows
(
    generation UInt64 COMMENT 'The derivation that made the row; the greatest of an item counts' CODEC(ZSTD(1)),
    item_id String COMMENT 'Id of the item; stays the same when the item is renamed or moved between Jira projects' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'Configured name of the source',
    project LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    key String COMMENT 'Key as people write it: owner/repo#123 or PROJ-123' CODEC(ZSTD(1)),
    url String COMMENT 'Where people open the item' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'issue, incident or pull_request',
    type LowCardinality(String) COMMENT 'The tracker''s own type of item, or empty',
    title String COMMENT 'Title' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'open, in_progress, done or dropped',
    status LowCardinality(String) COMMENT 'The tracker''s own word for the state',
    priority LowCardinality(String) COMMENT 'The tracker''s own word for the priority, or empty',
    labels Array(String) COMMENT 'Labels, sorted' CODEC(ZSTD(1)),
    components Array(String) COMMENT 'Components, sorted' CODEC(ZSTD(1)),
    milestone LowCardinality(String) COMMENT 'Milestone or fix version, or empty',
    sprint LowCardinality(String) COMMENT 'Sprint, or empty',
    points Nullable(Float64) COMMENT 'Story points; NULL if not estimated' CODEC(ZSTD(1)),
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is due; NULL if the tracker does not say',
    author LowCardinality(String) COMMENT 'Pseudonym of who opened the item; a person''s where a decision merges accounts',
    assignees Array(String) COMMENT 'Pseudonyms of the assignees' CODEC(ZSTD(1)),
    author_is_bot Bool COMMENT 'A program opened the item',
    team LowCardinality(String) COMMENT 'Team that owns the item by label, else by component, else by repository or project; else the team of the first assignee, else of the author, on the day it was closed or, while it is not, now; empty if none',
    parent_key String COMMENT 'Key of the parent, or empty' CODEC(ZSTD(1)),
    initiative LowCardinality(String) COMMENT 'Key initiative that the item belongs to, or empty',
    ask LowCardinality(String) COMMENT 'User ask that the item belongs to, or empty',
    asker LowCardinality(String) COMMENT 'Who asked: the ask''s asker, else the reporter''s team, else unknown',
    asker_team LowCardinality(String) COMMENT 'The asker''s team, or empty',
    planned Nullable(Bool) COMMENT 'Planned work at the freeze of the quarter in which it last received effort, as in effort; NULL if it received none, or without a plan',
    created_at DateTime64(3, 'UTC') COMMENT 'When the item was opened' CODEC(Delta, ZSTD(1)),
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When work on it first started; NULL if it has not',
    first_effort_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The first day on which it received effort, from its midnight; NULL if it received none',
    merged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the pull request was merged; NULL if it was not',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the item was closed; NULL while it is not',
    updated_at DateTime64(3, 'UTC') COMMENT 'When its state last changed; comments do not count' CODEC(Delta, ZSTD(1)),
    reopened UInt32 COMMENT 'How often it was opened again after it was closed',
    removed LowCardinality(String) COMMENT 'Why the item can no longer be read (deleted, transferred, moved, access_lost, archived, unobserved, redacted), or empty',
    removed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that was noticed; NULL if removed is empty',
    forced Nullable(Float64) COMMENT 'Probability that the work is forced, 0 to 1; NULL if there is no verdict yet' CODEC(ZSTD(1)),
    long Nullable(Float64) COMMENT 'Probability that the work is long, 0 to 1; NULL if there is no verdict yet' CODEC(ZSTD(1)),
    drive LowCardinality(String) COMMENT 'forced, discretionary or undetermined',
    horizon LowCardinality(String) COMMENT 'short, long or undetermined',
    quadrant LowCardinality(String) COMMENT 'forced_short, forced_long, discretionary_short, discretionary_long or undetermined',
    category LowCardinality(String) COMMENT 'user_asks, platform_quality, key_initiatives, a company''s own, or uncategorised',
    category_source LowCardinality(String) COMMENT 'Which step decided the category, or empty',
    property LowCardinality(String) COMMENT 'The quality that the work preserves, such as reliability, or empty',
    forced_reason LowCardinality(String) COMMENT 'Why the work is forced, such as outage, or empty',
    confidence Nullable(Float64) COMMENT 'Confidence in the quadrant, 0 to 1; NULL if there is no verdict yet' CODEC(ZSTD(1)),
    class_source LowCardinality(String) COMMENT 'What decided: rules, text, inherited or override; empty if there is no verdict yet',
    ruleset LowCardinality(String) COMMENT 'Content hash of the ruleset that judged; empty if there is no verdict yet',
    effort_days Nullable(Float64) COMMENT 'Person-days spent on it until now, by all teams; NULL if none' CODEC(ZSTD(1)),
    days_in_progress Nullable(Float64) COMMENT 'Days in progress, of the states that are over; NULL if it never was, or if the first is not over' CODEC(ZSTD(1)),
    draft Bool COMMENT 'A pull request that is not ready for review',
    resolution LowCardinality(String) COMMENT 'The tracker''s own word for how it ended, or empty',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When workmix learned of this state' CODEC(Delta, ZSTD(1)),
    verdict_from String COMMENT 'Id of the item whose verdict it has: its own, or one above it' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY item_id
COMMENT 'A row is an item as work_items shows it, as one derivation has it';

CREATE TABLE IF NOT EXISTS item_weeks
(
    generation UInt64 COMMENT 'The derivation that made the row; the greatest of an item counts' CODEC(ZSTD(1)),
    item_id    String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    cells      Array(Tuple(team LowCardinality(String), week Date, quadrant LowCardinality(String), opened UInt8, closed UInt8, wip UInt8, points Float64, days Float64)) COMMENT 'What the item adds to the weeks of its states that are over' CODEC(ZSTD(1)),
    running    Array(Tuple(valid_from DateTime64(3, 'UTC'), created_at DateTime64(3, 'UTC'), points Nullable(Float64), owner String, persons Array(String), quadrant LowCardinality(String))) COMMENT 'The state that it is in, if that is in progress: since when, and what else tells its weeks' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY item_id
COMMENT 'A row is what an item adds to work_mix_weekly, as one derivation has it';

CREATE TABLE IF NOT EXISTS week_sums
(
    generation UInt64 COMMENT 'The derivation that made the row' CODEC(ZSTD(1)),
    team       LowCardinality(String) COMMENT 'Team that owns the items, or empty',
    week       Date COMMENT 'First day of the week' CODEC(Delta, ZSTD(1)),
    quadrant   LowCardinality(String) COMMENT 'Quadrant, undetermined or unallocated',
    opened     Int64 COMMENT 'Items opened' CODEC(ZSTD(1)),
    closed     Int64 COMMENT 'Items closed' CODEC(ZSTD(1)),
    wip        Int64 COMMENT 'Items in progress at the week''s end' CODEC(ZSTD(1)),
    points     Float64 COMMENT 'Story points of the closed ones' CODEC(ZSTD(1)),
    days       Float64 COMMENT 'Days in progress' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, team, week, quadrant)
COMMENT 'A row is what the items of a team add up to in a week, as one derivation has it';

CREATE TABLE IF NOT EXISTS item_queue
(
    generation UInt64 COMMENT 'The derivation that is to make the row of the item' CODEC(ZSTD(1)),
    item_id    String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    revised    DateTime64(3, 'UTC') COMMENT 'When its last new revision was stored; 1970: none is new',
    judged     DateTime64(3, 'UTC') COMMENT 'Likewise of its verdicts',
    gone       DateTime64(3, 'UTC') COMMENT 'Likewise of its tombstones'
)
ENGINE = MergeTree
ORDER BY (generation, item_id)
COMMENT 'A row is an item whose row a derivation makes again';

ALTER TABLE derivations
    ADD COLUMN IF NOT EXISTS first DateTime64(3, 'UTC') COMMENT 'Of items: the first change in any tracker that was known',
    ADD COLUMN IF NOT EXISTS told DateTime64(3, 'UTC') COMMENT 'Of items: when the newest observation of one was recorded',
    ADD COLUMN IF NOT EXISTS known DateTime64(3, 'UTC') COMMENT 'Of items: likewise, removals included',
    ADD COLUMN IF NOT EXISTS turns Date32 COMMENT 'Of items: the next day on which a membership begins or ends',
    ADD COLUMN IF NOT EXISTS sums UInt64 COMMENT 'Of items: the last derivation of effort that was seen';

ALTER TABLE revisions ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE verdicts ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE tombstones ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE links ADD INDEX IF NOT EXISTS stored inserted_at TYPE minmax GRANULARITY 1;
ALTER TABLE revisions MATERIALIZE INDEX stored;
ALTER TABLE verdicts MATERIALIZE INDEX stored;
ALTER TABLE tombstones MATERIALIZE INDEX stored;
ALTER TABLE links MATERIALIZE INDEX stored;
