{{- /* coverage_state: texts: of the last count of coverage_sums its generation (the greatest that any row has), when it began, what it had seen, and the last
       derivation of a row of an item that it had seen (without the bits that tell processes apart: of two that derive at once the later one's number may be the smaller); then what there is to see and the last such derivation, when this one began, and how many raw
       records were stored and rows of items derived meanwhile. */ -}}
{{define "coverage_state" -}}
WITH
    (SELECT max((generation, started, inputs, decided)) FROM derivations WHERE name = 'coverage') AS mark,
    (SELECT max(generation) FROM item_rows) AS derived
SELECT
    toString(greatest(mark.1, (SELECT max(generation) FROM coverage_sums))) AS generation, toString(mark.2) AS since, mark.3 AS seen, toString(bitShiftLeft(bitShiftRight(toUInt64OrZero(mark.4), 16), 16)) AS last,
    concat(toString((SELECT (count(), max(inserted_at)) FROM raw_records)), ' ', toString(derived), ' ', toString((SELECT max(generation) FROM derivations WHERE name = 'items'))) AS inputs, toString(derived) AS decided, toString(now64(3, 'UTC')) AS started,
    toString((SELECT count() FROM raw_records WHERE inserted_at > mark.2 - INTERVAL 1 MINUTE) + (SELECT count() FROM item_rows WHERE generation >= toUInt64(last))) AS touched
{{- end}}

{{- /* coverage_changed: numbers that stand for the projects that have, or had, an item of which something was stored or derived. Parameters: since and last. */ -}}
{{define "coverage_changed" -}}
SELECT DISTINCT toString({{template "project_number"}}) AS project
FROM raw_records
WHERE item_id IN
(
    SELECT item_id FROM raw_records WHERE inserted_at > {since:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE
    UNION ALL
    SELECT item_id FROM item_rows WHERE generation >= {last:UInt64}
)
{{- end}}

{{define "project_number"}}cityHash64(source, project){{end}}
{{define "project_changed"}}{{template "project_number"}} IN {projects:Array(UInt64)}{{end}}

{{- /* derive_coverage: the counts of all projects, or of those alone that changed. A project that has nothing any more has zeros. */ -}}
{{define "derive_coverage" -}}
INSERT INTO coverage_sums (generation, source, project, kind, logged, tabled, unseen, behind)
SELECT {generation:UInt64}, c.source, c.project, c.kind, sum(c.logged), sum(c.tabled), sum(c.unseen), sum(c.behind)
FROM
(
    SELECT
        toString(r.source) AS source, toString(r.project) AS project, toString(r.kind) AS kind, toInt64(r.removed != 'unobserved') AS logged, toInt64(r.removed != 'unobserved' AND t.item_id != '') AS tabled,
        toInt64(r.removed = 'unobserved') AS unseen, toInt64(r.removed != 'unobserved' AND (t.item_id = '' OR t.told < (r.recorded_at, r.position))) AS behind
    FROM
    (
        SELECT item_id, source, project, kind, removed, recorded_at, position
        FROM {{template "newest" .}}
        WHERE removed IN ('', 'returned', 'unobserved'){{if .Only}} AND {{template "project_changed"}}{{end}}
    ) AS r
    LEFT ANY JOIN (SELECT item_id, (recorded_at, position) AS told FROM item_rows FINAL{{where .Only}}) AS t ON t.item_id = r.item_id
    UNION ALL
    SELECT source, project, kind, 0, 0, 0, 0 FROM coverage_sums{{if .Only}} WHERE {{template "project_changed"}}{{end}}
) AS c
GROUP BY source, project, kind
{{- end}}
