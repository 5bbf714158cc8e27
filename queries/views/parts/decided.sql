{{- /* decided: the decisions of one kind that hold, of each id the newest that is known. */ -}}
{{define "decided" -}}
(
    SELECT id, body, valid_from, recorded_at, author, reason
    FROM
    (
        SELECT id, body, retracted, valid_from, recorded_at, author, reason
        FROM decisions
        WHERE kind = '{{.Kind}}'{{with .Known}} AND {{.}}{{end}}{{if eq .Kind "override"}}{{with .Words}} AND {{.}}{{end}}{{end}}
        ORDER BY id, recorded_at DESC, valid_from DESC, body DESC
        LIMIT 1 BY id
    )
    WHERE NOT retracted
)
{{- end}}

{{- /* people: two arrays, the accounts that a person merges and that person's pseudonym, as a scalar. */ -}}
{{define "people" -}}
(
    SELECT (arrayConcat([''], groupArray(account)), arrayConcat([''], groupArray(person)))
    FROM
    (
        SELECT arrayJoin(JSONExtract(body, 'accounts', 'Array(String)')) AS account, min(id) AS person
        FROM {{template "decided" (kind . "person")}}
        GROUP BY account
    )
)
{{- end}}

{{- /* bots: the pseudonyms of the persons that are programs, as a scalar; the trackers' own word is in is_bot. */ -}}
{{define "bots"}}(SELECT arrayConcat([''], groupArray(id)) FROM {{template "decided" (kind . "person")}} WHERE JSONExtractBool(body, 'bot')){{end}}

{{- /* ruleset: the ruleset whose verdicts count: the one promoted last, else the one published last, else
       the one of the newest verdict. All verdicts are read only for the last, where nothing else is known:
       else the condition on the key leaves none to read. */ -}}
{{define "ruleset" -}}
coalesce({{template "chosen" .}},
    (SELECT argMax(ruleset, (recorded_at, ruleset)) FROM verdicts WHERE ({{template "chosen" .}} IS NULL OR ruleset = ''){{with .Known}} AND {{.}}{{end}}))
{{- end}}

{{- /* chosen: the ruleset that somebody chose, or NULL. Written twice in a statement it is computed once. */ -}}
{{define "chosen" -}}
coalesce(
    (SELECT nullIf(argMax(JSONExtractString(body, 'ruleset'), (valid_from, recorded_at)), '') FROM {{template "decided" (kind . "promotion")}}),
    (SELECT nullIf(argMax(id, (recorded_at, id)), '') FROM {{template "decided" (kind . "ruleset")}}))
{{- end}}
