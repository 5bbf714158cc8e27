-- title: The investment grid
-- question: Where does each project and each key initiative lie on the grid, and how much work went into it?
-- parameters:
--   team String = '': the team that owns the items; empty: all teams
--   from DateTime64(3, 'UTC') = 1970-01-01: items that were open after this
--   to DateTime64(3, 'UTC') = 2299-01-01: items that were created before this
-- columns:
--   kind: project or initiative; an item of an initiative counts in both
--   name: owner/repo, project key or the initiative's id
--   source: configured name of the project's source; empty for an initiative
--   items: items that were open within the period
--   determined: of those, the items whose verdict decides
--   effort_days: person-days that were ever spent on them
--   forced: mean forced score of the determined items, weighted by effort; without any effort their plain mean; NULL if there are none
--   long: mean long score likewise
--   category: the category that most of the effort went to, else most items
--   quadrant: the cell that forced and long lie in, 0.5 being the border; undetermined where no item is determined
-- unit: items; person-days; scores from 0 to 1
SELECT
    g.kind AS kind, g.name AS name, g.source AS source, sum(g.n) AS items, sum(g.decided) AS determined, round(sum(g.days), 2) AS effort_days,
    round(if(sum(g.decided_days) > 0, sum(g.forced_days) / sum(g.decided_days), sum(g.forced_items) / nullIf(sum(g.decided), 0)), 4) AS forced,
    round(if(sum(g.decided_days) > 0, sum(g.long_days) / sum(g.decided_days), sum(g.long_items) / nullIf(sum(g.decided), 0)), 4) AS long,
    argMax(g.category, (g.days, g.n, g.category)) AS category,
    if(forced IS NULL, 'undetermined', concat(if(forced >= 0.5, 'forced', 'discretionary'), if(long >= 0.5, '_long', '_short'))) AS quadrant
FROM
(
    SELECT
        place.1 AS kind, place.2 AS name, place.3 AS source, w.category AS category, count() AS n, countIf(w.quadrant != 'undetermined') AS decided,
        sum(ifNull(w.effort_days, 0)) AS days, sumIf(ifNull(w.effort_days, 0), w.quadrant != 'undetermined') AS decided_days,
        sumIf(ifNull(w.forced * w.effort_days, 0), w.quadrant != 'undetermined') AS forced_days, sumIf(ifNull(w.long * w.effort_days, 0), w.quadrant != 'undetermined') AS long_days,
        sumIf(w.forced, w.quadrant != 'undetermined') AS forced_items, sumIf(w.long, w.quadrant != 'undetermined') AS long_items
    FROM work_items AS w
    ARRAY JOIN if(w.initiative = '', [('project', w.project, w.source)], [('project', w.project, w.source), ('initiative', w.initiative, '')]) AS place
    WHERE w.removed IN ('', 'archived', 'unobserved') AND ({team:String} = '' OR w.team = {team:String})
        AND w.created_at < {to:DateTime64(3, 'UTC')} AND (w.closed_at IS NULL OR w.closed_at >= {from:DateTime64(3, 'UTC')})
    GROUP BY kind, name, source, category
) AS g
GROUP BY kind, name, source
ORDER BY kind, name, source
