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
        SELECT a.team AS team, a.person AS person, uniqExact(cityHash64(a.item_id), toDate(a.at)) AS n, uniqExactState(cityHash64(a.item_id)) AS touched -- 64 bits of an id are compared in a fraction of the time of the text
        FROM activity AS a
        WHERE NOT a.is_bot AND ({team:String} = '' OR a.team = {team:String})
            AND a.at >= {from:DateTime64(3, 'UTC')} AND a.at < {to:DateTime64(3, 'UTC')}
            AND cityHash64(a.item_id) IN
            (
                SELECT cityHash64(item_id)
                FROM work_items
                WHERE drive = 'forced' AND ({forced:String} = 'broad' OR forced_reason != 'defect')
            )
        GROUP BY team, person
    ) AS d
    GROUP BY team
)
ORDER BY team
