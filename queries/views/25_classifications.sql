-- view: classifications
-- row: an item's own verdict after one of its changes, under one ruleset
-- key: item_id, revision, ruleset
-- joins: item_id and revision to work_item_history; item_id to work_items; ruleset to rulesets.id
-- adds up: nothing; count items, not verdicts. The verdicts at an instant T under one ruleset: WHERE valid_from <= T AND (valid_to > T OR valid_to IS NULL).
-- null: valid_to: the verdict still holds
-- freshness: the newest observation of the item that is classified; freshness tells how far behind that is
-- stability: stable
-- example: SELECT valid_from, quadrant, e.because FROM classifications ARRAY JOIN evidence AS e WHERE item_id = 'code/issue/7' ORDER BY valid_from
-- columns:
--   item_id String: Id of the item
--   revision String: The change after which the verdict holds
--   ruleset String: Content hash of the ruleset that judged
--   valid_from DateTime64(3, 'UTC'): From when the verdict holds
--   valid_to Nullable(DateTime64(3, 'UTC')): Until when, exclusive; NULL while it holds
--   recorded_at DateTime64(3, 'UTC'): When workmix learned of this telling of the change
--   forced Float64: Probability that the work is forced, 0 to 1
--   long Float64: Probability that the work is long, 0 to 1
--   drive String: forced, discretionary or undetermined
--   horizon String: short, long or undetermined
--   quadrant String: forced_short, forced_long, discretionary_short, discretionary_long or undetermined
--   category String: user_asks, platform_quality, key_initiatives, a company's own, or uncategorised
--   category_source String: Which step decided the category
--   property String: The quality that the work preserves, or empty
--   forced_reason String: Why the work is forced, or empty
--   initiative String: Key initiative that a rule says the item belongs to, or empty
--   confidence Float64: Confidence in the quadrant, 0 to 1
--   class_source String: What decided: rules, text, inherited or override
--   evidence Array(Tuple(rule String, because String, matched String, forced Float64, long Float64)): The reasons, with their weights in log-odds on both axes

SELECT
    item_id, change AS revision, ruleset, valid_from,
    leadInFrame(toNullable(valid_from)) OVER (PARTITION BY ruleset, item_id ORDER BY valid_from, seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS valid_to,
    recorded_at, forced, long, drive, horizon, quadrant, category, category_source, property, forced_reason, initiative, confidence, class_source,
    JSONExtract(evidence, 'Array(Tuple(rule String, because String, matched String, forced Float64, long Float64))') AS evidence
FROM {{template "verdicts" .}}
