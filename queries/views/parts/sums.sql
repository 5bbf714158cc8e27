{{- /* summed: effort without the items: the columns of effort_sums, of the rows that follow it. The cause is the
       first that applies. A category that rests on a verdict is in doubt by the
       probability that the verdict is wrong. */ -}}
{{define "summed" -}}
    day, team, category, quadrant, initiative, {{template "cause"}} AS cause,
    sum(e.effort_days) AS effort_days, sum(e.time_days) AS time_days, sum(e.activity_days) AS activity_days, sum({{template "doubt"}}) AS doubt_days,
    sum(if(forced IS NULL, 0, e.effort_days)) AS judged_days, sum(if(forced IS NULL, 0, e.time_days)) AS judged_time, sum(if(forced IS NULL, 0, e.activity_days)) AS judged_activity,
    sum(e.effort_days * ifNull(forced, 0)) AS forced_days, sum(e.time_days * ifNull(forced, 0)) AS forced_time, sum(e.activity_days * ifNull(forced, 0)) AS forced_activity,
    sum(e.effort_days * ifNull(long, 0)) AS long_days, sum(e.time_days * ifNull(long, 0)) AS long_time, sum(e.activity_days * ifNull(long, 0)) AS long_activity,
    sum(e.effort_days * ifNull(least(forced, 1 - forced), 0)) AS forced_doubt, sum(e.effort_days * ifNull(least(long, 1 - long), 0)) AS long_doubt
{{- end}}

{{- /* cause: of the row e of effort what the work did to the team's plan; doubt: how many of its days may belong elsewhere. */ -}}
{{define "cause" -}}
multiIf(
        item_id = '', '',
        category_source = 'incident' OR forced_reason = 'outage', 'incidents',
        category = 'user_asks' AND NOT planned AND (category_source = 'asker' OR asker_team NOT IN ('', item_team)), 'asks_from_others',
        unplanned_kind = 'scope', 'scope',
        item_team NOT IN ('', team), 'help', '')
{{- end}}
{{define "doubt"}}if(category_source IN ('rule', 'property', 'incident', 'forced', 'asker'), e.effort_days * ifNull(least(forced, 1 - forced), 0), 0){{end}}

{{- /* sums: effort without the items: as it was last derived. */ -}}
{{define "sums" -}}
(
    SELECT *
    FROM effort_sums FINAL
    WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day)
)
{{- end}}

{{- /* month_sums: effort of teams, categories and causes by month, as it was last derived; a quarter begins with a month. */ -}}
{{define "month_sums" -}}
(
    SELECT *
    FROM month_sums FINAL
    WHERE (month, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'months' GROUP BY day)
)
{{- end}}

{{- /* spent: a row a quarter, team, category and cause: the person-days, and how many of them are in doubt. As known at a time
       it is a scalar, made into rows again: the engine (26.7) looks at a whole subquery again for each column that is taken from it in a
       statement above, which for effort, below four of them, took several times as long as the answer. */ -}}
{{define "spent" -}}
(
{{- if .At}}
    SELECT spent.1 AS quarter, spent.2 AS team, spent.3 AS category, spent.4 AS cause,
        spent.5 AS effort_days, spent.6 AS time_days, spent.7 AS activity_days, spent.8 AS doubt_days
    FROM
    (
        SELECT arrayJoin(assumeNotNull(
        (
            SELECT groupArray((quarter, team, category, cause, effort_days, time_days, activity_days, doubt_days))
            FROM
            (
                SELECT toDate32({{quarter "day"}}) AS quarter, team, category, {{template "cause"}} AS cause,
                    sum(e.effort_days) AS effort_days, sum(e.time_days) AS time_days, sum(e.activity_days) AS activity_days, sum({{template "doubt"}}) AS doubt_days
                FROM ({{template "effort" .}}) AS e
                GROUP BY quarter, team, category, cause
            )
        ))) AS spent
    )
{{- else}}
    SELECT toDate32({{quarter "month"}}) AS quarter, team, category, cause, sum(s.effort_days) AS effort_days, sum(s.time_days) AS time_days, sum(s.activity_days) AS activity_days, sum(s.doubt_days) AS doubt_days
    FROM {{template "month_sums"}} AS s
    GROUP BY quarter, team, category, cause
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
