-- view: asks
-- row: one of the asks that a team ranked first for a quarter, as its newest revision says
-- key: id
-- joins: id to work_items.ask and effort.ask; team and asker_team to teams.id
-- adds up: count
-- null: answered_at: not answered, as far as the decision files say
-- freshness: the last workmix apply
-- stability: stable
-- example: SELECT quarter, countIf(answered_at IS NOT NULL) AS answered, count() AS asked FROM asks GROUP BY quarter ORDER BY quarter
-- columns:
--   id String: Id of the ask
--   team String: Team that is asked
--   quarter Date: First day of the quarter
--   rank UInt32: 1 is the most urgent of the team's asks of the quarter
--   title String: What is asked
--   asker String: Who asks: a team, a group, customer..., a person's pseudonym; or empty
--   asker_team String: The asker, if it is a team; else empty
--   epics Array(String): Keys of epics whose children belong to it
--   labels Array(String): Labels whose bearers belong to it
--   keys Array(String): Keys of items that belong to it; what descends from them or closes them does too
--   answered_at Nullable(DateTime64(3, 'UTC')): When it was answered
--   valid_from DateTime64(3, 'UTC'): From when the decision holds: when the quarter begins
--   recorded_at DateTime64(3, 'UTC'): When this revision was published
--   author String: Pseudonym of who published it, or the program that did
--   reason String: Why, or empty

SELECT
    id, JSONExtractString(body, 'team') AS team, toDate({{quarterday "JSONExtractString(body, 'quarter')"}}) AS quarter,
    toUInt32(JSONExtractUInt(body, 'rank')) AS rank, JSONExtractString(body, 'title') AS title, JSONExtractString(body, 'asker') AS asker,
    if(asker IN (SELECT id FROM {{template "decided" (kind . "team")}}), asker, '') AS asker_team,
    JSONExtract(body, 'items', 'epics', 'Array(String)') AS epics, JSONExtract(body, 'items', 'labels', 'Array(String)') AS labels,
    JSONExtract(body, 'items', 'keys', 'Array(String)') AS keys,
    parseDateTime64BestEffortOrNull(nullIf(JSONExtractString(body, 'answered_at'), ''), 3, 'UTC') AS answered_at,
    valid_from, recorded_at, author, reason
FROM {{template "decided" (kind . "ask")}}
