{{- /* frozen: a scalar: the earliest freeze; NULL without plans: then nothing is asked about what was planned. */ -}}
{{define "frozen"}}(SELECT minOrNull(frozen_at) FROM {{template "freezes" .}}){{end}}

{{- /* joined: of each item since when it bears, without a break until now, a sign of an initiative, and one of an ask. */ -}}
{{define "joined" -}}
(
    SELECT item_id, maxIf(valid_from, initiative != before.1) AS initiative_since, maxIf(valid_from, ask != before.2) AS ask_since
    FROM
    (
        SELECT item_id, valid_from, {{template "held_by_initiative"}} AS initiative, {{template "held_by_ask"}} AS ask,
            lagInFrame((initiative, ask), 1, ('', '')) OVER (PARTITION BY item_id ORDER BY valid_from, seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
        FROM {{template "chain" .}}
        WHERE {{template "frozen" .}} IS NOT NULL
    )
    GROUP BY item_id
)
{{- end}}

{{- /* commitments: of each item the spans (from, to, quarter, begins, origin) in which it would be planned work at a freeze:
       started and open; in a key initiative, which has a day on which it begins; in an ask of a quarter. Those of its
       ancestors hold for it too, from when it was there itself: a pull request carries out what it closes whenever it was
       opened, while an issue that is opened below planned work after the freeze adds to it. The origin is from when the
       work that it belongs to was under way, whenever it came to it. */ -}}
{{define "commitments" -}}
(
    SELECT item_id, groupArrayArray(arrayMap(s -> (greatest(s.1, since), s.2, s.3, s.4, s.5), own)) AS spans
    FROM
    (
        SELECT w.item_id AS item_id, o.own AS own,
            max(o.there) OVER (PARTITION BY w.item_id, w.way ORDER BY w.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS since
        FROM
        (
            SELECT item_id, way, ancestor, place
            FROM
            (
                SELECT DISTINCT item_id, [item_id] AS way FROM revisions{{if .At}} WHERE NOT more AND {{.Known}}{{with .Only}} AND {{.}}{{end}}{{else}}{{where .Only}}{{end}}
                UNION ALL
                SELECT item_id, arrayPushFront(way, item_id) FROM {{template "ways" .}}
            )
            ARRAY JOIN way AS ancestor, arrayEnumerate(way) AS place
            WHERE {{template "frozen" .}} IS NOT NULL{{with .Only}} AND {{.}}{{end}}
        ) AS w
        INNER JOIN
        (
            SELECT l.item_id AS item_id, if(l.kind = 'pull_request', toDateTime64(0, 3, 'UTC'), l.created_at) AS there,
                coalesce(l.started_at, if(l.kind = 'pull_request', l.created_at, NULL)) AS started, coalesce(l.closed_at, toDateTime64('2299-12-31 00:00:00', 3, 'UTC')) AS ended,
                coalesce(nullIf({{template "held_by_initiative"}}, '~'), u.by_rule) AS initiative, {{template "held_by_ask"}} AS ask,
                arrayConcat(
                    if(started IS NOT NULL AND ended > {{template "frozen" .}}, [(assumeNotNull(started), ended, '', toDate32('1970-01-01'), assumeNotNull(started))], []),
                    if(initiative != '', [(if(initiative = u.by_rule, l.created_at, j.initiative_since), toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), '', transform(initiative, begins.1, begins.2, toDate32('1970-01-01')), toDateTime64(0, 3, 'UTC'))], []),
                    if(ask != '~', [(j.ask_since, toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), transform(ask, ask_quarters.1, ask_quarters.2, ''), toDate32('1970-01-01'), toDateTime64(0, 3, 'UTC'))], [])) AS own
            FROM {{template "last" (deciders .)}} AS l
            LEFT ANY JOIN {{template "joined" (deciders .)}} AS j ON j.item_id = l.item_id
            LEFT ANY JOIN {{template "ruled" (deciders .)}} AS u ON u.ruled_item = l.item_id
        ) AS o ON o.item_id = w.ancestor
    )
    WHERE notEmpty(own)
    GROUP BY item_id
)
{{- end}}

{{- /* plan_dates: scalars that commitments needs: when each initiative begins, and of which quarter each ask is. */ -}}
{{define "plan_dates" -}}
    (
        SELECT (arrayConcat([''], groupArray(id)), arrayConcat([toDate32('1970-01-01')], groupArray(ifNull(toDate32OrNull(JSONExtractString(body, 'from')), toDate32('1970-01-01')))))
        FROM {{template "decided" (kind . "initiative")}}
    ) AS begins,
    (SELECT (arrayConcat([''], groupArray(id)), arrayConcat([''], groupArray(JSONExtractString(body, 'quarter')))) FROM {{template "decided" (kind . "ask")}}) AS ask_quarters
{{- end}}

{{- /* planned: whether the spans in scope say that the item was planned work at the freeze f; added: that it came to
       planned work after it. */ -}}
{{define "planned"}}arrayExists(s -> s.1 <= f.frozen_at AND {{template "of_quarter"}}, spans){{end}}
{{define "added"}}arrayExists(s -> s.1 > f.frozen_at AND s.5 <= f.frozen_at AND {{template "of_quarter"}}, spans){{end}}
{{define "of_quarter"}}s.2 > f.frozen_at AND s.3 IN ('', f.quarter) AND s.4 <= greatest(toDate32(f.frozen_at), f.first_day){{end}}
