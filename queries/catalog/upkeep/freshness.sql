-- title: Freshness
-- question: How far behind the trackers are the tables, and what waits for a verdict?
-- columns:
--   source: configured name of the source
--   last_raw_at: when the newest raw record was recorded; NULL if none was
--   last_revision_at: when the newest raw record that is normalized was recorded; NULL if none is
--   last_verdict_at: when the newest raw record that is classified was recorded; NULL if none is
--   unjudged: items whose newest revision has no verdict under the active ruleset yet
--   dead_letters: records that could not be processed
-- unit: items; dead_letters in records
SELECT source, last_raw_at, last_revision_at, last_verdict_at, unjudged, dead_letters
FROM freshness
ORDER BY source
