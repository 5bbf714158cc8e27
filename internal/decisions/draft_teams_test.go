package decisions

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

func told(kind, name, content string) Told {
	source := "code"
	if kind == "project" {
		source = "tracker"
	}
	return Told{source, kind, name, content}
}

// organisation is two teams below a group at GitHub, three projects at Jira, and one person who was applied already.
func organisation() Known {
	return Known{
		Accounts: []Account{
			{Source: "code", ID: "1", Login: "ana", Name: "Ana Lopez"},
			{Source: "tracker", ID: "a1", Name: "Ana Lopez"},
			{Source: "code", ID: "2", Login: "bob", Person: PersonPseudonym("bob")},
			{Source: "tracker", ID: "b1", Name: "Bob Jones", Person: PersonPseudonym("bob")},
			{Source: "code", ID: "3", Login: "kim", Name: "Kim Lee"},
			{Source: "tracker", ID: "k1", Name: "Kim Lee"},
			{Source: "tracker", ID: "x1", Name: "Xi Chen"},
			{Source: "code", ID: "4", Login: "someone"},
			{Source: "code", ID: "5", Login: "hidden", Person: PersonPseudonym("under another name")},
		},
		Applied: map[string]Applied{
			PersonPseudonym("bob"):                {[]string{event.Pseudonym("tracker", "b1"), event.Pseudonym("code", "2")}, "Europe/Berlin", false},
			PersonPseudonym("under another name"): {[]string{event.Pseudonym("code", "5")}, "", false},
		},
		Directory: []Told{
			told("team", "acme/foundation", `{"team": {"slug": "foundation", "name": "Foundation"}, "members": [{"id": 1}, {"id": 2}]}`),
			told("team", "acme/compute", `{"team": {"slug": "compute", "name": "Compute", "parent": {"slug": "foundation"}}, "members": [{"id": 1}, {"id": 2}, {"id": 5}],
				"repositories": [{"full_name": "acme/images", "role_name": "admin"}, {"full_name": "acme/shared", "role_name": "admin"}]}`),
			told("team", "acme/web", `{"team": {"slug": "web", "name": "Web # shop"}, "members": [{"id": 2}, {"id": 3}],
				"repositories": [{"full_name": "acme/shared", "permissions": {"admin": true}}, {"full_name": "acme/images", "permissions": {"push": true}}]}`),
			told("codeowners", "acme/scheduler", `{"text": "# owners\n* @acme/web\n*   @ana @acme/Compute # all of it\n/docs/ @acme/web\n"}`),
			told("project", "OPS", `{"project": {"name": "Operations", "lead": {"accountId": "a1"}}, "components": [{"name": "shop", "lead": {"accountId": "k1"}}, {"name": "disks", "lead": {"accountId": "a1"}}, {"name": "wires"}]}`),
			told("project", "WEB", `{"project": {"name": "Web # shop", "lead": {"accountId": "b1"}}}`),
			told("project", "LEGAL", `{"project": {"name": "Legal", "lead": {"accountId": "x1"}}}`),
		},
		Projects: []Project{
			{"code", "github", "acme/scheduler"},
			{"code", "github", "acme/images"},
			{"code", "github", "acme/shared"},
			{"tracker", "jira", "OPS"},
			{"tracker", "jira", "WEB"},
			{"tracker", "jira", "LEGAL"},
		},
		First: time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}

func TestDraftTeams(t *testing.T) {
	teams, people := DraftTeams(organisation(), false)
	const want = `groups:
  - {id: foundation, name: Foundation}
teams:
  # Sure: CODEOWNERS of acme/scheduler gives it to @acme/compute.
  # Likely: it alone has the role admin in acme/images.
  # Likely: ana, who leads project OPS, is in it and in no other.
  - {id: compute, name: Compute, group: foundation, owns: {repositories: [acme/scheduler, acme/images], projects: [OPS], components: [], labels: []}}
  # Possibly: kim, who leads component shop of project OPS, is in it and in no other.
  # Likely: project WEB, Web # shop, has its name.
  - {id: web, name: "Web # shop", owns: {repositories: [], projects: [WEB], components: [shop], labels: []}}
  # Possibly: no team is known to own project LEGAL, which stands for its owner.
  - {id: legal, name: Legal, owns: {repositories: [], projects: [LEGAL], components: [], labels: []}}
# No team is known of: acme/shared. Give each to a team; until then its items belong to the teams of their people.
# No tracker tells since when somebody is in a team, or for how much of the time: from is the first day of which anything is known, and
# whoever is in several teams has equal shares.
memberships:
  - {person: ana, team: compute, share: 1, from: 2024-03-01}
  - {person: bob, team: compute, share: 0.5, from: 2024-03-01}
  - {person: bob, team: web, share: 0.5, from: 2024-03-01}
  - {person: kim, team: web, share: 1, from: 2024-03-01}
  - {person: xi-chen, team: legal, share: 1, from: 2024-03-01}
# 1 memberships are left out: their people were applied under ids that cannot be told from here. Add them by hand.
`
	if _, body, _ := strings.Cut(teams, "above it.\n"); body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	if !strings.Contains(people, "  # As it was applied.\n  - {id: bob, accounts: [{source: tracker, id: b1}, {source: code, id: 2}], timezone: Europe/Berlin, bot: false}\n") || strings.Contains(people, "hidden") {
		t.Errorf("the people are\n%s", people)
	}
	// A person who was applied with an account that nobody has seen cannot be written down whole.
	k := organisation()
	k.Applied[PersonPseudonym("bob")] = Applied{Accounts: []string{event.Pseudonym("tracker", "b1"), event.Pseudonym("code", "2"), "p3"}}
	if teams, people := DraftTeams(k, true); strings.Contains(people, "id: bob,") || strings.Contains(teams, "bob") || !strings.Contains(teams, "# 3 memberships are left out") {
		t.Errorf("half a person is drafted:\n%s\n%s", teams, people)
	}
	// The two files are one folder, and also one file.
	if n := len(drafted(t, teams+people)); n != 1+3+4+5 {
		t.Errorf("%d decisions", n)
	}
}

// TestDraftTeamsOfNothing: without any team each repository and project stands for its owner.
func TestDraftTeamsOfNothing(t *testing.T) {
	k := organisation()
	k.Directory = nil
	teams, _ := DraftTeams(k, false)
	if n := strings.Count(teams, "- {id: "); n != 3 || strings.Contains(teams, "memberships") {
		t.Errorf("of projects alone:\n%s", teams)
	}
	k.Projects = k.Projects[:2]
	teams, people := DraftTeams(k, false)
	if !strings.Contains(teams, "- {id: scheduler, name: scheduler, owns: {repositories: [acme/scheduler]") {
		t.Errorf("of repositories alone:\n%s", teams)
	}
	drafted(t, teams+people)
	teams, people = DraftTeams(Known{}, true)
	if d := drafted(t, teams+people); len(d) > 0 {
		t.Errorf("of nothing: %v", d)
	}
}

// FuzzDirectory: whatever a tracker tells of itself, the draft is one that apply accepts.
func FuzzDirectory(f *testing.F) {
	for _, d := range organisation().Directory {
		f.Add(d.Kind, d.Name, d.Content)
	}
	f.Add("team", "acme/x", `{"team": {"slug": "x: y", "name": "\u2028", "parent": {"slug": "compute"}}}`)
	f.Fuzz(func(t *testing.T, kind, name, content string) {
		if !json.Valid([]byte(content)) {
			return
		}
		k := organisation()
		k.Directory = append(k.Directory, told(kind, name, content))
		teams, people := DraftTeams(k, true)
		drafted(t, teams+people)
	})
}
