-- title: Why an item lies where it does
-- question: Whose verdict is an item's, whose word changed it, and what speaks for and against it?
-- parameters:
--   item String: id of the item
-- columns:
--   item_id: id of the item
--   key: its key
--   title: its title
--   quadrant: its quadrant
--   forced: forced score; NULL if there is no verdict yet
--   long: long score; NULL if there is no verdict yet
--   confidence: confidence in the quadrant; NULL if there is no verdict yet
--   category: its category
--   category_source: which step decided the category
--   initiative: key initiative that it belongs to, or empty
--   ask: user ask that it belongs to, or empty
--   asker: who asked
--   property: the quality that the work preserves, or empty
--   forced_reason: why the work is forced, or empty
--   class_source: what decided: rules, text, inherited or override
--   ruleset: content hash of the ruleset that judged; empty if there is no verdict yet
--   from_item: id of the item whose verdict it is: the item's own, or that of the one that it takes the verdict over from
--   from_key: its key
--   from_title: its title
--   word: what a person says of that item: drive and horizon; empty if nobody does
--   word_at: when that was said; NULL if nobody does
--   word_author: pseudonym of who said it
--   word_reason: why
--   category_word: the category that a person says, of the item itself or else of that one; empty if nobody does
--   category_at: when that was said; NULL if nobody does
--   category_author: pseudonym of who said it
--   category_reason: why
--   evidence: what spoke for and against that item's own verdict, as JSON
--   rules: text of the ruleset, as JSON
-- unit: scores from 0 to 1
SELECT
    w.item_id AS item_id, w.key AS key, w.title AS title, w.quadrant AS quadrant, w.forced AS forced, w.long AS long, w.confidence AS confidence,
    w.category AS category, w.category_source AS category_source, w.initiative AS initiative, w.ask AS ask, w.asker AS asker, w.property AS property,
    w.forced_reason AS forced_reason, w.class_source AS class_source, w.ruleset AS ruleset, w.verdict_from AS from_item,
    f.key AS from_key, f.title AS from_title,
    trim(concat(o.drive, ' ', o.horizon)) AS word, if(word = '', NULL, o.recorded_at) AS word_at,
    if(word = '', '', o.author) AS word_author, if(word = '', '', o.reason) AS word_reason,
    if(own.category != '', own.category, o.category) AS category_word,
    if(category_word = '', NULL, if(own.category != '', own.recorded_at, o.recorded_at)) AS category_at,
    if(own.category != '', own.author, if(category_word = '', '', o.author)) AS category_author,
    if(own.category != '', own.reason, if(category_word = '', '', o.reason)) AS category_reason,
    toJSONString(c.evidence) AS evidence, r.body AS rules
FROM work_items AS w
LEFT JOIN (SELECT item_id, key, title FROM work_items WHERE item_id IN (SELECT verdict_from FROM work_items WHERE item_id = {item:String})) AS f ON f.item_id = w.verdict_from
LEFT JOIN overrides AS o ON o.item_id = w.verdict_from
LEFT JOIN overrides AS own ON own.item_id = w.item_id
LEFT JOIN
(
    SELECT item_id, ruleset, evidence
    FROM classifications
    WHERE item_id IN (SELECT verdict_from FROM work_items WHERE item_id = {item:String}) AND valid_to IS NULL
) AS c ON c.item_id = w.verdict_from AND c.ruleset = w.ruleset
LEFT JOIN rulesets AS r ON r.id = w.ruleset
WHERE w.item_id = {item:String}
