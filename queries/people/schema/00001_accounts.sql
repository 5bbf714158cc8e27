-- The tables of database workmix_people: whose the pseudonyms are. The sink writes them; only the role people, which is
-- off by default, may read them, and workmix suggest.

-- +goose Up
CREATE TABLE IF NOT EXISTS sightings
(
    source     LowCardinality(String) COMMENT 'Configured name of the source',
    account_id String COMMENT 'The tracker''s own id of the account; git: and the address for the author of a commit whom the tracker names no account of' CODEC(ZSTD(1)),
    pseudonym  String COMMENT 'The account''s name in the tables of workmix' CODEC(ZSTD(1)),
    login      String COMMENT 'Login, or empty' CODEC(ZSTD(1)),
    name       String COMMENT 'Name, or empty' CODEC(ZSTD(1)),
    email      String COMMENT 'E-mail address, or empty' CODEC(ZSTD(1)),
    verified   Bool COMMENT 'The tracker vouches for the address',
    bot        Bool COMMENT 'The tracker says that the account is a program''s',
    first_seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When the ingester was first told this',
    last_seen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When the ingester was last told this'
)
ENGINE = AggregatingMergeTree
ORDER BY (source, account_id, pseudonym, login, name, email, verified, bot)
COMMENT 'A row is one thing that a tracker told of an account, with when; before a merge it may stand in several rows';

CREATE TABLE IF NOT EXISTS directory_records
(
    source      LowCardinality(String) COMMENT 'Configured name of the source',
    tracker     LowCardinality(String) COMMENT 'github or jira',
    kind        LowCardinality(String) COMMENT 'team, members, codeowners or project',
    name        String COMMENT 'Of which team, organisation or project' CODEC(ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the ingester learned it' CODEC(Delta, ZSTD(1)),
    digest      String COMMENT 'SHA-256 of the content, in hex' CODEC(ZSTD(1)),
    content     String COMMENT 'JSON as the tracker told it; empty: it is there no more' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (source, kind, name, recorded_at, digest)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'A row is one telling of who is in a team, who owns files or who leads a project';
