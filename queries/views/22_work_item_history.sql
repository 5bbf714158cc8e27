-- view: work_item_history
-- row: a revision: the state of an item after one change
-- key: item_id, revision
-- joins: item_id to work_items; item_id and revision to classifications; actor and author to people.id. Select by item_id, as the example does: that reads one item, while a condition on another column reads them all.
-- adds up: count of changes. The state of all items at an instant T: WHERE valid_from <= T AND (valid_to > T OR valid_to IS NULL).
-- null: valid_to: the revision still holds. body, additions, deletions, files, commits: not told by any observation, or not a pull request. Others as in work_items.
-- freshness: the newest complete observation of the item
-- stability: stable
-- example: SELECT number, valid_from, actor, changed, status FROM work_item_history WHERE item_id IN (SELECT item_id FROM work_items WHERE key = 'acme/api#12') ORDER BY number
-- columns:
--   item_id String: Id of the item
--   source String: Configured name of the source
--   project String: owner/repo on GitHub, the project key on Jira
--   key String: Key as people write it
--   revision String: The change after which this state held: created, event/N, changelog/N/M, observed/HASH, correction/HASH, or category/STATUS/MS where a Jira's status was put into another category; of imported items row/TIME, started/TIME or closed/TIME
--   number UInt32: The revisions of an item in their order, from 1
--   valid_from DateTime64(3, 'UTC'): From when the state held
--   valid_to Nullable(DateTime64(3, 'UTC')): Until when, exclusive; NULL while it holds; equal to valid_from where two changes share an instant
--   recorded_at DateTime64(3, 'UTC'): When workmix learned of this telling of the change
--   observation String: Id of the raw record that told it
--   actor String: Pseudonym of who made the change, or empty
--   changed Array(String): Names of the fields that changed
--   correction Bool: The tracker tells no such change, but its object disagrees with its history
--   inferred Array(String): Names of the fields that the tracker does not tell for this time; their values are those of the next observation, else of the last one before
--   kind String: issue, incident or pull_request
--   type String: The tracker's own type of item, or empty
--   title String: Title
--   body Nullable(String): Text of the description; NULL if no observation tells it
--   state String: open, in_progress, done or dropped
--   status String: The tracker's own word for the state
--   priority String: The tracker's own word for the priority, or empty
--   labels Array(String): Labels, sorted
--   components Array(String): Components, sorted
--   milestone String: Milestone or fix version, or empty
--   sprint String: Sprint, or empty
--   points Nullable(Float64): Story points; NULL if not estimated
--   due_at Nullable(DateTime64(3, 'UTC')): When it is due; NULL if the tracker does not say
--   author String: Pseudonym of who opened the item
--   author_is_bot Bool: A program opened the item
--   assignees Array(String): Pseudonyms of the assignees
--   parent_key String: Key of the parent, or empty
--   draft Bool: A pull request that is not ready for review
--   resolution String: The tracker's own word for how it ended, or empty
--   additions Nullable(UInt32): Lines added; NULL if not a pull request
--   deletions Nullable(UInt32): Lines deleted; NULL if not a pull request
--   files Nullable(UInt32): Files changed; NULL if not a pull request
--   commits Nullable(UInt32): Commits; NULL if not a pull request
--   created_at DateTime64(3, 'UTC'): When the item was opened
--   started_at Nullable(DateTime64(3, 'UTC')): When work on it first started; NULL if it has not
--   merged_at Nullable(DateTime64(3, 'UTC')): When the pull request was merged; NULL if it was not
--   closed_at Nullable(DateTime64(3, 'UTC')): When the item was closed; NULL while it is not

WITH
    {{template "people" .}} AS people,
    {{template "bots" .}} AS bots
SELECT
    h.item_id AS item_id, h.source AS source, h.project AS project, h.key AS key, h.change AS revision,
    toUInt32(row_number() OVER straight) AS number,
    h.valid_from AS valid_from,
    coalesce(
        leadInFrame(toNullable(h.valid_from)) OVER whole,
        if(g.cause IN ('', 'returned') OR g.told < (h.recorded_at, h.position), NULL, greatest(g.since, h.valid_from))) AS valid_to,
    h.recorded_at AS recorded_at, h.observation AS observation,
    transform(h.actor, people.1, people.2, h.actor) AS actor,
    h.changed AS changed, h.correction AS correction, h.inferred AS inferred,
{{- /* A body that an earlier observation saw and the newest does not tell any more: its state is the one before. */ -}}
{{- range strings "kind" "type" "title"}}
    (anyLastIf(tuple(h.{{.}}), h.told) OVER straight).1 AS {{.}},{{end}}
    coalesce(h.body,
        last_value(h.body) IGNORE NULLS OVER backwards,
        last_value(h.body) IGNORE NULLS OVER straight) AS body,
{{- range strings "state" "status" "priority" "labels" "components" "milestone" "sprint" "points" "due_at"}}
    (anyLastIf(tuple(h.{{.}}), h.told) OVER straight).1 AS {{.}},{{end}}
    transform(h.author, people.1, people.2, h.author) AS author, h.author_is_bot OR has(bots, author) AS author_is_bot,
    arrayMap(a -> transform(a, people.1, people.2, a), anyLastIf(h.assignees, h.told) OVER straight) AS assignees,
{{- range strings "parent_key" "draft" "resolution"}}
    (anyLastIf(tuple(h.{{.}}), h.told) OVER straight).1 AS {{.}},{{end}}
{{- range strings "additions" "deletions" "files" "commits"}}
    coalesce(h.{{.}}, last_value(h.{{.}}) IGNORE NULLS OVER backwards, last_value(h.{{.}}) IGNORE NULLS OVER straight) AS {{.}},{{end}}
    h.created_at AS created_at,
    (anyLastIf(tuple(h.started_at), h.told) OVER straight).1 AS started_at,
    (anyLastIf(tuple(h.merged_at), h.told) OVER straight).1 AS merged_at,
    (anyLastIf(tuple(h.closed_at), h.told) OVER straight).1 AS closed_at
FROM {{template "history" .}} AS h
LEFT ANY JOIN {{template "gone" .}} AS g ON g.item_id = h.item_id
WINDOW
    whole AS (PARTITION BY h.item_id ORDER BY h.valid_from, h.change != 'created', h.told, h.seq, h.change ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
    straight AS (PARTITION BY h.item_id ORDER BY h.valid_from, h.change != 'created', h.told, h.seq, h.change ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    backwards AS (PARTITION BY h.item_id ORDER BY h.valid_from DESC, h.change != 'created' DESC, h.told DESC, h.seq DESC, h.change DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
