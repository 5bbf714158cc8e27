-- title: Versions of the rules
-- question: Which rules have judged, how much, and whose verdicts count?
-- columns:
--   ruleset: content hash of the ruleset
--   active: its verdicts are those that count
--   verdicts: how many verdicts it gave, of every telling of a change
--   published_at: when it was published; NULL: never
--   promoted_at: when it was last promoted; NULL: never
--   author: pseudonym of who published it, or the program that did; or empty
--   reason: why, or empty
-- unit: verdicts
SELECT r.id AS ruleset, r.active AS active, v.n AS verdicts, r.recorded_at AS published_at, r.promoted_at AS promoted_at, r.author AS author, r.reason AS reason
FROM rulesets AS r
LEFT ANY JOIN (SELECT ruleset, count() AS n FROM verdicts FINAL GROUP BY ruleset) AS v ON v.ruleset = r.id
ORDER BY active DESC, published_at DESC NULLS LAST, ruleset
