{{- /* named: which item a key means: the one that bore it last, in each source. */ -}}
{{define "named" -}}
(
    SELECT source, key, argMax(r.item_id, (r.recorded_at, r.position, r.item_id)) AS item_id
    FROM revisions AS r
    WHERE NOT more
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
