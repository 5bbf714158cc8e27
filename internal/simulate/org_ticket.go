package simulate

import (
	"strconv"
	"time"
)

// ticket is an issue to be, in one of the two trackers. gh or ji is set once it is filed.
type ticket struct {
	team        *orgTeam
	theme       *theme
	epic        *ticket
	inJira      bool
	repo, kind  string
	title, body string
	words       map[string]string
	reporter    *User
	labels      []string
	more        Object // more fields in Jira
	filed       time.Time
	gh          *githubItem
	ji          *jiraIssue
}

// edit applies edits to a filed ticket.
func (g *generator) edit(k *ticket, who *User, at time.Time, edits ...Edit) {
	var err error
	if k.inJira {
		err = g.d.editJira(k.ji, who, at, edits...)
	} else {
		err = g.d.editGitHub(k.gh, who, at, edits...)
	}
	g.note(err)
}

// note keeps the first error of what happens: a mistake of the generator, which its tests look for.
func (g *generator) note(err error) {
	if g.d.err == nil {
		g.d.err = err
	}
}

// later writes down edits of a ticket.
func (g *generator) later(k *ticket, who *User, at time.Time, edits ...Edit) {
	g.at(at, func() { g.edit(k, who, at.Truncate(time.Second), edits...) })
}

func (k *ticket) open() bool {
	if k.inJira {
		return text(at(k.ji.fields, "status", "statusCategory", "key")) != "done"
	}
	return text(k.gh.issue["state"]) == "open"
}

// draft makes up a ticket's words and who files it.
func (g *generator) draft(t *orgTeam, th *theme, at time.Time, epic *ticket) *ticket {
	k := &ticket{team: t, theme: th, epic: epic, kind: th.kind, words: map[string]string{}, inJira: g.chance(t.story.jira), labels: th.labels}
	k.words["date"] = at.AddDate(0, 0, 8+g.IntN(20)).Format("2 January")
	k.words["seen"] = at.Format("2 January")
	k.repo = orgName + "/" + g.pick(t.repos)
	author := g.member(t, at)
	switch {
	case th == discretionaryShort["ask"]:
		author = g.other(t)
		asker := author.teamOn(g.org, at)
		k.words["asker"] = asker.name
		k.labels = append([]string{"from:" + asker.id}, k.labels...)
	case th.quadrant == ForcedShort && g.chance(0.25), g.chance(0.08):
		author = g.other(t)
	}
	k.reporter = &author.User
	switch {
	case th == discretionaryShort["question"] || g.chance(0.03):
		k.reporter = g.org.outside[g.IntN(len(g.org.outside))]
	case g.chance(0.012):
		k.reporter = nil
	}
	k.filed = at
	if th.kind != "Incident" {
		k.filed = g.work(at, author)
	}
	if epic != nil {
		k.inJira, k.repo, k.words, k.kind = epic.inJira, epic.repo, epic.words, "Story"
		return k
	}
	k.title = g.fill(g.pick(th.titles), t, k.words)
	k.body = g.fill(g.pick(th.opening)+"\n\n"+g.pick(th.detail), t, k.words)
	if th.quadrant == ForcedShort && g.chance(0.4) {
		k.body += "\n\n" + g.fill("- first seen: {seen}, {region}\n- affected: {svc}\n- version: {ver}", t, k.words)
	}
	return k
}

// file writes down that a ticket is filed.
func (g *generator) file(k *ticket) {
	k.filed = k.filed.Truncate(time.Second)
	fields := Object{"labels": anyOf(k.labels), "priority": byName(priorities, g.priority(k.theme.quadrant))}
	labels := k.labels
	if k.theme.quadrant == ForcedShort && g.chance(0.5) {
		labels = append([]string{g.pick([]string{"P0", "P1", "P1"})}, labels...)
	}
	comp := g.pick(k.team.comp)
	fields["components"] = []any{named("component", strconv.FormatInt(smallID("component", comp)%100_000, 10), comp)}
	if k.theme == forcedShort["deadline"] {
		fields["duedate"] = k.filed.AddDate(0, 0, 14).Format(time.DateOnly)
	}
	for f, v := range k.more {
		fields[f] = v
	}
	g.at(k.filed, func() {
		if k.inJira {
			if e := k.epic; e != nil {
				id := strconv.FormatInt(e.ji.id, 10)
				fields["parent"] = Object{"id": id, "key": e.ji.key, "self": jiraSite + "/rest/api/3/issue/" + id, "fields": Object{
					"summary": e.title, "issuetype": byName(issueTypes, "Epic"), "status": e.ji.fields["status"],
				}}
				fields["customfield_10014"] = e.ji.key
			}
			k.ji = g.d.newJira(g.d.project[k.team.project], k.kind, k.reporter, k.filed, k.title, k.body, fields)
			g.d.Truth[k.ji.key] = k.theme.quadrant
			return
		}
		body := k.body
		if k.epic != nil {
			body += "\n\nPart of #" + strconv.Itoa(k.epic.gh.number) + "."
		}
		k.gh = g.d.newGitHub(g.d.repos[k.repo], k.reporter, k.filed, k.title, body, labels, nil)
		g.d.Truth[k.gh.key()] = k.theme.quadrant
	})
}

func (g *generator) priority(q Quadrant) string {
	switch q {
	case ForcedShort:
		return g.pick([]string{"Highest", "Highest", "High", "High", "Medium"})
	case ForcedLong:
		return g.pick([]string{"High", "Medium", "Medium"})
	case DiscretionaryShort:
		return g.pick([]string{"Medium", "Low", "Low", "Lowest"})
	}
	return g.pick([]string{"Medium", "Medium", "Low"})
}

// single is a ticket by itself, with all that follows.
func (g *generator) single(t *orgTeam, th *theme, at time.Time) {
	k := g.draft(t, th, at, nil)
	p := g.progress(k.filed)
	wait, span, stay := g.days(4), g.days(5), g.chance(0.14)
	if th.quadrant.Forced() {
		slow := t.story.slow(p)
		wait, span, stay = g.days(0.3*slow), g.days(1.6*slow), g.chance(t.story.stay(p))
	}
	g.file(k)
	g.life(k, g.member(t, k.filed), k.filed.Add(wait), span, stay)
}

// life writes down what happens to a filed ticket: talk, start, pull requests, end, reopening. It returns when
// it ends; the zero time where it stays open.
func (g *generator) life(k *ticket, who *member, start time.Time, span time.Duration, stay bool) time.Time {
	start = g.work(later(start, k.filed.Add(5*time.Minute)), who)
	g.talk(k, start)
	g.changes(k, who, start)
	if stay && g.chance(0.6) {
		return time.Time{} // nobody even starts
	}
	g.start(k, who, start)
	end := g.work(start.Add(span), who)
	if stay {
		g.later(k, &who.User, end, Comment(g.fill("Had to stop here, something more urgent in {svc}. Leaving it open.", k.team, k.words)))
		return time.Time{}
	}
	if !k.theme.quadrant.Forced() && k.epic == nil && g.chance(0.1) {
		g.later(k, &who.User, end, Comment("Not worth it after all, closing."), Close("not_planned"))
		return end
	}
	if n := g.pulls(k); n > 0 {
		end = g.build(k, who, start, end, n)
	}
	closing := end.Add(time.Minute).Truncate(time.Second)
	g.at(closing, func() {
		if k.open() {
			g.edit(k, &who.User, closing, Close("completed"))
		}
	})
	if g.chance(0.045) {
		end = g.again(k, who, end)
	}
	return end
}

// start is somebody taking a ticket up.
func (g *generator) start(k *ticket, who *member, start time.Time) {
	if !k.inJira {
		if g.chance(0.75) {
			g.later(k, &who.User, start, Assign())
		}
		return
	}
	var plan []Edit
	if k.kind != "Incident" && g.chance(0.6) {
		plan = append(plan, Points(g.pick([]string{"1", "2", "3", "3", "5", "8"})))
	}
	if k.kind != "Incident" && k.kind != "Epic" && g.chance(0.7) {
		week := int(start.Sub(g.org.start).Hours()/24/14) + 1
		plan = append(plan, Sprint(k.team.project+" sprint "+strconv.Itoa(week)))
	}
	if len(plan) > 0 {
		g.later(k, &g.member(k.team, start).User, later(start.Add(-2*time.Hour), k.filed.Add(2*time.Minute)), plan...)
	}
	g.later(k, &who.User, start, Assign(), Status("In Progress"))
	if g.chance(0.05) {
		g.at(start.Add(20*time.Hour), func() {
			if k.open() {
				g.edit(k, &who.User, start.Add(20*time.Hour).Truncate(time.Second), Status("Blocked"), Comment("Waiting for an answer from another team."))
			}
		})
	}
}

// talk is comments between filing and start.
func (g *generator) talk(k *ticket, until time.Time) {
	said := commentsFree
	if k.theme.quadrant.Forced() {
		said = commentsForced
	}
	for range g.poisson(1.1) {
		m := g.member(k.team, k.filed)
		if g.chance(0.2) {
			m = g.other(k.team)
		}
		at := g.work(k.filed.Add(time.Duration(g.between(0.1, 2)*float64(until.Sub(k.filed)))+time.Minute), m)
		who := &m.User
		if g.chance(0.01) {
			who = nil
		}
		g.later(k, who, at, Comment(g.fill(g.pick(said), k.team, map[string]string{})))
	}
}

// changes is what people correct on tickets: titles, labels, priorities, milestones.
func (g *generator) changes(k *ticket, who *member, start time.Time) {
	triage := later(start.Add(-time.Hour), k.filed.Add(3*time.Minute))
	m := &g.member(k.team, start).User
	if g.chance(0.06) {
		g.later(k, m, triage, Rename(k.title+g.pick([]string{" (again)", " [" + k.team.project + "]", " in production", " for all users"})))
	}
	if g.chance(0.12) {
		g.later(k, m, k.filed.Add(2*time.Minute), AddLabel("needs-triage"))
		g.later(k, m, triage.Add(time.Minute), RemoveLabel("needs-triage"))
	}
	if g.chance(0.2) {
		g.later(k, m, triage.Add(2*time.Minute), Milestone(quarter(start)))
	}
	if !g.chance(0.09) {
		return
	}
	if k.inJira {
		g.later(k, &who.User, start.Add(time.Hour), Priority(g.pick([]string{"Highest", "High", "Low"})))
	} else {
		g.later(k, &who.User, start.Add(time.Hour), AddLabel("P0"), RemoveLabel("P1"))
	}
}

// again is a reopening, and a second end.
func (g *generator) again(k *ticket, who *member, end time.Time) time.Time {
	back := g.work(end.Add(g.days(4)), who)
	done := g.work(back.Add(g.days(2)), who)
	g.later(k, &g.member(k.team, back).User, back, Reopen(), Comment(g.pick([]string{"Seen again, the fix does not cover all cases.", "Still happens on one machine.", "Not quite done: the second half is missing."})))
	if k.inJira {
		g.later(k, &who.User, back.Add(30*time.Minute), Status("In Progress"))
	}
	g.later(k, &who.User, later(done, back.Add(time.Hour)), Close("completed"))
	return later(done, back.Add(time.Hour))
}
