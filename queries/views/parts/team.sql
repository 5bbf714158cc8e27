{{- /* owners: scalars with the rules of the team that an item belongs to: pairs of arrays by label, by
       component and by project, and of each person the memberships. Each array starts with a blank, so that
       none is empty. While no team is decided each project is a provisional team, and its id says so. */ -}}
{{define "owners" -}}
    {{template "people" .}} AS people,
    (
        SELECT (arrayConcat([''], groupArray(label)), arrayConcat([''], groupArray(team)))
        FROM
        (
            SELECT lower(arrayJoin(JSONExtract(body, 'owns', 'labels', 'Array(String)'))) AS label, min(id) AS team
            FROM {{template "decided" (kind . "team")}}
            GROUP BY label
        )
    ) AS by_label,
    (
        SELECT (arrayConcat([''], groupArray(component)), arrayConcat([''], groupArray(team)))
        FROM
        (
            SELECT lower(arrayJoin(JSONExtract(body, 'owns', 'components', 'Array(String)'))) AS component, min(id) AS team
            FROM {{template "decided" (kind . "team")}}
            GROUP BY component
        )
    ) AS by_component,
    (
        SELECT (arrayConcat([''], groupArray(project)), arrayConcat([''], groupArray(team)))
        FROM
        (
            SELECT p.project AS project, argMin(o.team, (position(o.pattern, '*') > 0, -length(o.pattern), o.team)) AS team
            FROM (SELECT DISTINCT project FROM revisions{{if not .At}}{{where .Only}}{{end}}) AS p
            CROSS JOIN
            (
                SELECT
                    lower(arrayJoin(arrayConcat(
                        JSONExtract(body, 'owns', 'repositories', 'Array(String)'),
                        JSONExtract(body, 'owns', 'projects', 'Array(String)')))) AS pattern,
                    id AS team
                FROM {{template "decided" (kind . "team")}}
            ) AS o
            WHERE lower(p.project) LIKE replaceAll(replaceAll(replaceAll(replaceAll(o.pattern, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%')
            GROUP BY project
            UNION ALL
            SELECT project, id AS team FROM {{template "provisional" .}}
        )
    ) AS by_project,
    {{template "members" .}} AS members
{{- end}}

{{- /* provisional: the projects as teams, while no team is decided. */ -}}
{{define "provisional" -}}
(
    SELECT project, concat('provisional:', project) AS id, min(r.recorded_at) AS since
    FROM revisions AS r
    WHERE (SELECT count() FROM {{template "decided" (kind . "team")}}) = 0{{with .Known}} AND {{.}}{{end}}
    GROUP BY project
)
{{- end}}

{{- /* members: of each person the spans (from, to, team, share), the greatest share first. */ -}}
{{define "members" -}}
    (
        SELECT (arrayConcat([''], groupArray(person)), arrayConcat([[(toDate32('1970-01-01'), toDate32('1970-01-01'), '', 0.)]], groupArray(spans)))
        FROM
        (
            SELECT JSONExtractString(body, 'person') AS person, arraySort(s -> (-s.4, s.3, s.1), groupArray((
                    toDate32(JSONExtractString(body, 'from')),
                    if(JSONExtractString(body, 'to') = '', toDate32('2299-12-31'), toDate32OrZero(JSONExtractString(body, 'to'))),
                    JSONExtractString(body, 'team'), JSONExtractFloat(body, 'share')))) AS spans
            FROM {{template "decided" (kind . "membership")}}
            GROUP BY person
        )
    )
{{- end}}

{{- /* activity: the rows of the view of that name, with people, bots and members in scope. */ -}}
{{define "activity" -}}
SELECT
    a.activity_id AS activity_id, a.item_id AS item_id, a.source AS source, a.project AS project,
    transform(a.person, people.1, people.2, a.person) AS person,
    arrayFirst(s -> s.1 <= toDate32(a.at, '{{.Timezone}}') AND toDate32(a.at, '{{.Timezone}}') < s.2,
        members.2[transform(transform(a.person, people.1, people.2, a.person), members.1, arrayEnumerate(members.1), 1)]).3 AS team,
    a.is_bot OR has(bots, transform(a.person, people.1, people.2, a.person)) AS is_bot,
    a.action AS action, a.at AS at, a.recorded_at AS recorded_at
FROM
(
    SELECT *
    FROM activities{{where .Only}}
    ORDER BY item_id, activity_id, recorded_at DESC, position DESC
    LIMIT 1 BY item_id, activity_id
) AS a
{{- end}}

{{- /* owner: the team that owns an item, from labels, components and project in scope: by label, else by component,
       else by project; else empty. */ -}}
{{define "owner" -}}
multiIf(
    arrayExists(l -> has(by_label.1, lower(l)), labels),
        arraySort(arrayFilter(t -> t != '', arrayMap(l -> transform(lower(l), by_label.1, by_label.2, ''), labels)))[1],
    arrayExists(c -> has(by_component.1, lower(c)), components),
        arraySort(arrayFilter(t -> t != '', arrayMap(c -> transform(lower(c), by_component.1, by_component.2, ''), components)))[1],
    transform(toString(project), by_project.1, by_project.2, ''))
{{- end}}

{{- /* member: of persons in scope the first who is in a team on the day in scope: that team; else empty. */ -}}
{{define "member" -}}
arrayFirst(t -> t != '', arrayMap(a ->
    arrayFirst(s -> s.1 <= day AND day < s.2, members.2[greatest(1, indexOf(members.1, transform(a, people.1, people.2, a)))]).3,
    persons))
{{- end}}

{{- /* reporter: the team of the author in scope on the day that the item was opened; else empty. */ -}}
{{define "reporter" -}}
arrayFirst(s -> s.1 <= toDate32(created_at, '{{.Timezone}}') AND toDate32(created_at, '{{.Timezone}}') < s.2,
    members.2[greatest(1, indexOf(members.1, transform(toString(author), people.1, people.2, toString(author))))]).3
{{- end}}

{{- /* teams: the rows of the view of that name. */ -}}
{{define "teams" -}}
SELECT
    t.id AS id, JSONExtractString(t.body, 'name') AS name, JSONExtractString(t.body, 'group') AS `group`,
    JSONExtractString(g.body, 'name') AS group_name,
    JSONExtract(t.body, 'desired', 'forced', 'Nullable(Float64)') AS desired_forced,
    JSONExtract(t.body, 'desired', 'long', 'Nullable(Float64)') AS desired_long,
    JSONExtract(t.body, 'owns', 'repositories', 'Array(String)') AS repositories,
    JSONExtract(t.body, 'owns', 'projects', 'Array(String)') AS projects,
    JSONExtract(t.body, 'owns', 'components', 'Array(String)') AS components,
    JSONExtract(t.body, 'owns', 'labels', 'Array(String)') AS labels,
    t.valid_from AS valid_from, t.recorded_at AS recorded_at, t.author AS author, t.reason AS reason,
    false AS provisional
FROM {{template "decided" (kind . "team")}} AS t
LEFT ANY JOIN {{template "decided" (kind . "group")}} AS g ON g.id = JSONExtractString(t.body, 'group')
UNION ALL
SELECT
    id, project, '', '', NULL, NULL, if(position(project, '/') > 0, [toString(project)], []), if(position(project, '/') > 0, [], [toString(project)]),
    [], [], toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), since, '', '', true
FROM {{template "provisional" .}}
{{- end}}
