-- title: Carry-over between quarters
-- question: What was begun in a quarter and not done at its end, and what became of it in the next?
-- parameters:
--   team String = '': the team that owns the items; empty: all teams, each with its rows
--   from Date = 1970-01-01: quarters that begin on this day or later
--   to Date = 2149-06-06: quarters that begin before this day
-- columns:
--   team: the team; empty: unattributed, items that no team owns
--   quarter: first day of the quarter at whose end they were begun and open; quarters that are not over have none
--   items: items carried over; one that was closed then and opened again later counts too
--   points: their story points, as they are now
--   effort_days: person-days spent on them until the quarter's end, by all teams
--   initiative_items: of the items, those of key initiatives
--   forced_items: of the items, the forced ones by their current verdict
--   done_next: of the items, those done in the next quarter
--   dropped_next: those dropped in it
--   open_next: those that were open at its end too, or are open now while it goes on
-- unit: items; story points; person-days
WITH
    (SELECT arraySort(groupArray((quarter, begins, ends))) FROM quarters) AS known
SELECT
    toString(w.team) AS team, w.carried.1 AS quarter, count() AS items, sum(ifNull(w.points, 0)) AS points,
    round(sum(arraySum(m -> if(m.1 < addMonths(w.carried.1, 3), m.2, 0.), w.months)), 2) AS effort_days, -- a quarter begins with a month
    countIf(w.initiative != '') AS initiative_items, countIf(w.drive = 'forced') AS forced_items,
    countIf(w.closed_at < w.carried.2 AND w.state = 'done') AS done_next, countIf(w.closed_at < w.carried.2 AND w.state = 'dropped') AS dropped_next,
    items - done_next - dropped_next AS open_next
FROM
(
    SELECT team, state, initiative, drive, points, closed_at, months,
        arrayJoin(arrayFilter(q -> assumeNotNull(started_at) < q.2 AND (closed_at IS NULL OR closed_at >= q.2),
            arrayMap((q, next) -> (q.1, q.3, next.3), arrayPopBack(known), arrayPopFront(known)))) AS span,
        (span.1, span.3) AS carried
    FROM
    (
        SELECT team, state, initiative, drive, points, started_at, closed_at, months
        FROM item_rows FINAL
        WHERE started_at IS NOT NULL AND removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR team = {team:String})
            AND (closed_at IS NULL OR toYYYYMM(toDate32(assumeNotNull(started_at)) - 1) != toYYYYMM(toDate32(assumeNotNull(closed_at)) + 1)) -- a quarter ends with a month, in any time zone
    )
    WHERE span.1 >= {from:Date} AND span.1 < {to:Date}
) AS w
GROUP BY team, quarter
ORDER BY team, quarter
