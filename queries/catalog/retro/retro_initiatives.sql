-- title: Key initiatives at the end of a quarter
-- question: Which key initiatives had begun by the end of a quarter, how far were they at its end, and how far behind their first target?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   at DateTime64(3, 'UTC'): how things stood then
--   to Date: first day after it
--   quarter String: the quarter, such as 2026-Q3
-- columns:
--   initiative: id of the initiative
--   name: its name
--   owner: team or group that answers for it, or a person's pseudonym; or empty
--   items: items that belong to it and are not dropped
--   items_done: of those, the ones that are done
--   planned_days: person-days that the quarter's plans intend for it; NULL: none does
--   first_target: the first day by which it was to be done
--   target: the day by which it is to be done
--   slip_days: days between the two
--   teams: teams whose plan of the quarter names it
--   team_days: person-days that the plan of each of these teams intends for it
--   finished: of its items, those that were done in the eight weeks before
--   added: items that came in these weeks and are not dropped
-- unit: items; days; person-days
WITH
    revised AS
    (
        SELECT id, argMax(body, (recorded_at, valid_from)) AS text, argMax(retracted, (recorded_at, valid_from)) AS gone,
            argMinIf(JSONExtractString(body, 'target'), (recorded_at, valid_from), NOT retracted) AS first_target
        FROM decisions
        WHERE kind = 'initiative' AND recorded_at <= {known_at:DateTime64(3, 'UTC')}
        GROUP BY id
    ),
    intended AS
    (
        SELECT JSONExtractString(body, 'team') AS team, arrayJoin(JSONExtractKeysAndValues(body, 'initiative_days', 'Float64')) AS part
        FROM
        (
            SELECT *
            FROM decisions
            WHERE kind = 'plan' AND recorded_at <= {known_at:DateTime64(3, 'UTC')}
            ORDER BY id, recorded_at DESC, valid_from DESC, body DESC
            LIMIT 1 BY id
        )
        WHERE NOT retracted AND JSONExtractString(body, 'quarter') = {quarter:String}
    )
SELECT
    r.id AS initiative, JSONExtractString(r.text, 'name') AS name, JSONExtractString(r.text, 'owner') AS owner,
    toInt64(w.items) AS items, toInt64(w.done) AS items_done, p.days AS planned_days,
    r.first_target AS first_target, JSONExtractString(r.text, 'target') AS target,
    if(first_target = '' OR target = '', NULL, dateDiff('day', toDate32OrZero(first_target), toDate32OrZero(target))) AS slip_days,
    p.teams AS teams, arrayMap(t -> t.2, p.shares) AS team_days, toInt64(w.finished) AS finished, toInt64(w.added) AS added
FROM revised AS r
LEFT ANY JOIN
(
    SELECT initiative, count() AS items, countIf(state = 'done') AS done,
        countIf(state = 'done' AND closed_at >= {at:DateTime64(3, 'UTC')} - toIntervalDay(56)) AS finished, countIf(created_at >= {at:DateTime64(3, 'UTC')} - toIntervalDay(56)) AS added
    FROM work_items_at(at = {at:DateTime64(3, 'UTC')}, known_at = {known_at:DateTime64(3, 'UTC')})
    WHERE initiative != '' AND state != 'dropped' AND removed IN ('', 'archived', 'unobserved')
    GROUP BY initiative
) AS w ON w.initiative = r.id
LEFT ANY JOIN (SELECT part.1 AS initiative, toNullable(sum(part.2)) AS days, arraySort(groupArray((team, part.2))) AS shares, arrayMap(t -> t.1, shares) AS teams FROM intended GROUP BY initiative) AS p ON p.initiative = r.id
WHERE NOT r.gone AND toDate32OrZero(JSONExtractString(r.text, 'from')) < {to:Date}
ORDER BY initiative
