{{- /* askers: scalars: the ids of the teams, and of each ask who asked. */ -}}
{{define "askers" -}}
    (SELECT arrayConcat([''], groupArray(id)) FROM {{template "decided" (kind . "team")}}) AS by_name,
    (
        SELECT (arrayConcat([''], groupArray(id)), arrayConcat([''], groupArray(JSONExtractString(body, 'asker'))))
        FROM {{template "decided" (kind . "ask")}}
    ) AS askers
{{- end}}

{{- /* asker: who asked for the item r: who made the ask that holds it, else whom a label names (r.named),
       else the reporter's team (r.reporter). */ -}}
{{define "asker" -}}
multiIf(r.ask != '', transform(r.ask, askers.1, askers.2, ''),
    r.named != '', if(has(by_name, lower(r.named)), lower(r.named), r.named), r.reporter != '', r.reporter, 'unknown')
{{- end}}

{{- /* asked_from_outside: another team asked for the item r, or, as one of its labels says, somebody who is no team: a customer. */ -}}
{{define "asked_from_outside"}}(asker_team NOT IN ('', r.team) OR asker_team = '' AND r.named != ''){{end}}

{{- /* standing: where the item r stands: the verdict v of the item that decides (r.judge), a person's word on that
       item (w) and on this one (own), who asked (asker_team) and who owns it
       (r.team). */ -}}
{{define "standing" -}}
    multiIf(w.drive = 'forced', 1., w.drive = 'discretionary', 0., v.ruleset = '', NULL, v.forced) AS forced,
    multiIf(w.horizon = 'long', 1., w.horizon = 'short', 0., v.ruleset = '', NULL, v.long) AS long,
    multiIf(w.drive != '', w.drive, v.ruleset = '', 'undetermined', toString(v.drive)) AS drive,
    multiIf(w.horizon != '', w.horizon, v.ruleset = '', 'undetermined', toString(v.horizon)) AS horizon,
    if(drive = 'undetermined' OR horizon = 'undetermined', 'undetermined', concat(drive, '_', horizon)) AS quadrant,
    multiIf(
        own.category != '', (own.category, 'override'),
        w.category != '', (w.category, 'override'),
        r.initiative != '', ('key_initiatives', 'initiative'),
        r.ask != '', ('user_asks', 'ask'),
        v.category_source IN ('rule', 'property', 'incident'), (toString(v.category), toString(v.category_source)),
        drive = 'forced' AND NOT {{template "asked_from_outside"}}, ('platform_quality', 'forced'),
        {{template "asked_from_outside"}}, ('user_asks', 'asker'),
        ('uncategorised', 'none')) AS step,
    step.1 AS category, step.2 AS category_source,
    toString(v.property) AS property, if(drive = 'forced', toString(v.forced_reason), '') AS forced_reason,
    multiIf(w.drive != '' AND w.horizon != '', 1., v.ruleset = '', NULL, v.confidence) AS confidence,
    multiIf(r.judge != r.item_id, 'inherited', w.drive != '' OR w.horizon != '' OR own.category != '', 'override', toString(v.class_source)) AS class_source,
    toString(v.ruleset) AS ruleset
{{- end}}
