{{- /* vectors: the rows of team_vectors. forced and long are arrays of three: under the configured weights, by time in progress
       alone, by activity alone; where nothing was judged they are not finite. fs, fl, ds, dl are the quadrants' parts of
       the determined effort. */ -}}
{{define "vectors" -}}
WITH
    {{template "bounds" .}}
SELECT
    v.team AS team, toDate(v.month) AS month,
    if(v.judged > 0, v.forced[1], NULL) AS forced, if(v.judged > 0, v.long[1], NULL) AS long,
    if(v.judged > 0, greatest(0, arrayMin(arrayFilter(x -> isFinite(x), v.forced)) - forced_doubt / v.judged), NULL) AS forced_low,
    if(v.judged > 0, least(1, arrayMax(arrayFilter(x -> isFinite(x), v.forced)) + forced_doubt / v.judged), NULL) AS forced_high,
    if(v.judged > 0, greatest(0, arrayMin(arrayFilter(x -> isFinite(x), v.long)) - long_doubt / v.judged), NULL) AS long_low,
    if(v.judged > 0, least(1, arrayMax(arrayFilter(x -> isFinite(x), v.long)) + long_doubt / v.judged), NULL) AS long_high,
    v.fs_days / nullIf(v.days, 0) AS share_forced_short, v.fl_days / nullIf(v.days, 0) AS share_forced_long,
    v.ds_days / nullIf(v.days, 0) AS share_discretionary_short, v.dl_days / nullIf(v.days, 0) AS share_discretionary_long,
    v.un_days / nullIf(v.days, 0) AS share_undetermined, v.days AS effort_days,
    JSONExtract(t.body, 'desired', 'forced', 'Nullable(Float64)') AS desired_forced,
    JSONExtract(t.body, 'desired', 'long', 'Nullable(Float64)') AS desired_long,
    sqrt(pow(forced - desired_forced, 2) + pow(long - desired_long, 2)) AS distance,
    multiIf(
        v.days < 20 OR v.un_days > 0.4 * v.days, 'undetermined',
        fs >= 0.6, 'firefighting',
        dl >= 0.6 AND fs + fl <= 0.1, 'research',
        fs + fl >= 0.25 AND ds + dl >= 0.25 AND fs + ds >= 0.2 AND fl + dl >= 0.2, 'balanced',
        'mixed') AS archetype,
    multiIf(archetype = 'undetermined', '', fs + fl < 0.05, 'no_forced', ds + dl < 0.05, 'no_discretionary', fs >= 0.3 AND dl >= 0.3, 'split', '') AS warning,
    toBool(v.month >= known_from AND addMonths(v.month, 1) <= known_to) AS complete
FROM
(
    SELECT team, month, sum(s.effort_days) AS days, sum(s.judged_days) AS judged,
        arrayMap((f, j) -> f / j, [sum(s.forced_days), sum(s.forced_time), sum(s.forced_activity)], [judged, sum(s.judged_time), sum(s.judged_activity)]) AS forced,
        arrayMap((l, j) -> l / j, [sum(s.long_days), sum(s.long_time), sum(s.long_activity)], [judged, sum(s.judged_time), sum(s.judged_activity)]) AS long,
        sum(s.forced_doubt) AS forced_doubt, sum(s.long_doubt) AS long_doubt,
        sumIf(s.effort_days, quadrant = 'forced_short') AS fs_days, sumIf(s.effort_days, quadrant = 'forced_long') AS fl_days,
        sumIf(s.effort_days, quadrant = 'discretionary_short') AS ds_days, sumIf(s.effort_days, quadrant = 'discretionary_long') AS dl_days,
        sumIf(s.effort_days, quadrant = 'undetermined') AS un_days,
        fs_days / (days - un_days) AS fs, fl_days / (days - un_days) AS fl, ds_days / (days - un_days) AS ds, dl_days / (days - un_days) AS dl
    FROM
    (
        SELECT team, toDate32(toStartOfMonth(day)) AS month, quadrant, effort_days, judged_days, judged_time, judged_activity,
            forced_days, forced_time, forced_activity, long_days, long_time, long_activity, forced_doubt, long_doubt
        FROM {{template "sums" .}}
        WHERE quadrant != 'unallocated'
        UNION ALL
        SELECT team, arrayJoin(arrayMap(n -> toDate32(addMonths(first, n)), range(toUInt32(1 + dateDiff('month', first, last))))) AS month, '', 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.
        FROM (SELECT id AS team FROM {{template "decided" (kind . "team")}}) AS t
        CROSS JOIN (SELECT toStartOfMonth(toDate32(x.first)) AS first, toStartOfMonth({{local "x.last"}}) AS last FROM {{template "extent" .}} AS x WHERE x.n > 0) AS q
    ) AS s
    GROUP BY team, month
) AS v
LEFT ANY JOIN {{template "decided" (kind . "team")}} AS t ON t.id = v.team
{{- end}}
