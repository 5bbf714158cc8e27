-- title: Incidents and plan freezes
-- question: When did incidents begin, and when were plans frozen?
-- parameters:
--   team String = '': the team; empty: all teams
--   from DateTime64(3, 'UTC') = 1970-01-01: start of the period
--   to DateTime64(3, 'UTC') = 2299-01-01: end of the period, exclusive
-- columns:
--   at: when the incident was opened, or the plan frozen
--   event: incident or plan_frozen
--   team: the team that owns the incident, or whose plan it is; empty if none
--   what: key of the incident, or the quarter of the plan
-- unit: instants
SELECT m.at AS at, m.event AS event, m.team AS team, m.what AS what
FROM
(
    SELECT created_at AS at, 'incident' AS event, team, key AS what FROM work_items WHERE kind = 'incident' AND removed IN ('', 'archived', 'unobserved')
    UNION ALL
    SELECT frozen_at AS at, 'plan_frozen' AS event, team, name AS what FROM plans
) AS m
WHERE ({team:String} = '' OR m.team = {team:String}) AND m.at >= {from:DateTime64(3, 'UTC')} AND m.at < {to:DateTime64(3, 'UTC')}
ORDER BY at, event, team, what
