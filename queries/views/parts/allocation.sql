{{- /* planned_quarters: of each team and quarter the plan: shares by category, capacity, and the days of initiatives. */ -}}
{{define "planned_quarters" -}}
(
    SELECT JSONExtractString(body, 'team') AS team, {{quarterday "JSONExtractString(body, 'quarter')"}} AS quarter,
        JSONExtract(body, 'shares', 'Map(String, Float64)') AS shares, JSONExtract(body, 'capacity_days', 'Nullable(Float64)') AS capacity_days,
        JSONExtract(body, 'initiative_days', 'Map(String, Float64)') AS initiative_days, recorded_at
    FROM {{template "decided" (kind . "plan")}}
)
{{- end}}

{{- /* extent: a row: when the first change was made of which anything is known (first), when the last was learned (last), and whether there is
       any (n). It was noted when items were derived, and is looked up only where that was never done. */ -}}
{{define "extent" -}}
(
{{- if .Known}}
    SELECT min(valid_from) AS first, max(recorded_at) AS last, count() AS n FROM revisions WHERE {{.Known}}
{{- else}}
    SELECT min(e.first) AS first, max(e.last) AS last, sum(e.n) AS n
    FROM
    (
        SELECT d.first AS first, d.told AS last, toUInt64(1) AS n FROM derivations AS d WHERE d.name = 'items' ORDER BY d.generation DESC LIMIT 1
        UNION ALL
        SELECT min(valid_from), max(recorded_at), count() AS there FROM revisions WHERE (SELECT count() FROM derivations WHERE name = 'items') = 0 HAVING there > 0
    ) AS e
{{- end}}
)
{{- end}}

{{- /* bounds: scalars: the first day of which anything is known, and the last. */ -}}
{{define "bounds" -}}
    assumeNotNull((SELECT toDate32(x.first) FROM {{template "extent" .}} AS x)) AS known_from,
    assumeNotNull((SELECT {{local "x.last"}} FROM {{template "extent" .}} AS x)) AS known_to,
    CAST({{holidays}}, 'Array(Date32)') AS holidays
{{- end}}

{{- /* passed: what part of the working days of the quarter in scope lies between those bounds. */ -}}
{{define "passed" -}}
    arrayFilter(d -> toDayOfWeek(d) < 6 AND NOT has(holidays, d), arrayMap(n -> quarter + n, range(toUInt32(dateDiff('day', quarter, addMonths(quarter, 3)))))) AS workdays,
    arrayCount(d -> d >= known_from AND d <= known_to, workdays) / length(workdays) AS passed
{{- end}}

{{- /* allotted: a row a team, quarter and category: what was planned and what was spent, and of that
       what has a cause (by_cause: incidents, asks_from_others, scope, help). Every team has every quarter of
       which anything is known, and every planned one; a category is there that is planned or was seen, and, without a plan, the
       three usual ones; uncategorised and unallocated always are. */ -}}
{{define "allotted" -}}
(
    SELECT c.*, p.recorded_at AS plan_recorded_at, p.team != '' AS has_plan, p.shares AS shares, p.capacity_days AS plan_capacity,
        if(has_plan AND category NOT IN ('uncategorised', 'unallocated'), p.shares[category], NULL) AS planned_share
    FROM
    (
        SELECT team, quarter, category, sum(effort_days) AS effort, sum(time_days) AS by_time, sum(activity_days) AS by_activity, sum(doubt_days) AS doubt,
            sumForEach(by_cause) AS by_cause, max(seen) AS seen
        FROM
        (
            SELECT team, quarter, category, effort_days, time_days, activity_days, doubt_days,
                arrayMap(c -> if(c = cause, effort_days, 0.), ['incidents', 'asks_from_others', 'scope', 'help']) AS by_cause, 1 AS seen
            FROM {{template "spent" .}}
            UNION ALL
            SELECT team, quarter, arrayJoin(['user_asks', 'platform_quality', 'key_initiatives', 'uncategorised', 'unallocated']) AS category, 0., 0., 0., 0., [0., 0., 0., 0.], 0
            FROM
            (
                SELECT id AS team, arrayJoin(arrayMap(n -> toDate32(addMonths(first, 3 * n)), range(toUInt32(1 + intDiv(dateDiff('month', first, last), 3))))) AS quarter
                FROM (SELECT id FROM {{template "decided" (kind . "team")}}) AS t
                CROSS JOIN (SELECT {{quarter "toDate32(x.first)"}} AS first, {{quarter (local "x.last")}} AS last FROM {{template "extent" .}} AS x WHERE x.n > 0) AS q
            )
            UNION ALL
            SELECT team, quarter, arrayJoin(arrayConcat(mapKeys(shares), ['uncategorised', 'unallocated'])) AS category, 0., 0., 0., 0., [0., 0., 0., 0.], 0
            FROM {{template "planned_quarters" .}}
        )
        GROUP BY team, quarter, category
    ) AS c
    LEFT ANY JOIN {{template "planned_quarters" .}} AS p ON p.team = c.team AND p.quarter = c.quarter
    WHERE c.seen OR NOT has_plan OR category IN ('uncategorised', 'unallocated') OR mapContains(p.shares, category)
)
{{- end}}

{{- /* allocation: the rows of allocation_quarterly. days and what follows it are arrays of three: under the configured weights, by
       time in progress alone, by activity alone. A band is the least and the greatest over the three, in each of which the days
       in doubt, and then those that may belong anywhere (loose), are all taken for the category, or from it; so uncategorised may be
       nothing, and unallocated what is left of it. */ -}}
{{define "allocation" -}}
WITH
    {{template "bounds" .}}
SELECT
    team, toDate(quarter) AS quarter, category, planned_share, planned_share * reckoned AS planned_days,
    days[1] / nullIf(whole[1], 0) AS actual_share,
    if(placed, days[1] / nullIf(placed_days[1], 0), NULL) AS actual_share_observed,
    days[1] AS actual_days, arrayMin(lows) AS actual_days_low, arrayMax(highs) AS actual_days_high,
    actual_share_observed - planned_share AS gap,
    if(gap IS NULL, NULL, arrayMin(arrayFilter(s -> isFinite(s), arrayMap((d, u, p) -> (d - u) / p, days, doubts, placed_days))) / (1 + anywhere) - planned_share) AS gap_low,
    if(gap IS NULL, NULL, (arrayMax(arrayFilter(s -> isFinite(s), arrayMap((d, u, a, p) -> (d + a - u) / p, days, doubts, all_doubts, placed_days))) + anywhere) / (1 + anywhere) - planned_share) AS gap_high,
    if(has_plan, 'plan', 'none') AS plan_source, if(has_plan, plan_recorded_at, NULL) AS plan_recorded_at,
    if(has_plan, toUInt32(greatest(0, dateDiff('day', quarter, toDate32(plan_recorded_at, '{{.Timezone}}')))), NULL) AS plan_late_days,
    toBool(quarter >= known_from AND addMonths(quarter, 3) <= known_to) AS complete
FROM
(
    SELECT *,
        coalesce(plan_capacity * passed, whole[1]) AS reckoned,
        loose[1] / placed_days[1] AS anywhere,
        arrayMap((d, u) -> multiIf(placed, d - u, category = 'uncategorised', 0., d * (1 - {{hidden}})), days, doubts) AS lows,
        arrayMap((d, u, a, l) -> d + multiIf(placed, a - u + l, category = 'uncategorised', a, 0.), days, doubts, all_doubts, loose) AS highs
    FROM
    (
        SELECT *,
            sumForEach(days) OVER all_of AS whole,
            sumForEach(if(placed, days, [0., 0., 0.])) OVER all_of AS placed_days,
            sumForEach(doubts) OVER all_of AS all_doubts,
            sumForEach(multiIf(category = 'uncategorised', days, category = 'unallocated', arrayMap(d -> d * {{hidden}}, days), [0., 0., 0.])) OVER all_of AS loose
        FROM
        (
            SELECT *, {{template "passed" .}},
                category NOT IN ('uncategorised', 'unallocated') AS placed,
                [effort, by_time, by_activity] AS days,
                arrayMap(d -> if(placed AND effort > 0, d * doubt / effort, 0.), days) AS doubts
            FROM {{template "allotted" .}}
        )
        WINDOW all_of AS (PARTITION BY team, quarter)
    )
)
{{- end}}

{{- /* attribution: the rows of gap_attribution. What a category lost is planned less spent days. With C the days that there
       were, K those that the plan reckons with, and s the shares of the plan, that is

           s K - spent = s (K - C) + over the other categories the sum of (their days - their s C) + the days without a category

       so each day is in one term. What a category took beyond its s C is given to the causes in their order, to each up
       to the days that it has there, and the rest to the category's own cause (rest); below zero that is an offset. */ -}}
{{define "attribution" -}}
WITH
    {{template "bounds" .}},
    ['capacity', 'incidents', 'asks_from_others', 'other_asks', 'baseline', 'initiatives', 'scope', 'help', 'unplaced', 'unexplained'] AS causes
SELECT
    team, toDate(quarter) AS quarter, category, row.1 AS cause, row.2 AS days, row.2 / nullIf(reckoned, 0) AS share, row.3 AS days_reversed,
    row.4 AS place, toBool(quarter >= known_from AND addMonths(quarter, 3) <= known_to) AS complete
FROM
(
    SELECT team, quarter, category, reckoned,
        intended * reckoned - effort AS lost,
        arrayMap((c, a, o) -> if(c = 'capacity', intended * (reckoned - whole), a - o), causes, all_forwards, forwards) AS first,
        arrayMap((c, a, o) -> if(c = 'capacity', intended * (reckoned - whole), a - o), causes, all_backwards, backwards) AS last,
        arrayJoin(arrayMap((c, f, b, n) -> (c, f, b, toUInt8(n)), causes,
            arrayMap((c, f) -> if(c = 'unexplained', lost - arraySum(arrayPopBack(first)), f), causes, first),
            arrayMap((c, b) -> if(c = 'unexplained', lost - arraySum(arrayPopBack(last)), b), causes, last), arrayEnumerate(causes))) AS row
    FROM
    (
        SELECT *, sumForEach(forwards) OVER all_of AS all_forwards, sumForEach(backwards) OVER all_of AS all_backwards
        FROM
        (
            SELECT *,
                ifNull(planned_share, 0) AS intended, effort - intended * whole AS excess,
                {{template "passed" .}},
                assumeNotNull(coalesce(plan_capacity * passed, whole)) AS reckoned,
                transform(category, ['user_asks', 'platform_quality', 'key_initiatives', 'uncategorised', 'unallocated'],
                    ['other_asks', 'baseline', 'initiatives', 'unplaced', 'unplaced'], 'unexplained') AS rest,
                arrayMap((d, before) -> greatest(0, least(d, excess - before)), by_cause, arrayMap((s, d) -> s - d, arrayCumSum(by_cause), by_cause)) AS taken,
                arrayReverse(arrayMap((d, before) -> greatest(0, least(d, excess - before)), arrayReverse(by_cause),
                    arrayMap((s, d) -> s - d, arrayCumSum(arrayReverse(by_cause)), arrayReverse(by_cause)))) AS taken_reversed,
                arrayMap(c -> if(c = rest, excess - arraySum(taken), 0.) + arraySum((t, k) -> if(k = c, t, 0.), taken, ['incidents', 'asks_from_others', 'scope', 'help']), causes) AS forwards,
                arrayMap(c -> if(c = rest, excess - arraySum(taken_reversed), 0.) + arraySum((t, k) -> if(k = c, t, 0.), taken_reversed, ['incidents', 'asks_from_others', 'scope', 'help']), causes) AS backwards
            FROM
            (
                SELECT *, sum(effort) OVER (PARTITION BY team, quarter) AS whole
                FROM {{template "allotted" .}}
                WHERE has_plan
            )
        )
        WINDOW all_of AS (PARTITION BY team, quarter)
    )
    WHERE planned_share IS NOT NULL
)
{{- end}}
