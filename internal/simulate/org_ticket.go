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
	author      *member // the reporter, if one of the organisation
	labels      []string
	more        Object // more fields in Jira
	filed       time.Time
	gh          *githubItem
	ji          *jiraIssue

	// What is true of it, whatever the tracker shows.
	asker      string // the team that wants it, or customer; empty: its own team
	initiative *initiative
	ask        *ask
}

// underWay is the label by which the organisation shows on GitHub that an issue is being worked on.
const underWay = "in progress"

// UnderWay are the labels by which the generated organisation shows on GitHub that an issue is being worked on: what
// its configuration says in states.in_progress.
func UnderWay() []string { return []string{underWay} }

// key is what the tracker calls it; empty before it is filed.
func (k *ticket) key() string {
	switch {
	case k.ji != nil:
		return k.ji.key
	case k.gh != nil:
		return k.gh.key()
	}
	return ""
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
		k.asker = asker.id
		k.words["asker"] = asker.name
		if g.chance(0.12) {
			k.labels = nil // nobody labelled it as an ask
		}
		k.labels = append([]string{"from:" + asker.id}, k.labels...)
		if g.chance(0.06) {
			author = g.member(t, at) // told by word of mouth
		}
	case epic == nil && th.quadrant == ForcedShort && g.chance(0.25), epic == nil && g.chance(0.08):
		author = g.other(t)
		k.asker = author.teamOn(g.org, at).id
	}
	k.reporter, k.author = &author.User, author
	switch {
	case epic == nil && (th == discretionaryShort["question"] || g.chance(0.03)):
		k.reporter, k.author, k.asker = g.org.outside[g.IntN(len(g.org.outside))], nil, customer
		if g.chance(0.9) {
			k.labels = append([]string{"customer"}, k.labels...)
		}
	case g.chance(0.012):
		k.reporter, k.author = nil, nil // the account is gone
	}
	k.filed = at
	if th.kind != "Incident" {
		k.filed = g.work(at, author)
	}
	if epic != nil {
		k.inJira, k.repo, k.words, k.kind, k.initiative = epic.inJira, epic.repo, epic.words, "Story", epic.initiative
		k.asker = epic.asker
		return k
	}
	k.title = g.fill(g.pick(th.titles), t, k.words)
	k.body = g.fill(g.pick(th.opening)+"\n\n"+g.pick(th.detail), t, k.words)
	if th.quadrant == ForcedShort && g.chance(0.4) {
		k.body += "\n\n" + g.fill("- first seen: {seen}, {region}\n- affected: {svc}\n- version: {ver}", t, k.words)
	}
	if th == discretionaryShort["ask"] {
		g.asked(k)
	}
	return k
}

// signs are the labels by which a ticket shows what it belongs to: most do.
func (g *generator) signs(k *ticket) (out []string) {
	if i := k.initiative; i != nil && k.epic == nil {
		if g.chance(0.6) || k.filed.After(g.org.end) { // what is filed later cannot be in the decision file by its key
			out = append(out, i.id)
		} else if g.chance(0.94) {
			i.epics = append(i.epics, k)
		}
	}
	if a := k.ask; a != nil {
		if g.chance(0.7) || k.filed.After(g.org.end) {
			out = append(out, a.id)
		} else if g.chance(0.94) {
			a.items = append(a.items, k)
		}
	}
	return out
}

// file writes down that a ticket is filed.
func (g *generator) file(k *ticket) {
	k.filed = k.filed.Truncate(time.Second)
	k.labels = append(g.signs(k), k.labels...)
	if k.author != nil {
		g.spend(k.author, k.filed, k, 0.04)
	}
	linked := k.inJira && g.chance(0.99) || g.chance(0.93) // Jira asks for the parent, on GitHub it is forgotten at times
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
			if e := k.epic; e != nil && linked {
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
		if k.epic != nil && linked {
			g.d.subIssue(k.epic.gh, k.gh, k.reporter, k.filed)
		}
	})
	g.tickets = append(g.tickets, k)
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
	wait, stay := g.days(4), g.chance(0.14)
	if th.quadrant.Forced() {
		wait, stay = g.days(0.3*t.story.slow(p)), g.chance(t.story.stay(p))
	}
	g.file(k)
	g.await(k, k.filed.Add(wait), stay)
}

// await is a filed ticket that waits for somebody to take it up, and what is said of it meanwhile.
func (g *generator) await(k *ticket, ready time.Time, stay bool) {
	ready = later(ready, k.filed.Add(5*time.Minute))
	g.talk(k, ready)
	g.changes(k, ready)
	if stay && g.chance(0.6) {
		return // nobody even starts
	}
	j := g.job(k, ready)
	switch {
	case stay:
		j.quits = j.need * g.between(0.2, 0.7)
	case !k.theme.quadrant.Forced() && k.epic == nil && g.chance(0.1):
		j.quits, j.dropped = j.need*g.between(0.2, 0.8), true
	case k.epic == nil && g.chance(0.05):
		j.helper = g.other(k.team)
	}
}

// start is what the tracker shows of somebody taking a ticket up: most at once, some a day or three later, some
// never.
func (g *generator) start(k *ticket, who *member, start time.Time) {
	start = start.Add(time.Duration(g.between(1, 20)) * time.Minute)
	switch {
	case g.chance(0.08):
		start = g.work(start.Add(time.Duration(g.between(16, 60))*time.Hour), who)
	case g.chance(0.03):
		start = start.AddDate(0, 0, 60) // not before it is done
	}
	g.at(start, func() {
		if !k.open() {
			return
		}
		at := start.Truncate(time.Second)
		if k.inJira {
			g.edit(k, &who.User, at, Assign(), Status("In Progress"))
		} else {
			g.edit(k, &who.User, at, Assign(), AddLabel(underWay))
		}
	})
	if !k.inJira {
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
		m := g.member(k.team, start)
		at := later(start.Add(-2*time.Hour), k.filed.Add(2*time.Minute))
		g.at(at, func() {
			if k.open() {
				g.edit(k, &m.User, at.Truncate(time.Second), plan...)
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
		} else {
			g.spend(m, at, k, 0.03)
		}
		g.later(k, who, at, Comment(g.fill(g.pick(said), k.team, map[string]string{})))
	}
}

// changes is what people correct on tickets: titles, labels, priorities, milestones.
func (g *generator) changes(k *ticket, start time.Time) {
	triage := later(start.Add(-time.Hour), k.filed.Add(3*time.Minute))
	lead := g.member(k.team, start)
	m := &lead.User
	g.spend(lead, triage, k, 0.02)
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
		g.later(k, m, start.Add(time.Hour), Priority(g.pick([]string{"Highest", "High", "Low"})))
	} else {
		g.later(k, m, start.Add(time.Hour), AddLabel("P0"), RemoveLabel("P1"))
	}
}

// again is a reopening, and a second end.
func (g *generator) again(k *ticket, who *member, end time.Time) time.Time {
	back := g.work(end.Add(g.days(4)), who)
	done := g.work(back.Add(g.days(2)), who)
	done = later(done, back.Add(time.Hour))
	g.spend(who, back, k, 0.2)
	g.spend(who, done, k, 0.4)
	g.later(k, &g.member(k.team, back).User, back, Reopen(), Comment(g.pick([]string{"Seen again, the fix does not cover all cases.", "Still happens on one machine.", "Not quite done: the second half is missing."})))
	if k.inJira {
		g.later(k, &who.User, back.Add(30*time.Minute), Status("In Progress"))
	}
	g.later(k, &who.User, done, Close("completed"))
	return done
}
