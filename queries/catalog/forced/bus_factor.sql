-- title: Bus factor of forced work
-- question: On how few people does a team's forced work rest?
-- parameters:
--   team String = '': the team whose people acted; empty: all teams, each with its row
--   from DateTime64(3, 'UTC') = 1970-01-01: what was done at this time or later
--   to DateTime64(3, 'UTC') = 2299-01-01: what was done before this time
--   forced String = broad: which work counts, one of broad (all that is forced), strict (without ordinary defects)
-- columns:
--   team: the team; empty: unattributed, people who are in none
--   people: people who did something on forced work; programs do not count
--   half: the smallest number of them who together did half of it or more
--   top_share: the part that the one did who did most
--   item_days: days on which a person did something on an item, in UTC, summed over people and items: what the parts are of
--   items: forced items on which anything was done
-- unit: people; item-days; items; share as a fraction of 1
SELECT
    team, length(by_person) AS people, toUInt64(arrayFirstIndex(s -> 2 * s >= item_days, arrayCumSum(by_person))) AS half,
    round(by_person[1] / item_days, 4) AS top_share, arraySum(by_person) AS item_days, items
FROM
(
    SELECT d.team AS team, arrayReverseSort(groupArray(d.n)) AS by_person, uniqExactMerge(d.touched) AS items
    FROM
    (
        SELECT a.act.team AS team, a.act.person AS person, uniqExact(a.item, toDate(a.act.at)) AS n, uniqExactState(a.item) AS touched
        FROM
        (
            SELECT item, arrayJoin(acts) AS act
            FROM item_rows FINAL
            WHERE drive = 'forced' AND ({forced:String} = 'broad' OR forced_reason != 'defect') AND notEmpty(acts)
        ) AS a
        WHERE ({team:String} = '' OR a.act.team = {team:String}) AND a.act.at >= {from:DateTime64(3, 'UTC')} AND a.act.at < {to:DateTime64(3, 'UTC')}
        GROUP BY team, person
    ) AS d
    GROUP BY team
)
ORDER BY team
