-- view: initiatives
-- row: a key initiative, as its newest revision says
-- key: id
-- joins: id to work_items.initiative, effort.initiative, initiative_progress.initiative and the keys of plans.initiative_days; owner to teams.id or teams.group
-- adds up: count
-- null: none
-- freshness: the last workmix apply
-- stability: stable
-- example: SELECT id, dateDiff('day', first_target, target) AS slip FROM initiatives ORDER BY slip DESC
-- columns:
--   id String: Id of the initiative
--   name String: Name
--   owner String: Team or group that answers for it, or a person's pseudonym; or empty
--   from Date32: First day
--   target Date32: Day by which it is to be done
--   first_target Date32: The target of its first revision
--   revisions UInt32: How often it was published
--   epics Array(String): Keys of epics whose children belong to it
--   labels Array(String): Labels whose bearers belong to it
--   keys Array(String): Keys of items that belong to it; what descends from them or closes them does too
--   valid_from DateTime64(3, 'UTC'): From when the decision holds
--   recorded_at DateTime64(3, 'UTC'): When this revision was published
--   author String: Pseudonym of who published it, or the program that did
--   reason String: Why, or empty

SELECT
    i.id AS id, JSONExtractString(i.body, 'name') AS name, JSONExtractString(i.body, 'owner') AS owner,
    toDate32OrZero(JSONExtractString(i.body, 'from')) AS `from`, toDate32OrZero(JSONExtractString(i.body, 'target')) AS target,
    toDate32OrZero(JSONExtractString(h.first, 'target')) AS first_target, h.revisions AS revisions,
    JSONExtract(i.body, 'items', 'epics', 'Array(String)') AS epics, JSONExtract(i.body, 'items', 'labels', 'Array(String)') AS labels,
    JSONExtract(i.body, 'items', 'keys', 'Array(String)') AS keys,
    i.valid_from AS valid_from, i.recorded_at AS recorded_at, i.author AS author, i.reason AS reason
FROM {{template "decided" (kind . "initiative")}} AS i
LEFT ANY JOIN
(
    SELECT id, argMin(body, recorded_at) AS first, toUInt32(uniqExact(recorded_at)) AS revisions
    FROM decisions
    WHERE kind = 'initiative' AND NOT retracted
    GROUP BY id
) AS h ON h.id = i.id
