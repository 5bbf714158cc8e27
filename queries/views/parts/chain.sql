{{- /* chain: the revisions of each item as its newest complete telling has them, in no order. A telling that is
       half written is not seen. A filter on item_id reaches the table through window and LIMIT BY, and so do
       the columns that are asked for. */ -}}
{{define "chain" -}}
(
    SELECT *
    FROM
    (
        SELECT *, max((if(more, toDateTime64(0, 3, 'UTC'), recorded_at), if(more, 0, position), if(more, '', observation)))
                OVER (PARTITION BY item_id) AS newest
        FROM revisions{{where .Known .Only}}
    )
    WHERE observation = newest.3
    LIMIT 1 BY item_id, change
)
{{- end}}

{{- /* later: a scalar, for the engine computes it once however often it is written: the tellings that end later than the time in scope, their
       positions and 64 bits each of item and position. */ -}}
{{define "later"}}(SELECT (groupArray(position), groupArray(cityHash64(item_id, position))) FROM revisions WHERE NOT more AND {{.Known}} AND valid_from > {{.At}}){{end}}

{{- /* later_judged: likewise of verdicts. */ -}}
{{define "later_judged"}}(SELECT (groupArray(position), groupArray(cityHash64(item_id, position))) FROM verdicts WHERE ruleset = {{template "ruleset" .}} AND NOT more AND {{.Known}} AND valid_from > {{.At}}){{end}}

{{- /* last: of each item the last revision of its newest complete telling, or the one that held at a time. That is mostly the last one
       too: others are read only of tellings that end later, which their position in the log, a number, finds faster than their id. The newest
       telling comes first, and of that what held, so the rows are read in the order of the table. */ -}}
{{define "last" -}}
(
{{- if .Rows}}
    SELECT *
    FROM revisions
    PREWHERE position IN (SELECT position FROM item_rows WHERE {{.Rows}}) AND valid_from <= {{.At}}
    WHERE (item_id, position) IN (SELECT item_id, position FROM item_rows WHERE {{.Rows}})
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
{{- else if .At}}
    SELECT *
    FROM
    (
        SELECT *
        FROM revisions
        WHERE {{.Known}} AND (NOT more OR valid_from <= {{.At}} AND position IN (SELECT arrayJoin({{template "later" .}}.1))){{with .Only}} AND {{.}}{{end}}
            AND (NOT more OR cityHash64(item_id, position) IN (SELECT arrayJoin({{template "later" .}}.2)))
        ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from <= {{.At}} DESC, valid_from DESC, seq DESC
        LIMIT 1 BY item_id
    )
    WHERE valid_from <= {{.At}}
{{- else}}
    SELECT *
    FROM revisions
    WHERE NOT more{{with .Only}} AND {{.}}{{end}}
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
{{- end}}
)
{{- end}}

{{- /* verdict: of each item the last verdict on its newest telling that is wholly judged, or the one that held at a
       time, under the ruleset that counts. */ -}}
{{define "verdict" -}}
(
{{- if .Rows}}
    SELECT *
    FROM verdicts
    PREWHERE ruleset = {{template "ruleset" .}} AND position IN (SELECT judged_position FROM item_rows WHERE {{.Rows}}) AND valid_from <= {{.At}}
    WHERE (item_id, position) IN (SELECT item_id, judged_position FROM item_rows WHERE {{.Rows}})
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
{{- else if .At}}
    SELECT *
    FROM
    (
        SELECT *
        FROM verdicts
        WHERE ruleset = {{template "ruleset" .}} AND {{.Known}}
            AND (NOT more OR valid_from <= {{.At}} AND position IN (SELECT arrayJoin({{template "later_judged" .}}.1))){{with .Judges}} AND {{.}}{{end}}
            AND (NOT more OR cityHash64(item_id, position) IN (SELECT arrayJoin({{template "later_judged" .}}.2)))
        ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from <= {{.At}} DESC, valid_from DESC, seq DESC
        LIMIT 1 BY item_id
    )
    WHERE valid_from <= {{.At}}
{{- else}}
    SELECT *
    FROM verdicts
    WHERE ruleset = {{template "ruleset" .}} AND NOT more{{with .Judges}} AND {{.}}{{end}}
    ORDER BY item_id DESC, recorded_at DESC, position DESC, valid_from DESC, seq DESC
    LIMIT 1 BY item_id
{{- end}}
)
{{- end}}

{{- /* gone: of each item that has tombstones the newest: cause, since when, and when told. */ -}}
{{define "gone" -}}
(
    SELECT item_id, argMax(s.cause, (s.recorded_at, s.position, s.cause)) AS cause,
        argMax(s.valid_from, (s.recorded_at, s.position, s.cause)) AS since, max((s.recorded_at, s.position)) AS told
    FROM tombstones AS s{{if .At}}
    WHERE {{.Known}} AND valid_from <= {{.At}}{{with .Only}} AND {{.}}{{end}}{{else}}{{where .Only}}{{end}}
    GROUP BY item_id
)
{{- end}}

{{- /* latest: the last instant of which anything is known. */ -}}
{{define "latest"}}{{if .At}}{{.At}}{{else}}greatest((SELECT max(recorded_at) FROM revisions), (SELECT max(recorded_at) FROM tombstones)){{end}}{{end}}

{{- /* history: the chain (told), and the observed changes of earlier tellings that the newest does not repeat: a
       tracker that keeps no history of a field tells only its last value. A webhook's delivery tells a moment, not
       the chain: what it observed counts whether it came before the newest telling or after. */ -}}
{{define "history" -}}
(
    SELECT *
    FROM
    (
        SELECT *, observation = newest.3 AS told,
            groupArrayIf((change, (told, recorded_at, position)), startsWith(change, 'observed/')) OVER (PARTITION BY item_id) AS seen
        FROM
        (
            SELECT *, max((if(more, toDateTime64(0, 3, 'UTC'), recorded_at), if(more, 0, position), if(more, '', observation)))
                    OVER (PARTITION BY item_id) AS newest
            FROM revisions{{with .Known}}
            WHERE {{.}}{{end}}
        )
        WHERE observation = newest.3 OR newest.3 != '' AND startsWith(change, 'observed/')
            AND ((recorded_at, position) < (newest.1, newest.2) OR startsWith(observation, 'dlv-'))
    )
    WHERE told OR NOT arrayExists(s -> s.1 = change AND s.2 > (told, recorded_at, position), seen)
    LIMIT 1 BY item_id, change
)
{{- end}}

{{- /* verdicts: of each item and ruleset the verdicts on its newest telling that is wholly judged. */ -}}
{{define "verdicts" -}}
(
    SELECT *
    FROM
    (
        SELECT *, max((if(more, toDateTime64(0, 3, 'UTC'), recorded_at), if(more, 0, position), if(more, '', observation)))
                OVER (PARTITION BY ruleset, item_id) AS newest
        FROM verdicts{{where .Known .Judges}}
    )
    WHERE observation = newest.3
    LIMIT 1 BY ruleset, item_id, change
)
{{- end}}
