-- The base tables: what the sink writes. Column names are the JSON names of the events' fields. A key is the
-- identity of an event, so a second delivery of it is the same row; recorded_at in a key is a function of the
-- observation and stands there only for the order. Analysts read the views, which are right before any merge.

-- +goose Up
CREATE TABLE IF NOT EXISTS raw_records
(
    raw_id      String COMMENT 'Id of the raw record: the observation of everything that follows from it' CODEC(ZSTD(1)),
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    tracker     LowCardinality(String) COMMENT 'github or jira',
    project     LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    item_id     String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    key         String COMMENT 'Key of the item as people write it, when it was observed' CODEC(ZSTD(1)),
    kind        LowCardinality(String) COMMENT 'issue or pull_request, as the tracker calls it',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the ingester learned it' CODEC(Delta, ZSTD(1)),
    digest      String COMMENT 'SHA-256 of the canonical content, in hex' CODEC(ZSTD(1)),
    removed     LowCardinality(String) COMMENT 'Why the item could no longer be read, or empty',
    size_bytes  UInt64 COMMENT 'Bytes of the content; the content itself stays in the log' CODEC(ZSTD(1)),
    position    Int64 COMMENT 'Offset of the raw record in its partition of the log' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (item_id, recorded_at, raw_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one telling of one item by its tracker, without the content';

CREATE TABLE IF NOT EXISTS revisions
(
    item_id       String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    source        LowCardinality(String) COMMENT 'Configured name of the source',
    project       LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    key           String COMMENT 'Key of the item as people write it' CODEC(ZSTD(1)),
    url           String COMMENT 'Where people open the item' CODEC(ZSTD(1)),
    change        String COMMENT 'The change: created, event/N, changelog/N/M, observed/HASH or correction/HASH' CODEC(ZSTD(1)),
    observation   String COMMENT 'Id of the raw record that told it' CODEC(ZSTD(1)),
    seq           UInt32 COMMENT 'Order of the changes of one observation, from 0' CODEC(ZSTD(1)),
    more          Bool COMMENT 'More revisions of the same observation follow; an observation counts once its last revision is here',
    valid_from    DateTime64(3, 'UTC') COMMENT 'When the change was made in the tracker' CODEC(Delta, ZSTD(1)),
    recorded_at   DateTime64(3, 'UTC') COMMENT 'When the ingester learned this telling of it' CODEC(Delta, ZSTD(1)),
    position      Int64 COMMENT 'Offset of the raw record in its partition of the log' CODEC(Delta, ZSTD(1)),
    actor         LowCardinality(String) COMMENT 'Pseudonym of who made the change, or empty',
    changed       Array(String) COMMENT 'Names of the fields that changed, sorted' CODEC(ZSTD(1)),
    correction    Bool COMMENT 'The tracker tells no such change, but its object disagrees with its history',
    inferred      Array(String) COMMENT 'Names of the fields whose value at this revision the tracker does not tell' CODEC(ZSTD(1)),
    kind          LowCardinality(String) COMMENT 'issue, incident or pull_request',
    type          LowCardinality(String) COMMENT 'The tracker''s own type of item, or empty',
    title         String COMMENT 'Title' CODEC(ZSTD(3)),
    body          Nullable(String) COMMENT 'Text of the description; NULL if not known at this revision' CODEC(ZSTD(3)),
    state         LowCardinality(String) COMMENT 'open, in_progress, done or dropped',
    status        LowCardinality(String) COMMENT 'The tracker''s own word for the state',
    priority      LowCardinality(String) COMMENT 'The tracker''s own word for the priority, or empty',
    labels        Array(String) COMMENT 'Labels, sorted' CODEC(ZSTD(1)),
    components    Array(String) COMMENT 'Components, sorted' CODEC(ZSTD(1)),
    milestone     LowCardinality(String) COMMENT 'Milestone or fix version, or empty',
    sprint        LowCardinality(String) COMMENT 'Sprint, or empty',
    points        Nullable(Float64) COMMENT 'Story points; NULL if not estimated',
    due_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'Due time; NULL if none',
    author        LowCardinality(String) COMMENT 'Pseudonym of who opened the item',
    author_is_bot Bool COMMENT 'A program opened the item',
    assignees     Array(String) COMMENT 'Pseudonyms of the assignees, sorted' CODEC(ZSTD(1)),
    parent_key    String COMMENT 'Key of the parent, or empty' CODEC(ZSTD(1)),
    draft         Bool COMMENT 'A pull request that is not ready for review',
    resolution    LowCardinality(String) COMMENT 'The tracker''s own word for how it ended, or empty',
    additions     Nullable(UInt32) COMMENT 'Lines added; NULL if not a pull request, or not known at this revision',
    deletions     Nullable(UInt32) COMMENT 'Lines deleted; NULL as additions',
    files         Nullable(UInt32) COMMENT 'Files changed; NULL as additions',
    commits       Nullable(UInt32) COMMENT 'Commits; NULL as additions',
    created_at    DateTime64(3, 'UTC') COMMENT 'When the item was opened' CODEC(Delta, ZSTD(1)),
    started_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When work on it first started; NULL if not yet',
    merged_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'When the pull request was merged; NULL if it was not',
    closed_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'When the item was closed; NULL while it is not'
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (item_id, recorded_at, observation, change)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one telling of one change of one item, with the whole state after it';

CREATE TABLE IF NOT EXISTS activities
(
    activity_id String COMMENT 'Id of the activity' CODEC(ZSTD(1)),
    item_id     String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    project     LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    observation String COMMENT 'Id of the raw record that told it' CODEC(ZSTD(1)),
    person      LowCardinality(String) COMMENT 'Pseudonym of the account that acted',
    is_bot      Bool COMMENT 'The account is a program''s',
    action      LowCardinality(String) COMMENT 'What was done: opened, commented, reviewed, committed, ...',
    at          DateTime64(3, 'UTC') COMMENT 'When it was done' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the ingester learned this telling of it' CODEC(Delta, ZSTD(1)),
    position    Int64 COMMENT 'Offset of the raw record in its partition of the log' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (item_id, activity_id, recorded_at, observation)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one telling of one thing that a person did on an item';

CREATE TABLE IF NOT EXISTS links
(
    link_id     String COMMENT 'Id of the link: item, relation, key linked to' CODEC(ZSTD(1)),
    item_id     String COMMENT 'Id of the item that the link starts from' CODEC(ZSTD(1)),
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    project     LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    observation String COMMENT 'Id of the raw record that told it' CODEC(ZSTD(1)),
    to_key      String COMMENT 'Key of the item linked to' CODEC(ZSTD(1)),
    to_item     String COMMENT 'Id of the item linked to where the tracker gives it, or empty' CODEC(ZSTD(1)),
    relation    LowCardinality(String) COMMENT 'closes, mentions, parent, blocks, duplicates, moved_to or continues',
    valid_from  DateTime64(3, 'UTC') COMMENT 'When the link was made' CODEC(Delta, ZSTD(1)),
    valid_to    Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was removed; NULL while it holds',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the ingester learned this telling of it' CODEC(Delta, ZSTD(1)),
    position    Int64 COMMENT 'Offset of the raw record in its partition of the log' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (item_id, link_id, recorded_at, observation)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one telling of one link from an item to another';

CREATE TABLE IF NOT EXISTS tombstones
(
    item_id     String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    project     LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    key         String COMMENT 'Key of the item as people write it' CODEC(ZSTD(1)),
    observation String COMMENT 'Id of the raw record that told it' CODEC(ZSTD(1)),
    cause       LowCardinality(String) COMMENT 'deleted, transferred, moved, access_lost, unobserved, redacted, or returned: it can be read again',
    valid_from  DateTime64(3, 'UTC') COMMENT 'Since when the item is gone, as far as known' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the ingester learned it' CODEC(Delta, ZSTD(1)),
    position    Int64 COMMENT 'Offset of the raw record in its partition of the log' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (item_id, recorded_at, observation, cause)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row says that an item can no longer be read, or that it can again';

CREATE TABLE IF NOT EXISTS verdicts
(
    item_id         String COMMENT 'Id of the item' CODEC(ZSTD(1)),
    change          String COMMENT 'The change after which the verdict holds' CODEC(ZSTD(1)),
    observation     String COMMENT 'Id of the raw record that told the change' CODEC(ZSTD(1)),
    seq             UInt32 COMMENT 'Order of the changes of one observation, from 0' CODEC(ZSTD(1)),
    more            Bool COMMENT 'Verdicts on more revisions of the same observation follow',
    valid_from      DateTime64(3, 'UTC') COMMENT 'When the change was made in the tracker' CODEC(Delta, ZSTD(1)),
    recorded_at     DateTime64(3, 'UTC') COMMENT 'When the ingester learned this telling of the change' CODEC(Delta, ZSTD(1)),
    position        Int64 COMMENT 'Offset of the raw record in its partition of the log' CODEC(Delta, ZSTD(1)),
    ruleset         LowCardinality(String) COMMENT 'Content hash of the ruleset that judged',
    forced          Float64 COMMENT 'Probability that the work is forced, 0 to 1' CODEC(ZSTD(1)),
    long            Float64 COMMENT 'Probability that the work is long, 0 to 1' CODEC(ZSTD(1)),
    drive           LowCardinality(String) COMMENT 'forced, discretionary or undetermined',
    horizon         LowCardinality(String) COMMENT 'short, long or undetermined',
    quadrant        LowCardinality(String) COMMENT 'forced_short, forced_long, discretionary_short, discretionary_long or undetermined',
    category        LowCardinality(String) COMMENT 'user_asks, platform_quality, key_initiatives or uncategorised, or a company''s own',
    category_source LowCardinality(String) COMMENT 'Which step decided the category',
    property        LowCardinality(String) COMMENT 'The quality that the work preserves, or empty',
    forced_reason   LowCardinality(String) COMMENT 'Why the work is forced, or empty',
    confidence      Float64 COMMENT 'Confidence in the quadrant, 0 to 1' CODEC(ZSTD(1)),
    class_source    LowCardinality(String) COMMENT 'What decided: rules, text, inherited or override',
    evidence        String COMMENT 'JSON list of the reasons: rule, because, matched, and weights in log-odds on both axes' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (ruleset, item_id, recorded_at, observation, change)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is the verdict of one ruleset on one telling of one change of an item';

CREATE TABLE IF NOT EXISTS decisions
(
    kind        LowCardinality(String) COMMENT 'group, team, person, membership, ruleset, ...',
    id          String COMMENT 'Id of what was decided, unique within the kind' CODEC(ZSTD(1)),
    body        String COMMENT 'JSON of what was decided; empty where retracted' CODEC(ZSTD(3)),
    retracted   Bool COMMENT 'The decision is taken back',
    author      LowCardinality(String) COMMENT 'Who decided',
    reason      String COMMENT 'Why, or empty' CODEC(ZSTD(1)),
    valid_from  DateTime64(3, 'UTC') COMMENT 'From when it holds' CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'When it was published' CODEC(Delta, ZSTD(1)),
    body_hash   UInt64 MATERIALIZED sipHash64(body) COMMENT 'Stands for the body in the key'
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (kind, id, recorded_at, valid_from, body_hash)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one version of something that people decided';

CREATE TABLE IF NOT EXISTS progress
(
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    project     LowCardinality(String) COMMENT 'owner/repo on GitHub, the project key on Jira',
    kind        LowCardinality(String) COMMENT 'cursor, etag, digest, count or failure',
    name        String COMMENT 'What of this kind, or empty' CODEC(ZSTD(1)),
    value       String COMMENT 'JSON value; empty: forgotten' CODEC(ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the ingester noted it' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (source, project, kind, name)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is what an ingester remembers between runs; of a key the newest counts';

CREATE TABLE IF NOT EXISTS dead_letters
(
    topic       LowCardinality(String) COMMENT 'Topic that the record was read from or meant for',
    partition   Int32 COMMENT 'Its partition',
    offset      Int64 COMMENT 'Its offset',
    key         String COMMENT 'Its key' CODEC(ZSTD(1)),
    stage       LowCardinality(String) COMMENT 'Who could not process it: ingest, normalize, classify or sink',
    reason      String COMMENT 'Why' CODEC(ZSTD(1)),
    source      LowCardinality(String) COMMENT 'Configured name of the source, or empty if it could not be read',
    project     LowCardinality(String) COMMENT 'Project, or empty if it could not be read',
    item_id     String COMMENT 'Id of the item, or empty if it could not be read' CODEC(ZSTD(1)),
    size_bytes  UInt64 COMMENT 'Bytes of the record' CODEC(ZSTD(1)),
    sha256      String COMMENT 'SHA-256 of the record, in hex' CODEC(ZSTD(1)),
    head        String COMMENT 'Its first 64 KiB' CODEC(ZSTD(3)),
    recorded_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the record was recorded; NULL if it could not be read'
)
ENGINE = ReplacingMergeTree(offset)
ORDER BY (stage, topic, partition, offset, key, sha256)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is a record that could not be processed';
