-- title: People's words on an item
-- question: Who placed the item by hand, where, and why?
-- parameters:
--   item String: id of the item
-- columns:
--   at: when it was said
--   author: pseudonym of who said it
--   drive: forced or discretionary, or empty
--   horizon: short or long, or empty
--   category: category, or empty
--   cleared: the word before it was taken back
--   reason: why
-- unit: words
SELECT DISTINCT
    d.recorded_at AS at, d.author AS author, JSONExtractString(d.body, 'drive') AS drive, JSONExtractString(d.body, 'horizon') AS horizon,
    JSONExtractString(d.body, 'category') AS category, d.retracted AS cleared, d.reason AS reason
FROM decisions AS d
WHERE d.kind = 'override' AND d.id = {item:String}
ORDER BY at DESC
