package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Decisions is the generated organisation as a decision file: groups, teams, people, memberships. code and
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

// WriteDecisions writes the decision file organisation.yaml into a folder and returns its path.
func (d *Dataset) WriteDecisions(dir, code, tracker string) (string, error) {
	name := filepath.Join(dir, "organisation.yaml")
	return name, os.WriteFile(name, []byte(d.Decisions(code, tracker)), 0o600)
}
