-- title: Archetypes
-- question: What kind of team was each over a period, and what decides it?
-- parameters:
--   team String = '': the team; empty: all teams
--   from Date = 1970-01-01: months that begin on this day or later
--   to Date = 2149-06-06: months that begin before this day
--   enough_days Float64 = 20: below so many days of effort on items there is no archetype
--   most_undetermined Float64 = 0.4: nor above this part of the effort that no verdict decides
--   firefighting Float64 = 0.6: part of forced short-term work from which a team fights fires
--   research Float64 = 0.6: part of discretionary long-term work from which it does research
--   research_forced Float64 = 0.1: and the most that may be forced then
--   balanced_drive Float64 = 0.25: part that forced and discretionary work each have at least in a balanced team
--   balanced_horizon Float64 = 0.2: part that short and long work each have at least in it
-- columns:
--   team: the team; empty: unattributed, people who are in none
--   archetype: firefighting, research, balanced, mixed (none of these) or undetermined
--   because: what decides it, in words
--   forced_short: part of the effort that a verdict decides; NULL: there is none
--   forced_long: likewise
--   discretionary_short: likewise
--   discretionary_long: likewise
--   undetermined: part of all effort on items that no verdict decides; NULL: there is none
--   effort_days: person-days on items
--   warning: no_forced (below 0.05: no users, or nobody hears them), no_discretionary (below 0.05), split (forced short and discretionary long work 0.3 each), or empty
-- unit: person-days; shares as fractions of 1
SELECT
    team,
    multiIf(
        v.days < {enough_days:Float64} OR v.open > {most_undetermined:Float64} * v.days OR v.decided = 0, 'undetermined',
        fs >= {firefighting:Float64}, 'firefighting',
        dl >= {research:Float64} AND forced <= {research_forced:Float64}, 'research',
        least(forced, 1 - forced) >= {balanced_drive:Float64} AND least(short, 1 - short) >= {balanced_horizon:Float64}, 'balanced',
        'mixed') AS archetype,
    multiIf(
        v.days < {enough_days:Float64}, format('{} days of effort on items, fewer than {}', toString(round(v.days, 1)), toString({enough_days:Float64})),
        v.open > {most_undetermined:Float64} * v.days OR v.decided = 0, format('no verdict decides {} of the effort, more than {}', toString(undetermined), toString({most_undetermined:Float64})),
        archetype = 'firefighting', format('forced short-term work takes {}, at least {}', toString(forced_short), toString({firefighting:Float64})),
        archetype = 'research', format('discretionary long-term work takes {}, at least {}; forced work {}, at most {}', toString(discretionary_long), toString({research:Float64}), toString(round(forced, 4)), toString({research_forced:Float64})),
        archetype = 'balanced', format('forced and discretionary work take {} and {}, at least {} each; short and long work {} and {}, at least {} each',
            toString(round(forced, 4)), toString(round(1 - forced, 4)), toString({balanced_drive:Float64}), toString(round(short, 4)), toString(round(1 - short, 4)), toString({balanced_horizon:Float64})),
        format('forced work takes {}, of that short-term {}; discretionary long-term work {}; short-term work {}: no other archetype', toString(round(forced, 4)), toString(forced_short), toString(discretionary_long), toString(round(short, 4)))) AS because,
    round(fs, 4) AS forced_short, round(fl, 4) AS forced_long, round(ds, 4) AS discretionary_short, round(dl, 4) AS discretionary_long,
    round(v.open / nullIf(v.days, 0), 4) AS undetermined, round(v.days, 2) AS effort_days,
    multiIf(archetype = 'undetermined', '', forced < 0.05, 'no_forced', 1 - forced < 0.05, 'no_discretionary', fs >= 0.3 AND dl >= 0.3, 'split', '') AS warning
FROM
(
    SELECT *, t.parts[1] / nullIf(decided, 0) AS fs, t.parts[2] / nullIf(decided, 0) AS fl, t.parts[3] / nullIf(decided, 0) AS ds, t.parts[4] / nullIf(decided, 0) AS dl,
        fs + fl AS forced, fs + ds AS short
    FROM
    (
        SELECT team, sum(m.effort_days) AS days, sum(m.effort_days * ifNull(m.share_undetermined, 0)) AS open, days - open AS decided,
            sumForEach(arrayMap(s -> m.effort_days * ifNull(s, 0), [m.share_forced_short, m.share_forced_long, m.share_discretionary_short, m.share_discretionary_long])) AS parts
        FROM team_vectors AS m
        WHERE ({team:String} = '' OR team = {team:String}) AND m.month >= {from:Date} AND m.month < {to:Date}
        GROUP BY team
    ) AS t
) AS v
ORDER BY team
