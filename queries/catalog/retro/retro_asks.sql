-- title: User asks of a quarter
-- question: Which asks of users were named for a quarter, in which order, and which were answered?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   quarter String: the quarter, such as 2026-Q3
-- columns:
--   id: id of the ask
--   team: team that is asked
--   rank: its place among the team's asks
--   title: what is asked for
--   asker: who asks
--   answered_at: when it was answered; NULL: it was not
-- unit: asks
SELECT
    id, JSONExtractString(body, 'team') AS team, JSONExtractInt(body, 'rank') AS rank, JSONExtractString(body, 'title') AS title,
    JSONExtractString(body, 'asker') AS asker, parseDateTime64BestEffortOrNull(JSONExtractString(body, 'answered_at'), 3, 'UTC') AS answered_at
FROM
(
    SELECT *
    FROM decisions
    WHERE kind = 'ask' AND recorded_at <= {known_at:DateTime64(3, 'UTC')}
    ORDER BY id, recorded_at DESC, valid_from DESC, body DESC
    LIMIT 1 BY id
)
WHERE NOT retracted AND JSONExtractString(body, 'quarter') = {quarter:String}
ORDER BY team, rank, id
