-- view: memberships
-- row: a person's time in a team
-- key: person, team, from
-- joins: person to people.id; team to teams.id
-- adds up: share over the people of a team on one day: their full-time equivalents
-- null: to: still a member
-- freshness: the last workmix apply
-- stability: stable
-- example: SELECT team, sum(share) FROM memberships WHERE `from` <= '2026-07-01' AND (`to` > '2026-07-01' OR `to` IS NULL) GROUP BY team
-- columns:
--   person String: Pseudonym of the person
--   team String: Id of the team
--   share Float64: Part of the person's time, above 0 and up to 1
--   from Date32: First day
--   to Nullable(Date32): The day after the last; NULL if the membership is open-ended
--   valid_from DateTime64(3, 'UTC'): From when the decision holds
--   recorded_at DateTime64(3, 'UTC'): When it was published
--   author String: Pseudonym of who published it, or the program that did
--   reason String: Why, or empty

SELECT
    JSONExtractString(body, 'person') AS person, JSONExtractString(body, 'team') AS team, JSONExtractFloat(body, 'share') AS share,
    toDate32(JSONExtractString(body, 'from')) AS `from`,
    if(JSONExtractString(body, 'to') = '', NULL, toDate32OrNull(JSONExtractString(body, 'to'))) AS `to`,
    valid_from, recorded_at, author, reason
FROM {{template "decided" (kind . "membership")}}
