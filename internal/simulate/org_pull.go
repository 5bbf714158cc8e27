package simulate

import (
	"math"
	"strconv"
	"time"
)

// pulled is a pull request and what it answers.
type pulled struct {
	it *githubItem
	k  *ticket
}

// parts is how many pull requests answer a ticket.
func (g *generator) parts(k *ticket) int {
	switch {
	case k.kind == "Epic", k.theme == discretionaryShort["question"] && g.chance(0.8):
		return 0
	case k.theme.quadrant.Long():
		return 1 + g.poisson(0.25)
	case g.chance(0.33):
		return 0
	}
	return 1 + g.poisson(0.05)
}

// size is how large a pull request is.
func (g *generator) size(q Quadrant) *pullSize {
	mean := 3.2
	if q.Long() {
		mean = 5.2
	}
	add := int(math.Exp(mean + 1.1*g.NormFloat64()))
	return &pullSize{add + 1, int(float64(add) * g.between(0, 0.7)), 1 + int(math.Sqrt(float64(add))/2)}
}

// pull is a pull request for a ticket with what was committed so far, from its opening to the merge, whose time it
// returns; the zero time where it is closed unmerged.
func (g *generator) pull(k *ticket, author *member, at time.Time, part, parts int, commits []time.Time) time.Time {
	at = at.Truncate(time.Second)
	fixed := map[string]string{"part": strconv.Itoa(part)}
	for w, v := range k.words {
		if w != "part" {
			fixed[w] = v
		}
	}
	title := g.fill(g.pick(k.theme.pulls), k.team, fixed)
	repo, size, prefix := k.repo, g.size(k.theme.quadrant), g.chance(0.6)
	reviewer := g.member(k.team, at)
	if reviewer == author {
		reviewer = g.other(k.team)
	}
	first := g.pick(commitWords)
	words := g.fill(g.pick(pullBodies[k.theme.quadrant]), k.team, fixed)
	draft := g.chance(0.07)
	var labels []string
	if g.chance(0.6) {
		labels = k.theme.labels
	}
	var it *githubItem
	g.at(at, func() {
		body := words
		switch {
		case k.inJira && prefix:
			title = k.ji.key + ": " + title
		case k.inJira:
			body += "\n\nRefs " + k.ji.key
		case part == parts:
			body += "\n\nCloses #" + strconv.Itoa(k.gh.number)
		default:
			body += "\n\nPart of #" + strconv.Itoa(k.gh.number)
		}
		it = g.d.newGitHub(g.d.repos[repo], &author.User, at, title, body, labels, size)
		g.d.Truth[it.key()] = k.theme.quadrant
		for n, c := range commits {
			if n > 0 {
				g.d.commit(it, &author.User, c.Truncate(time.Second), first)
			} else {
				g.d.commit(it, &author.User, c.Truncate(time.Second), title)
			}
		}
		if len(commits) == 0 {
			g.d.commit(it, &author.User, at.Add(-5*time.Minute), title)
		}
		g.pulls = append(g.pulls, pulled{it, k})
		if draft {
			it.set("draft", true)
		} else {
			g.d.event(it, &author.User, at, "review_requested", Object{"requested_reviewer": reviewer.github(), "review_requester": author.github()})
		}
		if k.inJira {
			if k.open() {
				g.edit(k, &author.User, at, Status("In Review"))
			}
		} else {
			g.d.crossReference(k.gh, it, &author.User, at)
		}
	})
	return g.reviewed(k, func() *githubItem { return it }, author, reviewer, at, draft, part == parts)
}

// reviewed is a pull request's way from its opening on.
func (g *generator) reviewed(k *ticket, pull func() *githubItem, author, reviewer *member, at time.Time, draft, last bool) time.Time {
	speed := 0.8
	if k.theme.quadrant == ForcedShort {
		speed = 0.15
	}
	ready := at
	if draft {
		ready = g.work(at.Add(g.days(1)), author).Truncate(time.Second)
		g.at(ready, func() {
			pull().set("draft", false)
			g.d.event(pull(), &author.User, ready, "ready_for_review", nil)
			pull().touch(ready)
		})
	}
	seen := g.work(ready.Add(g.days(speed)+10*time.Minute), reviewer).Truncate(time.Second)
	effort := g.between(0.04, 0.12)
	if k.theme.quadrant.Long() {
		effort = g.between(0.06, 0.25)
	}
	g.spend(reviewer, seen, k, effort)
	if g.chance(0.22) {
		wish := seen // seen moves on, what is written down here does not
		g.at(wish, func() {
			g.d.review(pull(), &reviewer.User, wish, "changes_requested", "Not yet, see below.")
			g.d.reviewComment(pull(), &reviewer.User, wish, "Please handle the case of an empty list.")
			pull().touch(wish)
		})
		again := g.work(wish.Add(g.days(speed)), author).Truncate(time.Second)
		word := g.pick(commitWords)
		g.spend(author, again, k, g.between(0.1, 0.4))
		g.at(again, func() {
			g.d.commit(pull(), &author.User, again, word)
			g.note(g.d.editGitHub(pull(), &author.User, again, Comment("Done, please look again.")))
		})
		seen = g.work(again.Add(g.days(speed)), reviewer).Truncate(time.Second)
		g.spend(reviewer, seen, k, 0.04)
	}
	if g.chance(0.06) {
		g.at(seen, func() {
			g.note(g.d.editGitHub(pull(), &author.User, seen, Comment("Superseded, closing this one."), Close("")))
		})
		return time.Time{}
	}
	word := g.pick(reviewWords)
	g.at(seen, func() {
		g.d.review(pull(), &reviewer.User, seen, "approved", word)
		pull().touch(seen)
	})
	merged := g.work(seen.Add(time.Duration(g.between(5, 300))*time.Minute), author).Truncate(time.Second)
	g.at(merged, func() {
		g.note(g.d.editGitHub(pull(), &author.User, merged, Merge()))
		if last && !k.inJira && k.open() {
			g.edit(k, &author.User, merged, Close("completed"))
		}
	})
	return merged
}

// dependencyUpdate is a pull request by the bot.
func (g *generator) dependencyUpdate(t *orgTeam, at time.Time) {
	at = at.Truncate(time.Second)
	bot, m := g.org.bots[0], g.member(t, at)
	words := map[string]string{}
	title := g.fill("Bump {lib} to {ver} in {svc}", t, words)
	body := g.fill("Updates {lib} to {ver}.\n\nRelease notes: bug fixes and small improvements.", t, words)
	repo := g.d.repos[orgName+"/"+g.pick(t.repos)]
	done, merge := g.work(at.Add(g.days(2)), m).Truncate(time.Second), g.chance(0.82)
	k := &ticket{team: t, theme: discretionaryShort["cleanup"], filed: at}
	g.tickets = append(g.tickets, k)
	if merge {
		g.spend(m, done, k, 0.03)
	}
	size := &pullSize{2 + g.IntN(20), 2 + g.IntN(20), 2}
	var it *githubItem
	g.at(at, func() {
		it = g.d.newGitHub(repo, &bot.User, at, title, body, []string{"dependencies"}, size)
		k.gh = it
		g.d.commit(it, &bot.User, at, title)
		g.d.Truth[it.key()] = DiscretionaryShort
	})
	g.at(at.Add(9*time.Minute), func() {
		g.note(g.d.editGitHub(it, &g.org.bots[1].User, at.Add(9*time.Minute), Comment("All checks have passed.")))
	})
	done = later(done, at.Add(10*time.Minute))
	g.at(done, func() {
		if merge {
			g.d.review(it, &m.User, done, "approved", "")
			g.note(g.d.editGitHub(it, &m.User, done, Merge()))
		} else {
			g.note(g.d.editGitHub(it, &bot.User, done, Close("")))
		}
	})
}
