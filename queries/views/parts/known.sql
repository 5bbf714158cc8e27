{{- /* asked: 0, or an error where nothing was known yet at the time known_at. Its text begins with queries.NothingKnown. */ -}}
{{define "asked" -}}
(
    SELECT throwIf(count() > 0 AND min(recorded_at) > {known_at:DateTime64(3, 'UTC')},
        (SELECT concat('nothing was known at that known_at yet: the first time that can be asked about is ', toString(min(recorded_at)), ' UTC') FROM raw_records))
    FROM raw_records
)
{{- end}}
