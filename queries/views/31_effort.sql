-- view: effort
-- row: what the people of a team spent on an item on a day, in person-days; or, without an item, the part of their day in which no tracker shows work
-- key: day, team, item_id
-- joins: item_id to work_items; team and item_team to teams.id; initiative to initiatives.id; ask to asks.id
-- adds up: effort_days, activity_count over any rows: over all rows of a team-day, effort_days is the team's capacity. low and high bound a row, not a sum: add up time_days and activity_days and take the least and greatest of the three sums.
-- null: forced, long: no verdict, or no item. planned: the team that owns the item has no frozen plan for the quarter.
-- freshness: derived again within a minute of a change while workmix up or process runs, and at the end of workmix sync
-- stability: stable; how evidence is weighed is preview: model says which
-- example: SELECT toStartOfMonth(day) AS month, category, sum(effort_days) FROM effort WHERE team = 'compute' GROUP BY month, category ORDER BY month, category
-- columns:
--   day Date32: Day, in the time zone of the person who worked
--   team String: Team of the people who worked, on that day; empty for those who are in none
--   item_team String: Team that owns the item; where it is another, the row is help given
--   item_id String: Id of the item; empty: unallocated
--   effort_days Float64: Person-days under the configured weights
--   low Float64: Least of effort_days, time_days and activity_days
--   high Float64: Greatest of the three
--   time_days Float64: Person-days if only the time in progress counted
--   activity_days Float64: Person-days if only activity counted
--   activity_count UInt64: What the team's people did on the item that day
--   reason String: What the row rests on: in_progress, activity, both or none (unallocated)
--   category String: Category of the item; unallocated without one
--   category_source String: Which step decided the category
--   quadrant String: Quadrant of the verdict that held on that day; unallocated without an item
--   forced Nullable(Float64): Probability that the work is forced, of that verdict
--   long Nullable(Float64): Probability that the work is long, of that verdict
--   property String: The quality that the work preserves, or empty
--   forced_reason String: Why the work is forced, or empty
--   initiative String: Key initiative that holds the item, or empty
--   ask String: User ask that holds the item, or empty
--   asker String: Who asked: the ask's asker, else whom a configured label names, else the reporter's team, else unknown
--   asker_team String: The asker's team, or empty
--   planned Nullable(Bool): Planned at the quarter's freeze: in an initiative or in an ask of the quarter, or started and open then; or part of what was, or, whenever it was opened, a pull request that closes what was
--   unplanned_kind String: scope (it came to planned work after the freeze), escalated (its priority rose after it) or new; empty: planned, or no plan
--   finished Bool: The item is done
--   model String: Version of the effort model
--   config_hash String: Hash of the weights and the calendar
--   ruleset String: Content hash of the ruleset that judged

SELECT
    e.day AS day, e.team AS team, e.item_team AS item_team, e.item_id AS item_id, e.effort_days AS effort_days,
    least(e.effort_days, e.time_days, e.activity_days) AS low, greatest(e.effort_days, e.time_days, e.activity_days) AS high,
    e.time_days AS time_days, e.activity_days AS activity_days, e.activity_count AS activity_count, e.reason AS reason,
    e.category AS category, e.category_source AS category_source, e.quadrant AS quadrant, e.forced AS forced, e.long AS long,
    e.property AS property, e.forced_reason AS forced_reason, e.initiative AS initiative, e.ask AS ask, e.asker AS asker,
    e.asker_team AS asker_team, e.planned AS planned, e.unplanned_kind AS unplanned_kind, e.finished AS finished,
    '{{model}}' AS model, '{{confighash}}' AS config_hash, e.ruleset AS ruleset
FROM {{template "derived_effort" .}} AS e
{{- /* See items_now. */}}
UNION ALL
SELECT toDate32('1970-01-01'), '', '', '', 0., 0., 0., 0., 0., 0, '', '', '', '', NULL, NULL, '', '', '', '', '', '', NULL, '', false, '', '', ''
FROM effort_rows
WHERE false
