package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decisions is who the generated organisation is, as a decision file: groups, teams, people, memberships. code and
// tracker are the names of the GitHub and the Jira source in the configuration. It is empty for recorded data.
func (d *Dataset) Decisions(code, tracker string) string {
	o := d.org
	if o == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("groups:\n  - {id: foundation, name: Foundation}\n  - {id: product, name: Product}\nteams:\n")
	for _, t := range o.teams {
		repos := make([]string, 0, len(t.repos))
		for _, r := range t.repos {
			repos = append(repos, orgName+"/"+r)
		}
		fmt.Fprintf(&b, "  - {id: %s, name: %s, group: %s, desired: {forced: %v, long: %v}, owns: {repositories: [%s], projects: [%s]}}\n",
			t.id, t.name, t.group, t.desiredForced, t.desiredLong, strings.Join(repos, ", "), t.project)
	}
	b.WriteString("people:\n")
	for _, m := range append(append([]*member{}, o.people...), o.bots...) {
		fmt.Fprintf(&b, "  - {id: %s, accounts: [{source: %s, id: %d}, {source: %s, id: %s}], timezone: %s, bot: %t}\n",
			m.id, code, m.ID, tracker, strconv.Quote(m.AccountID), m.TimeZone, m.Bot)
	}
	b.WriteString("memberships:\n")
	from := o.start.AddDate(0, 0, -30).Format(time.DateOnly)
	moved := o.moved.Format(time.DateOnly)
	for _, m := range o.people {
		share := strconv.FormatFloat(m.share, 'g', -1, 64)
		if m.later == nil {
			fmt.Fprintf(&b, "  - {person: %s, team: %s, share: %s, from: %s}\n", m.id, m.team.id, share, from)
			continue
		}
		fmt.Fprintf(&b, "  - {person: %s, team: %s, share: %s, from: %s, to: %s}\n", m.id, m.team.id, share, from, moved)
		fmt.Fprintf(&b, "  - {person: %s, team: %s, share: %s, from: %s}\n", m.id, m.later.id, share, moved)
	}
	return b.String()
}

// Planning is what the generated organisation planned, as a decision file: absences, plans, initiatives, asks. With
// first it is the file before it was revised: one team's plan of the last whole quarter, the target of the
// initiative that slips, and no ask is answered.
func (d *Dataset) Planning(first bool) string {
	o := d.org
	if o == nil {
		return ""
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	var b strings.Builder
	b.WriteString("absences:\n")
	for _, m := range o.people {
		for _, a := range m.writtenAbsences(o.start) {
			fmt.Fprintf(&b, "  - {person: %s, from: %s, to: %s}\n", m.id, a.from.Format(time.DateOnly), a.to.Format(time.DateOnly))
		}
	}
	b.WriteString("plans:\n")
	for _, p := range o.plans {
		if first && p.before != nil {
			p = p.before
		}
		fmt.Fprintf(&b, "  - {team: %s, quarter: %s, frozen_at: %s, capacity_days: %d, shares: {user_asks: %v, platform_quality: %v, key_initiatives: %v}, initiative_days: {",
			p.team, p.quarter, p.frozen.Format(time.RFC3339), p.capacity, p.shares[0], p.shares[1], p.shares[2])
		for id, days := range p.initiatives { // one at most
			fmt.Fprintf(&b, "%s: %v", id, days)
		}
		fmt.Fprintf(&b, "}, reason: %q}\n", p.reason)
	}
	b.WriteString("initiatives:\n")
	for _, i := range o.initiatives {
		target := i.target
		if !first && !i.moved.IsZero() {
			target = i.moved
		}
		fmt.Fprintf(&b, "  - {id: %s, name: %q, owner: %s, from: %s, target: %s, items: {epics: [%s], labels: [%s]}}\n",
			i.id, i.name, i.owner, i.from.Format(time.DateOnly), target.Format(time.DateOnly), keysOf(i.epics), i.id)
	}
	b.WriteString("asks:\n")
	for _, a := range o.asks {
		if a.first.After(o.end) {
			continue // nobody knows of it yet
		}
		answered := ""
		if !first && !a.answered.IsZero() && a.answered.Before(o.end) {
			answered = ", answered_at: " + a.answered.Format(time.RFC3339)
		}
		fmt.Fprintf(&b, "  - {id: %s, team: %s, quarter: %s, rank: %d, title: %q, asker: %s, items: {keys: [%s], labels: [%s]}%s}\n",
			a.id, a.team, a.quarter, a.rank, a.title, a.asker, keysOf(a.items), a.id, answered)
	}
	return b.String()
}

func keysOf(all []*ticket) string {
	var out []string
	for _, k := range all {
		if k.key() != "" {
			out = append(out, strconv.Quote(k.key()))
		}
	}
	return strings.Join(out, ", ")
}

// writtenAbsences are the absences from a time on that were written down, those that touch or overlap as one.
func (m *member) writtenAbsences(from time.Time) (out []absence) {
	for _, a := range m.away {
		if !a.known || a.to.Before(from) {
			continue
		}
		if n := len(out); n > 0 && !a.from.After(out[n-1].to) {
			out[n-1].to = later(out[n-1].to, a.to)
			continue
		}
		out = append(out, a)
	}
	return slices.Clip(out)
}

// WriteDecisions writes the decision files into folders below dir and returns those in the order in which they are to
// be applied: what was decided first, and the files after they were revised.
func (d *Dataset) WriteDecisions(dir, code, tracker string) ([]string, error) {
	var out []string
	for n, planning := range []string{d.Planning(true), d.Planning(false)} {
		folder := filepath.Join(dir, strconv.Itoa(n+1))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		out = append(out, folder)
		for name, text := range map[string]string{"organisation.yaml": d.Decisions(code, tracker), "planning.yaml": planning} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
