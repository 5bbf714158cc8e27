-- title: Evidence on an item
-- question: Which reasons speak for an item's verdict, which against, and how much does each weigh?
-- parameters:
--   item String: id of the item
-- columns:
--   rule: name of the rule
--   because: the reason in words
--   matched: the words of the item that it found
--   forced: weight towards forced, in log-odds; below zero: towards discretionary
--   long: weight towards long, in log-odds; below zero: towards short
-- unit: log-odds
SELECT e.rule AS rule, e.because AS because, e.matched AS matched, round(e.forced, 3) AS forced, round(e.long, 3) AS long
FROM classifications
ARRAY JOIN evidence AS e
WHERE item_id = {item:String} AND valid_to IS NULL AND ruleset IN (SELECT id FROM rulesets WHERE active)
ORDER BY abs(e.forced) + abs(e.long) DESC, rule, matched
