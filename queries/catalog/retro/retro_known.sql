-- title: What was known
-- question: What was the last thing that was known at a time, under which rules, and what could not be seen?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
-- columns:
--   known_at: when the last observation or decision was recorded; the same answers follow from it as from the parameter
--   first_known_at: when the first observation was recorded
--   ruleset: the ruleset whose verdicts counted
--   items: items known
--   unseen: of those, the ones whose newest record says that they are out of sight
--   dead_letters: records that could not be processed
-- unit: items; records
WITH
    (SELECT max(recorded_at) FROM revisions WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')}) AS told,
    (SELECT max(recorded_at) FROM raw_records WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')}) AS raw,
    ifNull((SELECT max(recorded_at) FROM dead_letters WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')}), toDateTime64(0, 3, 'UTC')) AS dead,
    (SELECT max(recorded_at) FROM tombstones WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')}) AS gone,
    (SELECT max(recorded_at) FROM decisions WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')} AND kind != 'retrospective') AS decided,
    (SELECT (count(), countIf(removed IN ('unobserved', 'access_lost'))) FROM (SELECT argMax(removed, (recorded_at, position)) AS removed FROM raw_records WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')} GROUP BY item_id)) AS seen
SELECT
    greatest(told, gone, decided, raw, dead) AS known_at,
    (SELECT min(recorded_at) FROM raw_records) AS first_known_at,
    (SELECT argMax(JSONExtractString(body, 'ruleset'), (recorded_at, valid_from)) FROM decisions WHERE kind = 'promotion' AND recorded_at <= {known_at:DateTime64(3, 'UTC')}) AS ruleset,
    toInt64(seen.1) AS items, toInt64(seen.2) AS unseen,
    (SELECT toInt64(count()) FROM dead_letters WHERE recorded_at <= {known_at:DateTime64(3, 'UTC')}) AS dead_letters
