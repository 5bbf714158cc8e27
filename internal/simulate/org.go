package simulate

import (
	"fmt"
	"strings"
	"time"
)

// Quadrant is a cell of the grid of forced or discretionary, short or long work.
type Quadrant string

// The quadrants.
const (
	ForcedShort        Quadrant = "forced_short"
	ForcedLong         Quadrant = "forced_long"
	DiscretionaryShort Quadrant = "discretionary_short"
	DiscretionaryLong  Quadrant = "discretionary_long"
)

// Forced says whether the work has to happen.
func (q Quadrant) Forced() bool { return q == ForcedShort || q == ForcedLong }

// Long says whether the work is a project.
func (q Quadrant) Long() bool { return q == ForcedLong || q == DiscretionaryLong }

// organisation is who a generated dataset is about.
type organisation struct {
	teams      []*orgTeam
	people     []*member
	bots       []*member
	outside    []*User // customers and contributors: in no team
	start, end time.Time
	moved      time.Time // when one person changed team

	initiatives []*initiative
	asks        []*ask
	plans       []*plan
}

// orgTeam is a team and the words of its work.
type orgTeam struct {
	id, name, group             string
	repos                       []string
	project                     string
	svc, comp, store, page, cmd []string
	size                        int
	desiredForced, desiredLong  float64
	story                       story
	members                     []*member
	due                         map[Quadrant]float64 // long efforts that are due, in parts of one
	todo                        []*job               // by rank
}

// member is a person or bot of the organisation.
type member struct {
	User
	id    string
	team  *orgTeam
	hours int     // the zone's distance from UTC
	share float64 // part-time; 1 is full
	later *orgTeam
	away  []absence
	days  map[time.Time]*personDay // their working days, by midnight UTC of the day where they live
	todo  []*job                   // what they were asked to do for another team
	hand  []*job                   // what they have taken up
}

// teamOn is the member's team at a time.
func (m *member) teamOn(o *organisation, at time.Time) *orgTeam {
	if m.later != nil && !at.Before(o.moved) {
		return m.later
	}
	return m.team
}

const orgName = "acme"

func newOrganisation(end time.Time) *organisation {
	o := &organisation{start: end.AddDate(-2, 0, 0), end: end, teams: orgTeams()}
	o.moved = o.start.Add(end.Sub(o.start) * 5 / 8).Truncate(24 * time.Hour)
	zones := []struct {
		name  string
		hours int
	}{{"Europe/Berlin", 1}, {"Europe/London", 0}, {"America/New_York", -5}, {"Asia/Kolkata", 5}, {"America/Los_Angeles", -8}}
	next := 0
	for _, t := range o.teams {
		for range t.size {
			name := orgNames[next]
			z := zones[next%len(zones)]
			m := &member{team: t, hours: z.hours, share: 1}
			m.User = orgUser(name, next)
			m.TimeZone = z.name
			m.show()
			m.id, _, _ = strings.Cut(strings.ToLower(name), " ")
			if next%11 == 7 {
				m.share = 0.8
			}
			t.members = append(t.members, m)
			o.people = append(o.people, m)
			next++
		}
	}
	// Somebody leaves the research team to help dig out, and back.
	mover := o.teams[1].members[2]
	mover.later = o.teams[0]
	o.initiatives = orgInitiatives(o.start, o.end)
	o.plans = o.orgPlans()
	for n, login := range []string{"acme-deps[bot]", "acme-ci[bot]"} {
		u := User{Name: strings.TrimSuffix(login, "[bot]"), Login: login, ID: int64(49_700_000 + n), AccountID: fmt.Sprintf("557058:bot-%02d", n), TimeZone: "UTC", Bot: true}
		o.bots = append(o.bots, &member{User: u, id: strings.TrimSuffix(login, "[bot]"), share: 1})
	}
	for n, name := range []string{"Oda Brekke", "Paul Quist", "Rhea Sandoval", "Tomi Laakso", "Ulla Wirth", "Viktor Zelnik"} {
		u := orgUser(name, 60+n)
		o.outside = append(o.outside, &u)
	}
	return o
}

func orgUser(name string, n int) User {
	first, last, _ := strings.Cut(name, " ")
	login := strings.ToLower(first + "-" + last + "-acme")
	return User{
		Name: name, Email: strings.ToLower(first + "." + last + "@acme.example"), Login: login,
		ID: int64(70_000_000 + 1_137*n), AccountID: fmt.Sprintf("712020:%s", sha("account", name)[:24]), TimeZone: "UTC",
	}
}

var orgNames = strings.Split(
	"Ana Fuchs,Ben Okoro,Carla Moretti,Dinesh Rao,Elif Kaya,Femi Adeyemi,Greta Lind,Hugo Marchand,"+
		"Ines Duarte,Jonas Vogt,Keiko Tanabe,Lars Holm,Mira Novak,"+
		"Nadia Haddad,Omar Farouk,Petra Sykora,Quentin Leroy,Rosa Jimenez,Stefan Ilic,Tara Nolan,Uwe Brandt,"+
		"Vera Petrova,Wim Jansen,Xenia Stavrou,Yusuf Demir,Zoe Carver,Aino Korhonen,Bruno Tavares,"+
		"Chiara Conti,Dario Bianchi,Esther Mwangi,Filip Dvorak,Gita Menon,Hanna Weiss,"+
		"Ivo Peric,Jana Kral,Kofi Mensah,Lena Schuster,Marco Silva,Nils Berg", ",")

func orgTeams() []*orgTeam {
	return []*orgTeam{
		{
			id: "compute", name: "Compute", group: "foundation", size: 8, project: "OPS", repos: []string{"compute-scheduler", "compute-images"},
			svc: []string{"the scheduler", "node agent", "image builder", "autoscaler"}, comp: []string{"placement engine", "drain controller", "host registry", "health checker"},
			store: []string{"the host database", "etcd", "the job queue"}, page: []string{"the fleet page", "the capacity report"}, cmd: []string{"fleetctl", "drain-host"},
			desiredForced: 0.4, desiredLong: 0.5, story: firefighters,
		},
		{
			id: "lab", name: "Lab", group: "product", size: 5, project: "LAB", repos: []string{"lab-query-engine", "lab-notebooks"},
			svc: []string{"query engine", "notebook server", "stream runner"}, comp: []string{"optimizer", "kernel gateway", "result cache"},
			store: []string{"the columnar store", "the catalogue"}, page: []string{"the notebook editor", "the gallery"}, cmd: []string{"labql", "nb"},
			desiredForced: 0.2, desiredLong: 0.7, story: researchers,
		},
		{
			id: "platform", name: "Platform", group: "foundation", size: 8, project: "PLAT", repos: []string{"platform-api", "platform-cli", "platform-docs"},
			svc: []string{"API gateway", "config service", "event bus", "service mesh"}, comp: []string{"rate limiter", "router", "schema registry", "token service"},
			store: []string{"the config store", "the event log"}, page: []string{"the service catalogue", "the API explorer"}, cmd: []string{"plat", "meshctl"},
			desiredForced: 0.45, desiredLong: 0.45, story: balanced,
		},
		{
			id: "payments", name: "Payments", group: "product", size: 7, project: "PAY", repos: []string{"payments-core", "payments-gateway"},
			svc: []string{"payment gateway", "ledger", "invoice service", "payout worker"}, comp: []string{"settlement job", "fraud check", "currency converter", "refund handler"},
			store: []string{"the ledger database", "the payout queue"}, page: []string{"the invoice page", "the refund form"}, cmd: []string{"payctl", "ledger-export"},
			desiredForced: 0.5, desiredLong: 0.4, story: sinking,
		},
		{
			id: "identity", name: "Identity", group: "product", size: 6, project: "IDN", repos: []string{"identity-service", "identity-web"},
			svc: []string{"identity service", "profile service", "session service", "consent service"}, comp: []string{"login flow", "directory sync", "mail sender", "analytics feed"},
			store: []string{"the account database", "the data warehouse", "the mail archive", "the session store"}, page: []string{"the profile page", "the sign-up form", "the settings page"}, cmd: []string{"idctl"},
			desiredForced: 0.5, desiredLong: 0.5, story: unready,
		},
		{
			id: "devtools", name: "Developer Tools", group: "foundation", size: 6, project: "DEV", repos: []string{"build-tools", "ci-runners"},
			svc: []string{"build service", "CI runners", "artifact store", "code search"}, comp: []string{"remote cache", "test selector", "log viewer", "runner pool"},
			store: []string{"the artifact store", "the cache"}, page: []string{"the build page", "the flaky test report"}, cmd: []string{"bt", "ci-run"},
			desiredForced: 0.25, desiredLong: 0.55, story: overrun,
		},
	}
}

// story says how a team's work goes: p runs from 0 at the start of the two years to 1 at the end, and a little
// beyond.
type story struct {
	rate   func(p float64) float64              // tickets a week
	mix    func(p float64) map[Quadrant]float64 // shares of the tickets, summing to 1
	slow   func(p float64) float64              // how much longer forced work takes than it should
	stay   func(p float64) float64              // the share of forced tickets that stay open
	jira   float64                              // the share of tickets filed in Jira
	asked  func(p float64) float64              // the share of small free tickets that other teams ask for
	themes map[Quadrant][]string
}

func line(from, to float64) func(float64) float64 {
	return func(p float64) float64 { return from + (to-from)*min(max(p, 0), 1.1) }
}

func mix(fs, fl, ds, dl func(float64) float64) func(float64) map[Quadrant]float64 {
	return func(p float64) map[Quadrant]float64 {
		m := map[Quadrant]float64{ForcedShort: max(fs(p), 0), ForcedLong: max(fl(p), 0), DiscretionaryShort: max(ds(p), 0), DiscretionaryLong: max(dl(p), 0)}
		sum := m[ForcedShort] + m[ForcedLong] + m[DiscretionaryShort] + m[DiscretionaryLong]
		for q := range m {
			m[q] /= sum
		}
		return m
	}
}

var (
	// firefighters are drowned in emergencies and dig out: automation, then less inflow, then projects.
	firefighters = story{
		rate: line(7.6, 4.8), mix: mix(line(0.74, 0.12), line(0.08, 0.02), line(0.12, 0.32), line(0.06, 0.54)),
		slow: line(6, 0.5), stay: line(0.01, 0), jira: 0.65, asked: line(0.1, 0.1),
		themes: map[Quadrant][]string{ForcedShort: {"outage", "outage", "outage", "degradation", "vulnerability", "build", "regression"}, DiscretionaryLong: {"automation", "automation", "migration"}},
	}
	// researchers pick nearly everything themselves.
	researchers = story{
		rate: line(3.6, 4), mix: mix(line(0.04, 0.04), line(0.01, 0.01), line(0.20, 0.16), line(0.75, 0.79)),
		slow: line(1.5, 1.5), stay: line(0.05, 0.05), jira: 0.3, asked: line(0.02, 0.02),
		themes: map[Quadrant][]string{ForcedShort: {"regression", "build"}, DiscretionaryLong: {"redesign", "platform", "migration"}, DiscretionaryShort: {"cleanup", "tweak", "docs"}},
	}
	// balanced have some of everything.
	balanced = story{
		rate: line(5.5, 5.5), mix: mix(line(0.27, 0.25), line(0.17, 0.19), line(0.28, 0.27), line(0.28, 0.29)),
		slow: line(1, 1), stay: line(0.02, 0.02), jira: 0.45, asked: line(0.2, 0.2),
	}
	// sinking get more forced work every quarter than they can finish.
	sinking = story{
		rate: line(4.4, 7.6), mix: mix(line(0.32, 0.74), line(0.10, 0.08), line(0.32, 0.12), line(0.26, 0.06)),
		slow: line(1.5, 7), stay: line(0.03, 0.30), jira: 0.7, asked: line(0.1, 0.1),
		themes: map[Quadrant][]string{ForcedShort: {"regression", "regression", "outage", "degradation", "deadline", "vulnerability"}},
	}
	// unready have a balanced everyday, beside the privacy programme that nobody works on.
	unready = story{
		rate: line(3.6, 3.6), mix: mix(line(0.28, 0.25), line(0.06, 0.06), line(0.33, 0.33), line(0.33, 0.36)),
		slow: line(1, 1.2), stay: line(0.02, 0.03), jira: 0.6, asked: line(0.15, 0.15),
	}
	// overrun are asked for ever more by other teams, and their own projects slip.
	overrun = story{
		rate: line(3.4, 7.4), mix: mix(line(0.16, 0.16), line(0.06, 0.04), line(0.36, 0.70), line(0.42, 0.10)),
		slow: line(1, 1.5), stay: line(0.02, 0.04), jira: 0.5, asked: line(0.45, 0.9),
		themes: map[Quadrant][]string{ForcedShort: {"build", "build", "regression", "degradation", "vulnerability"}, DiscretionaryLong: {"automation", "redesign", "platform"}},
	}
)
