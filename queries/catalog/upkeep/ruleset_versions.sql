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
SELECT id AS ruleset, active, verdicts, recorded_at AS published_at, promoted_at, author, reason
FROM rulesets
ORDER BY active DESC, published_at DESC NULLS LAST, ruleset
