-- title: What is set up
-- question: Is there what the other questions need: items, teams, people, plans, verdicts, a complete coverage?
-- columns:
--   sources: sources that items came from
--   items: items that analysts see
--   unowned: of those, the items that no declared team owns
--   unjudged: items whose newest revision has no verdict yet
--   teams: teams that were declared
--   people: people that were declared
--   planned: teams with a plan for the newest quarter that any work is known of
--   missing: items that the trackers count and the tables do not have
--   dead_letters: records that could not be processed
-- unit: items; sources, teams, people and records
WITH
    (SELECT (count(), countIf(team = '' OR startsWith(team, 'provisional:'))) FROM item_rows FINAL WHERE removed = '') AS w,
    (SELECT (count(), sum(f.unjudged), sum(f.dead_letters)) FROM freshness AS f) AS p
SELECT
    p.1 AS sources, w.1 AS items, w.2 AS unowned, p.2 AS unjudged,
    (SELECT countIf(NOT provisional) FROM teams) AS teams,
    (SELECT count() FROM people) AS people,
    (SELECT uniqExact(a.team) FROM plans AS a WHERE a.quarter = (SELECT max(quarter) FROM quarters)) AS planned,
    (SELECT sum(greatest(c.missing, 0)) FROM coverage AS c WHERE c.missing IS NOT NULL) AS missing,
    p.3 AS dead_letters
