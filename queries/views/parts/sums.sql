{{- /* summed: effort without the items: the columns of effort_sums, of the rows that follow it. The cause is what the work
       does to a team's plan, the first that applies. A category that rests on a verdict is in doubt by the
       probability that the verdict is wrong. */ -}}
{{define "summed" -}}
    day, team, category, quadrant, initiative,
    multiIf(
        item_id = '', '',
        category_source = 'incident' OR forced_reason = 'outage', 'incidents',
        category = 'user_asks' AND NOT planned AND asker_team NOT IN ('', item_team), 'asks_from_others',
        unplanned_kind = 'scope', 'scope',
        item_team NOT IN ('', team), 'help', '') AS cause,
    sum(e.effort_days) AS effort_days, sum(e.time_days) AS time_days, sum(e.activity_days) AS activity_days,
    sum(if(category_source IN ('rule', 'property', 'incident', 'forced', 'asker'), e.effort_days * ifNull(least(forced, 1 - forced), 0), 0)) AS doubt_days,
    sum(if(forced IS NULL, 0, e.effort_days)) AS judged_days, sum(if(forced IS NULL, 0, e.time_days)) AS judged_time, sum(if(forced IS NULL, 0, e.activity_days)) AS judged_activity,
    sum(e.effort_days * ifNull(forced, 0)) AS forced_days, sum(e.time_days * ifNull(forced, 0)) AS forced_time, sum(e.activity_days * ifNull(forced, 0)) AS forced_activity,
    sum(e.effort_days * ifNull(long, 0)) AS long_days, sum(e.time_days * ifNull(long, 0)) AS long_time, sum(e.activity_days * ifNull(long, 0)) AS long_activity,
    sum(e.effort_days * ifNull(least(forced, 1 - forced), 0)) AS forced_doubt, sum(e.effort_days * ifNull(least(long, 1 - long), 0)) AS long_doubt
{{- end}}

{{- /* sums: effort without the items: as it was last derived, or as it was known at a time. */ -}}
{{define "sums" -}}
(
{{- if .At}}
    SELECT {{template "summed" .}}
    FROM ({{template "effort" .}}) AS e
    GROUP BY day, team, category, quadrant, initiative, cause
{{- else}}
    SELECT *
    FROM effort_sums
    WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day)
    LIMIT 1 BY day, team, category, quadrant, initiative, cause
{{- end}}
)
{{- end}}

{{- /* item_sums: what each item took, as it was last derived. */ -}}
{{define "item_sums" -}}
(
    SELECT *
    FROM item_sums{{where .Only}}
    ORDER BY item_id DESC, generation DESC
    LIMIT 1 BY item_id
)
{{- end}}
