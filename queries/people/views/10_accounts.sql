-- view: accounts
-- row: an account in a tracker
-- key: source, account_id
-- joins: pseudonym to what the base tables of workmix hold; person to workmix.people.id, workmix.activity.person, workmix.work_items.author
-- adds up: count
-- null: none
-- freshness: what the sink has stored
-- stability: preview
-- example: SELECT name, login FROM accounts WHERE NOT bot ORDER BY last_seen DESC LIMIT 10
-- columns:
--   source String: Configured name of the source
--   account_id String: The tracker's own id of the account; git: and the address for the author of a commit whom the tracker names no account of
--   pseudonym String: The account's own name in the tables of workmix
--   person String: The name that the views of workmix show: the person's where a decision merges accounts, else the account's own
--   login String: Newest login, or empty
--   name String: Newest name, or empty
--   emails Array(String): Addresses for which the tracker vouches
--   bot Bool: The tracker, or a decision, says that the account is a program's
--   first_seen DateTime64(3, 'UTC'): When the ingester was first told of it; of whom only changes of the past name, when the last of these was
--   last_seen DateTime64(3, 'UTC'): When the ingester was last told of it; of whom only changes of the past name, when the last of these was

SELECT
    s.source AS source, s.account_id AS account_id, any(s.pseudonym) AS pseudonym,
    if(any(p.id) = '', pseudonym, any(p.id)) AS person,
    argMaxIf(s.login, s.last_seen, s.login != '') AS login, argMaxIf(s.name, s.last_seen, s.name != '') AS name,
    arraySort(groupUniqArrayIf(s.email, s.verified)) AS emails, max(s.bot) OR max(p.bot) AS bot,
    min(CAST(s.first_seen, 'DateTime64(3, \'UTC\')')) AS first_seen, max(CAST(s.last_seen, 'DateTime64(3, \'UTC\')')) AS last_seen
FROM sightings AS s
LEFT ANY JOIN (SELECT id, bot, arrayJoin(accounts) AS account FROM {{.Main}}.people) AS p ON p.account = s.pseudonym
GROUP BY source, account_id
