-- title: Incidents and plan freezes by day
-- question: On which days did incidents begin, or were plans frozen, and how many?
-- parameters:
--   team String = '': the team; empty: all teams
--   from DateTime64(3, 'UTC') = 1970-01-01: start of the period
--   to DateTime64(3, 'UTC') = 2299-01-01: end of the period, exclusive
-- columns:
--   day: the day, in UTC; the newest first
--   event: incident or plan_frozen
--   n: how many incidents were opened, or plans frozen
--   what: keys of the incidents, or quarters of the plans, each once: the first three in their order
-- unit: incidents and plans
SELECT m.day AS day, m.event AS event, m.n AS n, concat(arrayStringConcat(arraySlice(m.first, 1, 3), ', '), if(length(m.first) > 3, ', …', '')) AS what
FROM
(
    SELECT toDate32(created_at) AS day, 'incident' AS event, count() AS n, groupArraySorted(4)(key) AS first
    FROM work_items
    WHERE kind = 'incident' AND removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR team = {team:String})
        AND created_at >= {from:DateTime64(3, 'UTC')} AND created_at < {to:DateTime64(3, 'UTC')}
    GROUP BY day
    UNION ALL
    SELECT toDate32(frozen_at) AS day, 'plan_frozen' AS event, count() AS n, arraySort(groupUniqArray(name)) AS first
    FROM plans
    WHERE ({team:String} = '' OR team = {team:String}) AND frozen_at >= {from:DateTime64(3, 'UTC')} AND frozen_at < {to:DateTime64(3, 'UTC')}
    GROUP BY day
) AS m
ORDER BY day DESC, event
