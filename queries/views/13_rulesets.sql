-- view: rulesets
-- row: a ruleset that was published or that judged
-- key: id
-- joins: id to classifications.ruleset and work_items.ruleset
-- adds up: nothing
-- null: recorded_at: never published, known from its verdicts alone; promoted_at: never promoted
-- freshness: the last promotion or run of the classifier
-- stability: preview
-- example: SELECT id FROM rulesets WHERE active
-- columns:
--   id String: Content hash of the ruleset
--   active Bool: Its verdicts are those of work_items and work_mix_weekly: the ruleset promoted last, else the one published last, else the one of the newest verdict
--   promoted_at Nullable(DateTime64(3, 'UTC')): When it was last promoted
--   verdicts UInt64: How many verdicts it gave, of every telling of a change
--   name String: The name that a replay gave it, or empty
--   body String: The published text as JSON, or empty
--   valid_from Nullable(DateTime64(3, 'UTC')): From when the decision holds
--   recorded_at Nullable(DateTime64(3, 'UTC')): When it was published
--   author String: Pseudonym of who published it, or the program that did; or empty
--   reason String: Why, or empty

SELECT
    id, id = {{template "ruleset" .}} AS active, max(promoted) AS promoted_at, sum(judged) AS verdicts, JSONExtractString(max(text), 'name') AS name, max(text) AS body,
    max(since) AS valid_from, max(published) AS recorded_at, max(who) AS author, max(why) AS reason
FROM
(
    SELECT ruleset AS id, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS promoted, uniqExact(item_id, change, observation) AS judged, '' AS text,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS since, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS published, '' AS who, '' AS why
    FROM verdicts
    GROUP BY ruleset
    UNION ALL
    SELECT id, NULL, 0, body, valid_from, recorded_at, author, reason
    FROM {{template "decided" (kind . "ruleset")}}
    UNION ALL
    SELECT JSONExtractString(body, 'ruleset'), valid_from, 0, '', NULL, NULL, '', ''
    FROM decisions
    WHERE kind = 'promotion' AND NOT retracted
)
GROUP BY id
