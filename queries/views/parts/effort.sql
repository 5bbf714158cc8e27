{{- /* calendars: scalars: the persons that are programs, of each person the time zone and the absences, and the first day
       of which any tracker tells: before it nobody's time is known. */ -}}
{{define "calendars" -}}
    {{template "bots" .}} AS bots,
    (
        SELECT (arrayConcat([''], groupArray(id)), arrayConcat([''], groupArray(JSONExtractString(body, 'timezone'))))
        FROM {{template "decided" (kind . "person")}}
        WHERE JSONExtractString(body, 'timezone') != ''
    ) AS zones,
    (
        SELECT (arrayConcat([''], groupArray(person)), arrayConcat([[(toDate32('1970-01-01'), toDate32('1970-01-01'))]], groupArray(spans)))
        FROM
        (
            SELECT JSONExtractString(body, 'person') AS person,
                groupArray((toDate32(JSONExtractString(body, 'from')), toDate32(JSONExtractString(body, 'to')))) AS spans
            FROM {{template "decided" (kind . "absence")}}
            GROUP BY person
        )
    ) AS absences,
    CAST({{holidays}}, 'Array(Date32)') AS holidays,
    (SELECT toDate32(min(valid_from)) FROM revisions{{with .Known}} WHERE {{.}}{{end}}) AS first_day
{{- end}}

{{- /* local: an instant as the clock on the wall of the person in scope shows it, as if it were UTC. */ -}}
{{define "wall"}}transform(person, zones.1, zones.2, '{{.Timezone}}'){{end}}

{{- /* moments: of each item when a human did something on it, in order. */ -}}
{{define "moments" -}}
(
    SELECT item_id, arraySort(groupUniqArray(at)) AS moments
    FROM activities
    WHERE NOT is_bot AND transform(person, people.1, people.2, toString(person)) NOT IN bots{{with .Known}} AND {{.}}{{end}}{{with .Only}} AND {{.}}{{end}}
    GROUP BY item_id
)
{{- end}}

{{- /* evidence: of each person, item and day how much of the working day the item was in progress and assigned to the
       person (overlap), and how much the person did on it (activity, acts). An item that nobody has touched for 30 days is
       not in progress. */ -}}
{{define "evidence" -}}
(
    SELECT person, item_id, day, least(1., sum(overlap)) AS overlap, least(1., sum(activity)) AS activity, sum(acts) AS acts
    FROM
    (
        SELECT person, item_id, arrayJoin(arrayMap(n -> toDate32(begins) + n, range(toUInt32(1 + dateDiff('day', begins, ends))))) AS day,
            greatest(0, dateDiff('second', greatest(begins, toDateTime64(day, 0, 'UTC') + INTERVAL 9 HOUR), least(ends, toDateTime64(day, 0, 'UTC') + INTERVAL 17 HOUR))) / 28800 AS overlap,
            0. AS activity, toUInt64(0) AS acts
        FROM
        (
            SELECT person, item_id,
                toDateTime64(formatDateTime(stretch.1, '%F %T', {{template "wall" .}}), 0, 'UTC') AS begins,
                toDateTime64(formatDateTime(stretch.2, '%F %T', {{template "wall" .}}), 0, 'UTC') AS ends
            FROM
            (
                SELECT
                    p.item_id AS item_id, p.person AS person,
                    arrayConcat([p.valid_from], arrayFilter(t -> t > p.valid_from AND t < p.ends, m.moments)) AS starts,
                    arrayJoin(arrayMap((t, next) -> (t, least(next, t + INTERVAL 30 DAY)), starts, arrayPushBack(arrayPopFront(starts), p.ends))) AS stretch
                FROM
                (
                    SELECT item_id, valid_from, ends, arrayJoin(arrayDistinct(arrayMap(a -> transform(a, people.1, people.2, a), assignees))) AS person
                    FROM
                    (
                        SELECT s.item_id AS item_id, s.state AS state, s.assignees AS assignees, s.valid_from AS valid_from,
                            least(assumeNotNull(latest), leadInFrame(s.valid_from, 1, if(g.cause IN ('', 'returned') OR g.told < (s.recorded_at, s.position),
                                assumeNotNull(latest), greatest(g.since, s.valid_from))) OVER whole) AS ends
                        FROM {{template "chain" .}} AS s
                        LEFT ANY JOIN {{template "gone" .}} AS g ON g.item_id = s.item_id
                        WINDOW whole AS (PARTITION BY s.item_id ORDER BY s.valid_from, s.seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                    )
                    WHERE state = 'in_progress' AND ends > valid_from{{if .Only}} AND toDate32(ends) + 1 >= first_wanted AND toDate32(valid_from) - 1 <= last_wanted{{end}}
                ) AS p
                LEFT ANY JOIN {{template "moments" .}} AS m ON m.item_id = p.item_id
            )
            WHERE person NOT IN bots
        )
        UNION ALL
        SELECT person, item_id, day, 0., count() * 0.25, count()
        FROM
        (
            SELECT item_id, transform(a.person, people.1, people.2, toString(a.person)) AS person,
                toDate32(formatDateTime(a.at, '%F', {{template "wall" .}})) AS day
            FROM
            (
                SELECT *
                FROM activities{{where .Known .Only}}
                ORDER BY item_id, activity_id, recorded_at DESC, position DESC
                LIMIT 1 BY item_id, activity_id
            ) AS a
            WHERE NOT a.is_bot AND person NOT IN bots
        )
        GROUP BY person, item_id, day
    ){{with .Days}}
    WHERE has({{.}}, day){{else}}{{if .Only}}
    WHERE day BETWEEN first_wanted AND last_wanted{{end}}{{end}}
    GROUP BY person, item_id, day
)
{{- end}}

{{- /* worked: a scalar: the items that can have effort from the first day in scope to before the last: as evidence has it something was done on them,
       or they were in progress anew, within 30 days before. Two more allow for time zones. */ -}}
{{define "worked" -}}
(
    SELECT groupArray(item)
    FROM
    (
        SELECT {{if .At}}cityHash64(item_id){{else}}item_id{{end}} AS item FROM activities WHERE {{with .Known}}{{.}} AND {{end}}at >= toDateTime64({{.First}} - 32, 3, 'UTC') AND at < toDateTime64({{.Until}} + 2, 3, 'UTC')
        UNION DISTINCT
        SELECT {{if .At}}cityHash64(item_id){{else}}item_id{{end}} FROM revisions
        WHERE {{with .Known}}{{.}} AND {{end}}state = 'in_progress' AND valid_from >= toDateTime64({{.First}} - 32, 3, 'UTC') AND valid_from < toDateTime64({{.Until}} + 2, 3, 'UTC')
    )
)
{{- end}}

{{- /* places: of each member and working day the teams (team, share of the person's time) and all that time (capacity). */ -}}
{{define "places" -}}
(
    SELECT person, day, groupArray((team, share)) AS places, sum(share) AS capacity
    FROM
    (
        SELECT person, span.3 AS team, span.4 AS share,
            arrayJoin(arrayFilter(d -> d >= first_day AND toDayOfWeek(d) < 6 AND NOT has(holidays, d){{with .Days}} AND has({{.}}, d){{else}}{{if .Only}} AND d BETWEEN first_wanted AND last_wanted{{end}}{{end}},
                arrayMap(n -> span.1 + n, range(toUInt32(greatest(0, dateDiff('day', span.1, least(span.2, toDate32(latest, '{{.Timezone}}') + 1)))))))) AS day
        FROM (SELECT arrayJoin(arrayZip(members.1, members.2)) AS m, m.1 AS person, arrayJoin(m.2) AS span)
        WHERE person != '' AND person NOT IN bots
            AND NOT arrayExists(a -> a.1 <= day AND day < a.2, absences.2[greatest(1, indexOf(absences.1, person))])
    )
    GROUP BY person, day
)
{{- end}}

{{- /* shares: a row a person, item and day: what part of the capacity the item took under the configured weights
       (effort), by time in progress alone and by activity alone; a row without an item holds the rest of the day. Who
       is in no team has no capacity of which a rest could remain: their evidence alone counts, up to a day. */ -}}
{{define "shares" -}}
(
    SELECT person, day, places, item_id, overlap, activity, acts,
        if(item_id != '', capacity * score / greatest({{fullday}}, sum(score) OVER daily), capacity - capacity * least(1, sum(score) OVER daily / {{fullday}})) AS effort,
        if(item_id != '', capacity * overlap / greatest({{fullday}}, sum(overlap) OVER daily), capacity - capacity * least(1, sum(overlap) OVER daily / {{fullday}})) AS by_time,
        if(item_id != '', capacity * activity / greatest({{fullday}}, sum(activity) OVER daily), capacity - capacity * least(1, sum(activity) OVER daily / {{fullday}})) AS by_activity
    FROM
    (
        SELECT e.person AS person, e.day AS day, e.item_id AS item_id, e.overlap AS overlap, e.activity AS activity, e.acts AS acts,
            {{wtime}} * overlap + {{wactivity}} * activity AS score,
            arrayMap(s -> (s.3, s.4), arrayFilter(s -> s.1 <= e.day AND e.day < s.2, members.2[greatest(1, indexOf(members.1, e.person))])) AS spans,
            if(empty(spans), [('', 1.)], spans) AS places,
            multiIf(notEmpty(spans), p.capacity, toDayOfWeek(e.day) < 6 AND NOT has(holidays, e.day), 1., 0.) AS capacity
        FROM {{template "evidence" .}} AS e
        LEFT ANY JOIN {{template "places" .}} AS p ON p.person = e.person AND p.day = e.day
        UNION ALL
        SELECT person, day, '', 0., 0., toUInt64(0), 0., places, places, capacity
        FROM {{template "places" .}}
    )
    WINDOW daily AS (PARTITION BY person, day)
)
{{- end}}

{{- /* effort: the rows of the view of that name. */ -}}
{{define "effort" -}}
WITH
    {{template "owners" .}},
    {{template "askers" .}},
    {{template "holders" .}},
    {{template "calendars" .}},
    (SELECT max(recorded_at) FROM revisions{{with .Known}} WHERE {{.}}{{end}}) AS latest,
    {{template "plan_dates" .}}
    {{- if .Only}},
    {{.First}} AS first_wanted, {{.Until}} - 1 AS last_wanted,
    {{template "worked" .}} AS worked,
    {{if .At}}(SELECT arrayMap(i -> cityHash64(i), groupUniqArrayArray(way)) FROM {{template "ways" .}} WHERE {{.Only}}){{else}}
    (
        SELECT groupUniqArray(a.over)
        FROM
        (
            SELECT ancestor AS over FROM ancestry WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'standings') AND {{.Only}}
            UNION ALL
            SELECT decider FROM standings WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'standings') AND {{.Only}}
        ) AS a
    ){{end}} AS above{{end}}
SELECT * EXCEPT (step, drive, horizon, confidence, class_source)
    REPLACE (
        if(item_id = '', 'unallocated', quadrant) AS quadrant, if(item_id = '', 'unallocated', category) AS category,
        if(item_id = '', '', category_source) AS category_source)
FROM
(
SELECT
    r.day AS day, r.by_team AS team, if(r.item_id = '', '', r.team) AS item_team, r.item_id AS item_id,
    r.effort_days AS effort_days, r.time_days AS time_days, r.activity_days AS activity_days, r.activity_count AS activity_count,
    r.reason AS reason,
    {{template "standing" .}},
    r.initiative AS initiative, r.ask AS ask, if(r.item_id = '', '', {{template "asker" .}}) AS asker, if(has(by_name, asker), asker, '') AS asker_team,
    multiIf(r.item_id = '' OR f.team = '', NULL, {{template "planned"}}) AS planned,
    multiIf(planned IS NULL OR planned, '', {{template "added"}}, 'scope', e.item_id != '' AND e.at > f.frozen_at, 'escalated', 'new') AS unplanned_kind,
    r.state = 'done' AS finished
FROM
(
    SELECT c.*, p.judge AS judge, p.initiative AS initiative, p.ask AS ask, p.team AS team, p.reporter AS reporter, p.named AS named, p.created_at AS created_at, p.started_at AS started_at,
        p.closed_at AS closed_at, p.state AS state, p.kind AS kind, toDateTime64(c.day + 1, 3, '{{.Timezone}}') AS ends
    FROM
    (
        SELECT day, place.1 AS by_team, item_id,
            sum(effort * place.2 / whole) AS effort_days, sum(by_time * place.2 / whole) AS time_days,
            sum(by_activity * place.2 / whole) AS activity_days, sum(acts) AS activity_count,
            multiIf(item_id = '', 'none', max(overlap) > 0 AND max(activity) > 0, 'both', max(activity) > 0, 'activity', 'in_progress') AS reason
        FROM (SELECT *, arraySum(x -> x.2, places) AS whole, arrayJoin(places) AS place FROM {{template "shares" .}})
        GROUP BY day, by_team, item_id
        HAVING item_id != '' OR effort_days > 1e-12 OR time_days > 1e-12 OR activity_days > 1e-12
    ) AS c
    LEFT ANY JOIN {{template "placed" .}} AS p ON p.item_id = c.item_id
) AS r
LEFT ASOF JOIN
(
    SELECT *, if(seq = 0, toDateTime64(0, 3, 'UTC'), valid_from) AS since
    FROM {{template "verdicts" .}}
    WHERE ruleset = {{template "ruleset" .}}
    ORDER BY item_id, since, seq DESC
    LIMIT 1 BY item_id, since
) AS v ON v.item_id = r.judge AND v.since <= r.ends
LEFT ANY JOIN {{template "overrides" .}} AS w ON w.item_id = r.judge
LEFT ANY JOIN {{template "overrides" .}} AS own ON own.item_id = r.item_id
LEFT ANY JOIN {{template "freezes" .}} AS f ON f.team = r.team AND f.first_day = {{quarter "r.day"}}
LEFT ANY JOIN {{template "commitments" .}} AS c ON c.item_id = r.item_id
LEFT ANY JOIN {{template "escalations" .}} AS e ON e.item_id = r.item_id AND e.quarter = {{quarter "r.day"}}
)
{{- end}}

{{- /* freezes: of each team and quarter the plan's freeze. */ -}}
{{define "freezes" -}}
(
    SELECT JSONExtractString(body, 'team') AS team, JSONExtractString(body, 'quarter') AS quarter, {{quarterday "quarter"}} AS first_day,
        parseDateTime64BestEffort(JSONExtractString(body, 'frozen_at'), 3, 'UTC') AS frozen_at
    FROM {{template "decided" (kind . "plan")}}
    WHERE JSONExtractString(body, 'frozen_at') != ''
)
{{- end}}

{{- /* escalations: of each item and quarter when its priority, or what its labels say of it, last rose in it; from none to
       a high one is a rise too. */ -}}
{{define "escalations" -}}
(
    SELECT item_id, toDate32({{quarter "toDate32(valid_from, 'UTC')"}}) AS quarter, max(valid_from) AS at
    FROM
    (
        SELECT item_id, valid_from, arrayMax(arrayMap(w -> {{template "urgency"}}, arrayPushBack(arrayFilter(l -> {{template "tells_urgency"}}, labels), toString(priority)))) AS urgency,
            lagInFrame(urgency, 1, urgency) OVER (PARTITION BY item_id ORDER BY valid_from, seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
        FROM {{template "chain" .}}
    )
    WHERE urgency > before AND (before > 0 OR urgency >= 4)
    GROUP BY item_id, quarter
)
{{- end}}

{{- /* tells_urgency: the label l is one of priority or severity. */ -}}
{{define "tells_urgency"}}match(lower(l), '^(p[0-9]|sev[- ]?[0-9]|blocker|critical|urgent|(highest|high|medium|low|lowest)[ -]priority)$|^(prio|sever|urgency)'){{end}}

{{- /* urgency: the word w, a priority or a label with or without its family's name, as a number, greater is more urgent; 0 is
       a word that nobody knows. */ -}}
{{define "urgency" -}}
multiIf(match(lower(w), '(^|[/:] *)(p0|prio(rity)?[-: ]?(0|critical|urgent|highest)|blocker|highest|critical|urgent|sev(erity)?[-: ]?[01])($|[^0-9a-z])'), 5,
    match(lower(w), '(^|[/:] *)(p1|prio(rity)?[-: ]?(1|high)|high|major|sev(erity)?[-: ]?2)($|[^0-9a-z])'), 4,
    match(lower(w), '(^|[/:] *)(p2|prio(rity)?[-: ]?(2|medium)|medium|normal|sev(erity)?[-: ]?3)($|[^0-9a-z])'), 3,
    match(lower(w), '(^|[/:] *)(p3|prio(rity)?[-: ]?(3|low)|low|minor)($|[^0-9a-z])'), 2,
    match(lower(w), '(^|[/:] *)(p[4-9]|lowest|trivial)($|[^0-9a-z])'), 1, 0)
{{- end}}

{{- /* derived_effort: the rows of effort that count, as they were last derived. */ -}}
{{define "derived_effort" -}}
(
    SELECT *
    FROM effort_rows FINAL
    WHERE (day, generation) IN (SELECT day, max(generation) FROM derivations WHERE name = 'effort' GROUP BY day)
)
{{- end}}
