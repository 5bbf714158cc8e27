{{- /* told_edges: from an item to those whose verdict and memberships it can take over: the issue that it closes, its
       parent, and, from a pull request, an issue that it mentions (weak). Each row is one telling of one link, with
       the time from which it was known and the one from which another telling of the item was (known_until). Of what is
       both closed and mentioned the closing counts: the table keeps one row of the two. */ -}}
{{define "told_edges" -}}
(
    SELECT child, parent, weak, valid_from, valid_to, recorded_at, known_until
    FROM
    (
        SELECT
            l.item_id AS child, multiIf(l.to_item != '', l.to_item, same.item_id != '', same.item_id, other.item_id) AS parent,
            l.relation = 'mentions' AS weak, l.valid_from AS valid_from, l.valid_to AS valid_to,
            greatest(l.recorded_at, first.at) AS recorded_at, told.known_until AS known_until
        FROM links AS l
        INNER JOIN
        (
            SELECT item_id, observation, leadInFrame(at, 1, toDateTime64('2299-12-31 00:00:00', 3, 'UTC'))
                    OVER (PARTITION BY item_id ORDER BY at, place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS known_until
            FROM (SELECT item_id, observation, max(recorded_at) AS at, max(position) AS place FROM revisions WHERE NOT more GROUP BY item_id, observation)
        ) AS told ON told.item_id = l.item_id AND told.observation = l.observation
        LEFT ANY JOIN {{template "named" .}} AS same ON same.source = l.source AND same.key = l.to_key
        LEFT ANY JOIN
        (
            SELECT key, min(n.item_id) AS item_id FROM {{template "named" .}} AS n GROUP BY key
        ) AS other ON other.key = l.to_key
        LEFT ANY JOIN
        (
            SELECT item_id, min(recorded_at) AS at FROM revisions WHERE NOT more GROUP BY item_id
        ) AS first ON first.item_id = parent
        WHERE l.relation IN ({{inherit}}) AND parent NOT IN ('', child)
            AND (NOT weak OR position(child, '/pull_request/') > 0 AND position(parent, '/pull_request/') = 0)
        ORDER BY child, parent, valid_from, recorded_at, l.position
        LIMIT 1 BY l.item_id, l.link_id, l.observation
    )
    ORDER BY child, parent, recorded_at, valid_from, known_until DESC, isNotNull(valid_to), weak
    LIMIT 1 BY child, parent, recorded_at, valid_from
)
{{- end}}

{{- /* edges: those that hold, as they were last derived. A pull request that closes something, or has a parent, takes
       nothing over from what it mentions. */ -}}
{{define "edges" -}}
(
    SELECT DISTINCT child, parent
    FROM
    (
        SELECT child, parent, weak, min(weak) OVER (PARTITION BY child) AS only_weak
        FROM edges
        WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'edges')
        {{- if .At}} AND {{.Known}} AND (known_until > {{.Horizon}} OR known_until > '2299-01-01') AND valid_from <= {{.At}} AND (valid_to IS NULL OR valid_to > {{.At}})
        {{- else}} AND known_until > '2299-01-01' AND valid_to IS NULL{{end}}
    )
    WHERE weak = only_weak
)
{{- end}}

{{- /* ways: of each item the ways up from it, over at most seven edges; a way ends at the first item that comes again, which then
       decides for itself: at the item where it comes back to it. */ -}}
{{define "ways" -}}
(
    WITH RECURSIVE ways AS
    (
        SELECT child AS item_id, [parent] AS way
        FROM {{template "edges" .}}
        UNION ALL
        SELECT w.item_id, arrayPushBack(w.way, e.parent)
        FROM ways AS w
        INNER JOIN {{template "edges" .}} AS e ON e.child = w.way[-1]
        WHERE NOT {{template "closed"}} AND length(w.way) < 7
    )
    SELECT item_id, way
    FROM ways
)
{{- end}}

{{- /* closed: the way in scope has come to an item that it holds already, or to the one that it begins at. */ -}}
{{define "closed"}}(way[-1] = item_id OR has(arrayPopBack(way), way[-1])){{end}}

{{- /* overrides: a person's word on an item: the newest that is not cleared. */ -}}
{{define "overrides" -}}
(
    SELECT
        id AS item_id, JSONExtractString(body, 'drive') AS drive, JSONExtractString(body, 'horizon') AS horizon,
        JSONExtractString(body, 'category') AS category, valid_from, recorded_at, author, reason
    FROM {{template "decided" (kind . "override")}}
)
{{- end}}

{{- /* holders: scalars: the signs (a key or, in lower case, a label) of the initiatives and of the asks, and whose they
       are; a sign of several is that of the smallest id. */ -}}
{{define "holders" -}}
    {{template "signs" (kind . "initiative")}} AS initiatives,
    {{template "signs" (kind . "ask")}} AS asks
{{- end}}

{{define "signs" -}}
(
    SELECT (arrayConcat([''], groupArray(sign)), arrayConcat([''], groupArray(holder)))
    FROM
    (
        SELECT min(id) AS holder,
            arrayJoin(arrayConcat(
                arrayMap(k -> concat('key ', k), JSONExtract(body, 'items', 'keys', 'Array(String)')),
                arrayMap(k -> concat('key ', k), JSONExtract(body, 'items', 'epics', 'Array(String)')),
                arrayMap(k -> concat('label ', lower(k)), JSONExtract(body, 'items', 'labels', 'Array(String)')))) AS sign
        FROM {{template "decided" .}}
        GROUP BY sign
    )
)
{{- end}}

{{- /* own_signs: the signs that the item in scope bears itself. */ -}}
{{define "own_signs"}}arrayConcat([concat('key ', toString(key))], arrayMap(l -> concat('label ', lower(l)), labels)){{end}}

{{- /* held: which of the signs' holders hold the item in scope itself: the one of the smallest id, or none. */ -}}
{{define "held_by_initiative"}}arrayMin(arrayMap(s -> if(s = '', '~', s), arrayMap(s -> transform(s, initiatives.1, initiatives.2, ''), {{template "own_signs"}}))){{end}}
{{define "held_by_ask"}}arrayMin(arrayMap(s -> if(s = '', '~', s), arrayMap(s -> transform(s, asks.1, asks.2, ''), {{template "own_signs"}}))){{end}}

{{- /* ruled: of the items that a rule counts to an initiative which one that is. Where no rule does, no verdict is read. */ -}}
{{define "ruled" -}}
(
    SELECT item_id AS ruled_item, toString(initiative) AS by_rule
    FROM
    (
    {{- if .At}}
        SELECT item_id, initiative
        FROM {{template "verdict" (judges . "(SELECT max(initiative) FROM verdicts) != ''")}}
    {{- else}}
        SELECT item_id, initiative
        FROM verdicts
        WHERE ruleset = {{template "ruleset" .}} AND NOT more AND (SELECT max(initiative) FROM verdicts{{where .Only}}) != ''{{with .Only}} AND {{.}}{{end}}
        ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
        LIMIT 1 BY item_id
    {{- end}}
    )
    WHERE initiative != ''
)
{{- end}}

{{- /* lineage: of each item that has ancestors what it takes over from them. The decider is the item whose verdict it
       takes over: on each way up the last whose verdict is determined, but nothing beyond a person's word; an ancestor
       that itself takes over from another one only where a way came round to it (ended). Of those the one judged with the
       greatest confidence, then the one of the smallest id. Initiative and ask are those of the nearest ancestor that
       bears a sign of one, or that a rule counts to one. */ -}}
{{define "lineage" -}}
(
    WITH
        {{template "holders" .}}
    SELECT item_id,
        arrayFlatten(groupArray(arrayMap(s -> s.1, arrayFilter(s -> s.1 != sure[-1].1, sure)))) AS below,
        arraySort(a -> (-a.2, a.1), arrayFilter(a -> a.1 != '' AND (a.3 OR NOT has(below, a.1)), groupArray((sure[-1].1, sure[-1].2, ended))))[1].1 AS decider,
        arraySort(arrayFilter(h -> h.2 != '', groupArrayArray(initiative)))[1].2 AS initiative,
        arraySort(arrayFilter(h -> h.2 != '', groupArrayArray(ask)))[1].2 AS ask
    FROM
    (
        SELECT item_id, way,
            arrayMap(s -> (s.2, s.3), arraySort(groupArrayIf((place, ancestor, certainty), certainty > 0))) AS determined,
            arrayFirstIndex(s -> s.2 = 2., determined) AS word,
            if(word = 0, determined, arraySlice(determined, 1, word)) AS sure,
            {{template "closed"}} AND sure[-1].1 = way[-1] AS ended,
            groupArray((place, initiative)) AS initiative, groupArray((place, ask)) AS ask
        FROM
        (
            SELECT w.item_id AS item_id, w.way AS way, w.place AS place, w.ancestor AS ancestor,
                multiIf(o.drive != '' OR o.horizon != '', 2., v.quadrant NOT IN ('', 'undetermined'), v.confidence, 0.) AS certainty,
                s.initiative AS initiative, s.ask AS ask
            FROM
            (
                SELECT item_id, way, ancestor, place
                FROM {{template "ways" .}}
                ARRAY JOIN way AS ancestor, arrayEnumerate(way) AS place
                WHERE (length(way) = 7 OR {{template "closed"}} OR way[-1] NOT IN (SELECT child FROM {{template "edges" .}})){{if .At}}{{with .Only}} AND {{.}}{{end}}{{end}}
            ) AS w
            LEFT ANY JOIN {{template "verdict" (ancestors .)}} AS v ON v.item_id = w.ancestor
            LEFT ANY JOIN {{template "overrides" .}} AS o ON o.item_id = w.ancestor
            LEFT ANY JOIN
            (
                SELECT l.item_id AS item_id, coalesce(nullIf({{template "held_by_initiative"}}, '~'), u.by_rule) AS initiative, replaceOne({{template "held_by_ask"}}, '~', '') AS ask
                FROM {{template "last" (ancestors .)}} AS l
                LEFT ANY JOIN {{template "ruled" (ancestors .)}} AS u ON u.ruled_item = l.item_id
            ) AS s ON s.item_id = w.ancestor
        )
        GROUP BY item_id, way
    )
    GROUP BY item_id
)
{{- end}}

{{- /* standings: the lineage; for now as it was last derived. */ -}}
{{define "standings" -}}
{{if .At}}{{template "lineage" .}}{{else}}(
    SELECT item_id, decider, initiative, ask
    FROM standings
    WHERE generation = (SELECT max(generation) FROM derivations WHERE name = 'standings'){{with .Only}} AND {{.}}{{end}}
){{end}}
{{- end}}
