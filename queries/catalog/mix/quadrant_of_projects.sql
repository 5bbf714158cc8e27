-- title: Quadrant of each project
-- question: Where does each project lie on the grid, by the items that were open at some time of a period?
-- parameters:
--   team String = '': the team; empty: all teams
--   from DateTime64(3, 'UTC') = 1970-01-01: start of the period
--   to DateTime64(3, 'UTC') = 2299-01-01: end of the period, exclusive
-- columns:
--   source: configured name of the source
--   project: owner/repo or project key
--   items: items of the project that were open within the period
--   determined: of those, the items whose verdict decides
--   forced: mean forced score of the determined items; NULL if there are none
--   long: mean long score of the determined items; NULL if there are none
--   quadrant: the cell that the two means lie in, 0.5 being the border; undetermined where no item is determined
-- unit: items; scores from 0 to 1
SELECT
    source, project, items, determined, round(mean_forced, 4) AS forced, round(mean_long, 4) AS long,
    if(determined = 0, 'undetermined', concat(if(mean_forced >= 0.5, 'forced', 'discretionary'), if(mean_long >= 0.5, '_long', '_short'))) AS quadrant
FROM
(
    SELECT
        w.source AS source, w.project AS project, count() AS items, countIf(w.quadrant != 'undetermined') AS determined,
        avgOrNullIf(w.forced, w.quadrant != 'undetermined') AS mean_forced, avgOrNullIf(w.long, w.quadrant != 'undetermined') AS mean_long
    FROM work_items AS w
    WHERE w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
        AND w.created_at < {to:DateTime64(3, 'UTC')} AND (w.closed_at IS NULL OR w.closed_at >= {from:DateTime64(3, 'UTC')})
    GROUP BY source, project
)
ORDER BY source, project
