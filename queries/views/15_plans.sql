-- view: plans
-- row: what a team intended to spend on each category in a quarter, as its newest revision says
-- key: team, quarter
-- joins: team to teams.id; team and quarter to allocation_quarterly; the keys of initiative_days to initiatives.id
-- adds up: capacity_days and initiative_days over any rows; shares only weighted by days
-- null: capacity_days: the plan does not say; then what memberships, absences and holidays leave counts
-- freshness: the last workmix apply
-- stability: stable
-- example: SELECT team, quarter, shares['key_initiatives'] FROM plans ORDER BY quarter, team
-- columns:
--   team String: Id of the team
--   quarter Date: First day of the quarter
--   name String: The quarter as people write it: 2026-Q3 is the third of the fiscal year that begins in 2026
--   frozen_at DateTime64(3, 'UTC'): What was in a key initiative or an ask of the quarter then, or started and open, is planned work
--   capacity_days Nullable(Float64): Person-days that the plan reckons with
--   shares Map(String, Float64): Of each category the intended part of the capacity; they sum to 1
--   initiative_days Map(String, Float64): Of each key initiative the intended person-days
--   valid_from DateTime64(3, 'UTC'): From when the decision holds: when the quarter begins
--   recorded_at DateTime64(3, 'UTC'): When this revision was published; after valid_from the plan is late
--   author String: Pseudonym of who published it, or the program that did
--   reason String: Why this revision was made, or empty

SELECT
    JSONExtractString(body, 'team') AS team, toDate({{quarterday "name"}}) AS quarter, JSONExtractString(body, 'quarter') AS name,
    assumeNotNull(parseDateTime64BestEffortOrZero(JSONExtractString(body, 'frozen_at'), 3, 'UTC')) AS frozen_at,
    JSONExtract(body, 'capacity_days', 'Nullable(Float64)') AS capacity_days,
    JSONExtract(body, 'shares', 'Map(String, Float64)') AS shares,
    JSONExtract(body, 'initiative_days', 'Map(String, Float64)') AS initiative_days,
    valid_from, recorded_at, author, reason
FROM {{template "decided" (kind . "plan")}}
