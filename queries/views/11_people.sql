-- view: people
-- row: a person whose accounts the decision files merge, without a name
-- key: id
-- joins: id to memberships.person, activity.person, work_items.author and each of work_items.assignees
-- adds up: count
-- null: none
-- freshness: the last workmix apply
-- stability: stable
-- example: SELECT countIf(NOT bot) FROM people
-- columns:
--   id String: Pseudonym of the person
--   accounts Array(String): Pseudonyms of the person's accounts
--   timezone String: Time zone, or empty: the calendar's
--   bot Bool: A program
--   valid_from DateTime64(3, 'UTC'): From when the decision holds
--   recorded_at DateTime64(3, 'UTC'): When it was published
--   author String: Pseudonym of who published it, or the program that did
--   reason String: Why, or empty

SELECT
    id, JSONExtract(body, 'accounts', 'Array(String)') AS accounts, JSONExtractString(body, 'timezone') AS timezone,
    JSONExtract(body, 'bot', 'Bool') AS bot, valid_from, recorded_at, author, reason
FROM {{template "decided" (kind . "person")}}
