{{- /* named: which item a key means: the one that bore it last, in each source. */ -}}
{{define "named" -}}
(
    SELECT source, key, argMax(r.item_id, (r.recorded_at, r.position, r.item_id)) AS item_id
    FROM revisions AS r
    WHERE NOT more{{with .Known}} AND {{.}}{{end}}
    GROUP BY source, key
)
{{- end}}

{{- /* superseded: items that live on under another id, which is known: a transfer or move is counted once. */ -}}
{{define "superseded" -}}
(
    SELECT arrayJoin([l.item_id, if(l.to_item != '', l.to_item, n.item_id)]) AS item_id
    FROM links AS l
    LEFT ANY JOIN
    (
        SELECT key, max(r.item_id) AS item_id
        FROM revisions AS r
        WHERE NOT more AND key IN (SELECT to_key FROM links WHERE relation IN ('moved_to', 'continues'))
        GROUP BY key
    ) AS n ON n.key = l.to_key
    WHERE l.relation IN ('moved_to', 'continues') AND if(l.to_item != '', l.to_item, n.item_id) != ''
)
{{- end}}

{{- /* resolved: the links of the newest complete telling of each item, with the item that a key means. */ -}}
{{define "resolved" -}}
SELECT
    l.item_id AS from_item,
    multiIf(l.to_item != '', l.to_item, same.item_id != '', same.item_id, other.item_id) AS to_item,
    l.to_key AS to_key, l.relation AS relation, l.source AS source, l.project AS project,
    l.valid_from AS valid_from, l.valid_to AS valid_to, l.recorded_at AS recorded_at
FROM
(
    SELECT *
    FROM links{{with .Known}}
    WHERE {{.}}{{end}}
    ORDER BY item_id, link_id, recorded_at DESC, position DESC
    LIMIT 1 BY item_id, link_id
) AS l
LEFT ANY JOIN
(
    SELECT item_id, max((recorded_at, position)) AS told
    FROM revisions
    WHERE NOT more{{with .Known}} AND {{.}}{{end}}
    GROUP BY item_id
) AS newest ON newest.item_id = l.item_id
LEFT ANY JOIN {{template "named" .}} AS same ON same.source = l.source AND same.key = l.to_key
LEFT ANY JOIN
(
    SELECT key, min(n.item_id) AS item_id FROM {{template "named" .}} AS n GROUP BY key
) AS other ON other.key = l.to_key
WHERE (l.recorded_at, l.position) >= newest.told
{{- end}}
