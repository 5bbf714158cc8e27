{{- /* failed: the records that could not be processed, but for those that were given to their stage again. */ -}}
{{define "failed" -}}
(
    SELECT stage, topic, partition, offset, key, reason, source, project, item_id, size_bytes, sha256, recorded_at
    FROM dead_letters
    WHERE concat(stage, '/', topic, '/', toString(partition), '/', toString(offset)) NOT IN (SELECT id FROM {{template "decided" (kind . "retry")}})
    ORDER BY stage, topic, partition, offset, key, sha256
    LIMIT 1 BY stage, topic, partition, offset, key, sha256
)
{{- end}}
