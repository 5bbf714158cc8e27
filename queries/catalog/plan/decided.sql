-- title: What was decided
-- question: Who decided what on plans, initiatives, asks, teams and memberships, when and why, in all its versions?
-- parameters:
--   kind String = '': plan, initiative, ask, team, group, membership or absence; empty: all of these
--   team String = '': decisions on this team, of its plans, asks and memberships, and on initiatives that it owns; empty: all teams
--   limit UInt32 = 200: how many, the newest first
-- columns:
--   at: when it was published
--   kind: what it is on
--   id: of what it is; each version of one thing has the same
--   version: 1 is the first
--   retracted: it was taken back
--   what: what was decided, as JSON; people are pseudonyms
--   author: pseudonym of who published it, or the program that did
--   reason: why, or empty
-- unit: decisions
SELECT v.at AS at, v.kind AS kind, v.id AS id, v.version AS version, v.retracted AS retracted, v.body AS what, v.author AS author, v.reason AS reason
FROM
(
    SELECT d.at AS at, d.kind AS kind, d.id AS id, d.retracted AS retracted, d.body AS body, d.author AS author, d.reason AS reason,
        row_number() OVER (PARTITION BY d.kind, d.id ORDER BY d.at, d.valid_from, d.body) AS version
    FROM
    (
        SELECT DISTINCT recorded_at AS at, kind, id, retracted, body, valid_from, author, reason
        FROM decisions
        WHERE kind IN ('plan', 'initiative', 'ask', 'team', 'group', 'membership', 'absence') AND ({kind:String} = '' OR kind = {kind:String})
    ) AS d
) AS v
WHERE {team:String} = '' OR v.kind = 'team' AND v.id = {team:String} OR JSONExtractString(v.body, 'team') = {team:String} OR JSONExtractString(v.body, 'owner') = {team:String}
ORDER BY at DESC, kind, id, version DESC
LIMIT {limit:UInt32}
