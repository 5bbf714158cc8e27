{{- /* newest: of each item its newest raw record; of a kind of items (below), or of all. */ -}}
{{define "newest" -}}
(
    SELECT *
    FROM raw_records
{{- if eq .Kind "unread"}}
    WHERE {{template "unread"}}
{{- else if eq .Kind "oversize"}}
    WHERE {{template "oversize"}}
{{- else if eq .Kind "behind"}}
    WHERE {{template "behind"}}
{{- else}}{{where .Only}}
{{- end}}
    ORDER BY item_id DESC, recorded_at DESC, position DESC
    LIMIT 1 BY item_id
)
{{- end}}

{{- /* unread, oversize, behind: conditions on item_id: of an item that could not be read; that is too large; of which there is a raw record that its
       row is not of, in a project that has such items by the last count. Rows are compared by 64 bits of them, which takes a quarter of the time that the texts take: one that is behind
       would be overlooked in one of some million tables of a million items. */ -}}
{{define "unread"}}item_id IN (SELECT item_id FROM raw_records WHERE key IN (SELECT name FROM progress WHERE kind = 'failure')){{end}}
{{define "oversize"}}item_id IN (SELECT item_id FROM dead_letters WHERE stage = 'ingest' AND item_id != ''){{end}}
{{define "behind" -}}
item_id IN
    (
        SELECT item_id
        FROM raw_records
        WHERE {{template "lagging"}} AND cityHash64(item_id, recorded_at, position) NOT IN (SELECT cityHash64(item_id, recorded_at, position) FROM item_rows WHERE {{template "lagging"}})
    )
{{- end}}
{{define "lagging"}}(source, project) IN (SELECT source, project FROM coverage_sums FINAL WHERE behind > 0){{end}}

{{- /* missing: the items that are known not to be in the tables as their tracker shows them, each once: what could not be
       read before what is too large, before what could not be processed, before what waits for that. */ -}}
{{define "missing" -}}
(
    SELECT source, project, kind, item_id, key, why, reason, since, in_table
    FROM
    (
        SELECT
            1 AS rank, f.source AS source, f.project AS project, if(JSONExtractString(f.told, 'item', 'kind') = '', 'issue', JSONExtractString(f.told, 'item', 'kind')) AS kind,
            r.item_id AS item_id, f.name AS key, 'not_read' AS why, JSONExtractString(f.told, 'reason') AS reason,
            parseDateTime64BestEffortOrNull(JSONExtractString(f.told, 'since'), 3, 'UTC') AS since,
            r.item_id != '' AND r.item_id IN (SELECT item_id FROM item_rows WHERE {{template "unread"}}) AS in_table
        FROM (SELECT source, project, name, argMax(value, recorded_at) AS told FROM progress WHERE kind = 'failure' GROUP BY source, project, name) AS f
        LEFT ANY JOIN {{template "newest" (kind . "unread")}} AS r ON r.source = f.source AND r.key = f.name
        WHERE f.told != ''
        UNION ALL
        SELECT
            2, d.source, d.project, if(position(d.item_id, '/pull_request/') > 0, 'pull_request', 'issue'), d.item_id, if(r.key = '', d.item_id, r.key), 'too_large', d.reason, d.since,
            d.item_id IN (SELECT item_id FROM item_rows WHERE {{template "oversize"}})
        FROM
        (
            SELECT item_id, any(source) AS source, any(project) AS project, argMax(reason, recorded_at) AS reason, max(recorded_at) AS since
            FROM dead_letters
            WHERE stage = 'ingest' AND item_id != ''
            GROUP BY item_id
        ) AS d
        LEFT ANY JOIN {{template "newest" (kind . "oversize")}} AS r ON r.item_id = d.item_id
        WHERE r.item_id = '' OR d.since > r.recorded_at
        UNION ALL
        SELECT
            3, r.source, r.project, r.kind, r.item_id, r.key, if(d.since >= r.recorded_at, 'not_processed', 'waiting'), if(d.since >= r.recorded_at, d.reason, ''), toNullable(r.recorded_at),
            t.item_id != ''
        FROM {{template "newest" (kind . "behind")}} AS r
        LEFT ANY JOIN (SELECT item_id, (recorded_at, position) AS told FROM item_rows FINAL WHERE {{template "behind"}}) AS t ON t.item_id = r.item_id
        LEFT ANY JOIN
        (
            SELECT item_id, argMax(reason, recorded_at) AS reason, max(recorded_at) AS since
            FROM dead_letters
            WHERE stage IN ('normalize', 'sink') AND item_id != ''
            GROUP BY item_id
        ) AS d ON d.item_id = r.item_id
        WHERE r.removed IN ('', 'returned') AND (t.item_id = '' OR t.told < (r.recorded_at, r.position))
    )
    ORDER BY source, key, rank
    LIMIT 1 BY source, key
)
{{- end}}

{{- /* troubles: of each project whose last run did not end well why; project '' stands for the source as a whole. */ -}}
{{define "troubles" -}}
(
    SELECT source, project, JSONExtractString(argMax(value, recorded_at), 'reason') AS reason
    FROM progress
    WHERE kind = 'trouble'
    GROUP BY source, project
    HAVING reason != ''
)
{{- end}}
