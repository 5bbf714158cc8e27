{{- /* reading: until when what happened may be incomplete, because a project is being read for the first time, newest
       first; 1970 if none is. */ -}}
{{define "reading" -}}
(
    SELECT max(if(JSONExtractString(told, 'reached') = '', toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), parseDateTime64BestEffort(JSONExtractString(told, 'reached'), 3, 'UTC')))
    FROM (SELECT argMax(value, recorded_at) AS told FROM progress WHERE kind = 'backfill' GROUP BY source, project)
    WHERE JSONExtractString(told, 'done') = ''
)
{{- end}}
