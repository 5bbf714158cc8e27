{{- /* placed: of each item its last state with the item that decides its verdict (judge), its
       initiative and ask, the team that owns it (team),
       its reporter's team (reporter), and who asked for it by its labels (named). */ -}}
{{define "placed" -}}
(
    SELECT l.*,
        if(d.decider = '' OR l.item_id IN (SELECT item_id FROM {{template "overrides" .}} WHERE drive != '' OR horizon != ''), l.item_id, d.decider) AS judge,
        coalesce(nullIf({{template "held_by_initiative"}}, '~'), nullIf(by_rule, ''), d.initiative) AS initiative,
        coalesce(nullIf({{template "held_by_ask"}}, '~'), d.ask) AS ask,
        toDate32(coalesce(closed_at, latest), '{{.Timezone}}') AS day,
        arrayConcat(assignees, [toString(author)]) AS persons,
        {{template "owner" .}} AS owner, if(owner != '', owner, {{template "member" .}}) AS team,
        {{template "reporter" .}} AS reporter, {{namedasker}} AS named
    FROM
    (
        SELECT o.*, u.by_rule AS by_rule
        FROM {{template "last" .}} AS o
        LEFT ANY JOIN {{template "ruled" .}} AS u ON u.ruled_item = o.item_id
    ) AS l
    LEFT ANY JOIN {{template "standings" .}} AS d ON d.item_id = l.item_id
)
{{- end}}

{{define "work_items" -}}
WITH
    {{template "owners" .}},
    {{template "bots" .}} AS bots,
    {{template "askers" .}},
    {{template "holders" .}},
    {{template "latest" .}} AS latest
SELECT
    r.item_id AS item_id, r.source AS source, r.project AS project, r.key AS key, r.url AS url, r.kind AS kind, r.type AS type,
    r.title AS title, r.state AS state, r.status AS status, r.priority AS priority, r.labels AS labels, r.components AS components,
    r.milestone AS milestone, r.sprint AS sprint, r.points AS points, r.due_at AS due_at,
    transform(r.author, people.1, people.2, r.author) AS author,
    arrayMap(a -> transform(a, people.1, people.2, a), r.assignees) AS assignees,
    r.author_is_bot OR has(bots, author) AS author_is_bot, r.team AS team, r.parent_key AS parent_key,
    r.initiative AS initiative, r.ask AS ask, {{template "asker" .}} AS asker, if(has(by_name, asker), asker, '') AS asker_team, {{if .At}}CAST(NULL, 'Nullable(Bool)'){{else}}if(x.item_id = '', NULL, x.planned){{end}} AS planned,
    r.created_at AS created_at, r.started_at AS started_at, {{if .At}}CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))'){{else}}if(x.item_id = '', NULL, toTimeZone({{midnight "x.first_day"}}, 'UTC')){{end}} AS first_effort_at,
    r.merged_at AS merged_at, r.closed_at AS closed_at, r.valid_from AS updated_at,
    o.reopened AS reopened,
    if(g.cause IN ('', 'returned') OR g.told < (r.recorded_at, r.position), '', g.cause) AS removed,
    if(removed = '', NULL, g.since) AS removed_at,
    {{template "standing" .}},
    {{if .At}}CAST(NULL, 'Nullable(Float64)'){{else}}if(x.item_id = '', NULL, x.effort_days){{end}} AS effort_days,
    {{if .At}}CAST(NULL, 'Nullable(Float64)'){{else}}if(p.item_id = '', NULL, p.days){{end}} AS days_in_progress,
    r.draft AS draft, r.resolution AS resolution, r.recorded_at AS recorded_at,
    toString(r.judge) AS verdict_from
{{- if not .At}},
    r.position AS position, q.judged.1 AS judged_at, q.judged.2 AS judged_position,
    if(removed = '', b.body, NULL) AS body, x.months AS months, z.acts AS acts,
    arrayMap(j -> (j.1, if(position(concat(if(w.drive != '', w.drive, j.2), '_', if(w.horizon != '', w.horizon, j.3)) AS where_placed, 'undetermined') > 0, 'undetermined', where_placed)), y.judgements) AS placed{{end}}
FROM {{template "placed" .}} AS r
LEFT ANY JOIN {{template "verdict" (deciders .)}} AS v ON v.item_id = r.judge
LEFT ANY JOIN {{template "overrides" .}} AS w ON w.item_id = r.judge
LEFT ANY JOIN {{template "overrides" .}} AS own ON own.item_id = r.item_id
LEFT ANY JOIN {{template "gone" .}} AS g ON g.item_id = r.item_id
LEFT ANY JOIN
(
    SELECT item_id, observation, toUInt32(uniqExact(change)) AS reopened
    FROM revisions
    WHERE has(changed, 'state') AND has(changed, 'closed_at') AND closed_at IS NULL{{if .At}} AND {{.Known}} AND valid_from <= {{.At}}{{end}}{{with .Only}} AND {{.}}{{end}}
    GROUP BY item_id, observation
) AS o ON o.item_id = r.item_id AND o.observation = r.observation
{{- if not .At}}
LEFT ANY JOIN {{template "item_sums" .}} AS x ON x.item_id = r.item_id
LEFT ANY JOIN {{template "progressed" .}} AS p ON p.item_id = r.item_id
LEFT ANY JOIN
(
    SELECT item_id, max((recorded_at, position)) AS judged
    FROM verdicts
    WHERE ruleset = {{template "ruleset" .}} AND NOT more{{with .Only}} AND {{.}}{{end}}
    GROUP BY item_id
) AS q ON q.item_id = r.item_id
LEFT ANY JOIN
(
    SELECT item_id, groupArray((toString(ruleset), toString(drive), toString(horizon))) AS judgements
    FROM verdict_rows FINAL{{where .Judges}}
    GROUP BY item_id
) AS y ON y.item_id = r.judge
LEFT ANY JOIN
(
    SELECT item_id, groupArray((team, person, at)) AS acts
    FROM ({{template "activity" .}})
    WHERE NOT is_bot
    GROUP BY item_id
) AS z ON z.item_id = r.item_id
LEFT ANY JOIN
(
    SELECT item_id, toNullable(argMax(assumeNotNull(t.body), (t.valid_from, t.recorded_at, t.position, t.seq))) AS body
    FROM revisions AS t
    WHERE t.body IS NOT NULL AND item_id IN (SELECT item_id FROM {{template "overrides" .}} WHERE drive != '' OR horizon != '' OR category != ''){{with .Only}} AND {{.}}{{end}}
    GROUP BY item_id
) AS b ON b.item_id = r.item_id{{end}}
{{- end}}

{{- /* moved: a scalar: the items that may not have stood at the time at as their rows in item_rows do: of which the tracker tells something
       later, which were judged by a later telling, are below others since or no longer, or have an ancestor of which that is true; and open ones of people who
       went to another team since. */ -}}
{{define "moved" -}}
(
    SELECT groupArray(item_id)
    FROM
    (
        SELECT DISTINCT item_id
        FROM
        (
            SELECT item_id FROM apart
            UNION ALL
            SELECT item_id FROM ancestry WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'standings') AND ancestor IN (SELECT item_id FROM apart)
            UNION ALL
            SELECT item_id FROM item_rows WHERE closed_at IS NULL AND (has(movers, toString(author)) OR hasAny(movers, assignees))
        )
    )
)
{{- end}}

{{- /* above: a scalar: the items that those of the scalar moved are below, or were at the time at: what was below another one then
       has moved itself. */ -}}
{{define "above" -}}
(
    SELECT groupArray(item_id)
    FROM
    (
        SELECT parent AS item_id FROM edges WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'edges') AND child IN (SELECT arrayJoin(moved))
        UNION DISTINCT
        SELECT ancestor FROM ancestry
        WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'standings')
            AND (item_id IN (SELECT arrayJoin(moved)) OR item_id IN (SELECT parent FROM edges WHERE child IN (SELECT arrayJoin(moved))))
    )
)
{{- end}}

{{- /* apart: what moved says of an item itself. */ -}}
{{define "apart" -}}
(
    SELECT item_id FROM item_rows WHERE updated_at > {at:DateTime64(3, 'UTC')} OR judged_at > {at:DateTime64(3, 'UTC')} AND (judged_at, judged_position) != (recorded_at, position)
    UNION ALL
    SELECT item_id FROM tombstones WHERE valid_from > {at:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT child FROM edges
    WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'edges') AND known_until > '2299-01-01' AND (valid_from > {at:DateTime64(3, 'UTC')} OR valid_to > {at:DateTime64(3, 'UTC')})
)
{{- end}}

{{- /* movers: a scalar: the people who joined or left a team from the time at until what was last derived. */ -}}
{{define "movers" -}}
arrayConcat([''], arrayMap(m -> m.1, arrayFilter(m -> m.1 != '' AND arrayExists(s -> arrayExists(d -> d > {{local "{at:DateTime64(3, 'UTC')}"}} AND d <= toDate32(mark.7, '{{.Timezone}}'), [s.1, s.2]), m.2), arrayZip(members.1, members.2))))
{{- end}}

{{- /* progressed: of each item how many days it was in progress in states that are over. */ -}}
{{define "progressed" -}}
(
    SELECT item_id, sum(dateDiff('millisecond', valid_from, until)) / 86400000 AS days
    FROM
    (
        SELECT s.item_id AS item_id, s.state AS state, s.valid_from AS valid_from,
            coalesce(leadInFrame(toNullable(s.valid_from)) OVER (PARTITION BY s.item_id ORDER BY s.valid_from, s.change != 'created', s.seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
                if(g.cause IN ('', 'returned') OR g.told < (s.recorded_at, s.position), NULL, greatest(g.since, s.valid_from))) AS until
        FROM {{template "chain" .}} AS s
        LEFT ANY JOIN {{template "gone" .}} AS g ON g.item_id = s.item_id
    )
    WHERE state = 'in_progress' AND until IS NOT NULL
    GROUP BY item_id
)
{{- end}}

{{- /* item_columns: the columns of the view in their order. */ -}}
{{define "item_columns" -}}
item_id, source, project, key, url, kind, type, title, state, status, priority, labels, components, milestone, sprint, points, due_at,
    author, assignees, author_is_bot, team, parent_key, initiative, ask, asker, asker_team, planned, created_at, started_at,
    first_effort_at, merged_at, closed_at, updated_at, reopened, removed, removed_at, forced, long, drive, horizon, quadrant, category,
    category_source, property, forced_reason, confidence, class_source, ruleset, effort_days, days_in_progress, draft, resolution, recorded_at, verdict_from
{{- end}}

{{- /* items_now: the rows of the view: as they were last derived. Through a view of one SELECT the engine (26.7)
       takes the comparison of a column with an empty text for one with its size, which it then does not find; through a UNION
       with constants it does not. */ -}}
{{define "items_now" -}}
SELECT
    r.item_id AS item_id, toString(r.source) AS source, toString(r.project) AS project, r.key AS key, r.url AS url, toString(r.kind) AS kind,
    toString(r.type) AS type, r.title AS title, toString(r.state) AS state, toString(r.status) AS status, toString(r.priority) AS priority, r.labels
    AS labels, r.components AS components, toString(r.milestone) AS milestone, toString(r.sprint) AS sprint, r.points AS points, r.due_at AS due_at,
    toString(r.author) AS author, r.assignees AS assignees, r.author_is_bot AS author_is_bot, toString(r.team) AS team, r.parent_key AS parent_key,
    toString(r.initiative) AS initiative, toString(r.ask) AS ask, toString(r.asker) AS asker, toString(r.asker_team) AS asker_team, r.planned AS
    planned, r.created_at AS created_at, r.started_at AS started_at, r.first_effort_at AS first_effort_at, r.merged_at AS merged_at, r.closed_at AS
    closed_at, r.updated_at AS updated_at, r.reopened AS reopened, toString(r.removed) AS removed, r.removed_at AS removed_at, r.forced AS forced,
    r.long AS long, toString(r.drive) AS drive, toString(r.horizon) AS horizon, toString(r.quadrant) AS quadrant, toString(r.category) AS category,
    toString(r.category_source) AS category_source, toString(r.property) AS property, toString(r.forced_reason) AS forced_reason, r.confidence AS
    confidence, toString(r.class_source) AS class_source, toString(r.ruleset) AS ruleset, r.effort_days AS effort_days, r.days_in_progress AS days_in_progress, r.draft AS draft,
    toString(r.resolution) AS resolution, r.recorded_at AS recorded_at, r.verdict_from AS verdict_from
FROM item_rows AS r FINAL
UNION ALL
SELECT
    '', '', '', '', '', '', '', '', '', '', '', [], [], '', '', NULL, NULL, '', [], false, '', '', '', '', '', '', NULL, toDateTime64(0, 3, 'UTC'),
    NULL, NULL, NULL, NULL, toDateTime64(0, 3, 'UTC'), 0, '', NULL, NULL, NULL, '', '', '', '', '', '', '', NULL, '', '', NULL, NULL, false, '',
    toDateTime64(0, 3, 'UTC'), ''
FROM item_rows
WHERE false
{{- end}}
