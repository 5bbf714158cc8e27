package queries_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors/effort"
	"github.com/workmix/workmix/processors/normalize"
	"github.com/workmix/workmix/processors/sink"
	"github.com/workmix/workmix/queries"
)

// TestPeopleWhoCommit reads a repository whose commits bear plain addresses, as a first reading with GraphQL does, with REST
// alone, and, as it has few, each pull request by itself: who has an account committed as that account, so the work is the team's in
// which the account's person is; who has none is somebody of their own.
func TestPeopleWhoCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("derives effort three times")
	}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ana := &simulate.User{Name: "Ana Lopez", Email: "Ana@Home.example", Login: "ana", ID: 101}
	bob := &simulate.User{Name: "Bob", Email: "bob@acme.example", Login: "bob", ID: 102}
	out := &simulate.User{Name: "Out Sider", Email: "out@else.example"}
	for name, c := range map[string]struct {
		o     simulate.Options
		pulls int
	}{
		"with GraphQL": {simulate.Options{}, 6},
		"by REST":      {simulate.Options{NoGraphQL: true}, 6},
		"one by one":   {simulate.Options{}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			d := simulate.Empty()
			edit := func(key string, who *simulate.User, days int, edits ...simulate.Edit) {
				t.Helper()
				if err := d.Update(key, who, start.AddDate(0, 0, days), edits...); err != nil {
					t.Fatal(err)
				}
			}
			for n := range c.pulls {
				key := d.AddPull("acme/api", bob, start, fmt.Sprintf("Pull %d", n), "", 3, 1, 2)
				edit(key, ana, 1+n, simulate.Commit("one"), simulate.Commit("two"))
				edit(key, out, 1+n, simulate.Commit("from outside"))
			}
			srv := httptest.NewServer(simulate.NewGitHub(d, c.o))
			defer srv.Close()
			src, err := github.New(github.Options{Name: "code", BaseURL: srv.URL, Token: "any", Repositories: []string{"acme/api"}, Pause: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			now := start.AddDate(0, 0, 10)
			log := &ingesttest.Log{}
			rep, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{Now: func() time.Time { return now }})
			if err != nil || !rep.Complete() {
				t.Fatal(err, rep.Err())
			}
			norm := normalize.New(normalize.Config{})
			var events []event.Payload
			for n, r := range log.Raws(t) {
				m, err := event.Encode(r)
				if err != nil {
					t.Fatal(err)
				}
				m.Offset = int64(n)
				made, err := norm.Handle(&m)
				if err != nil {
					t.Fatal(err)
				}
				events = append(append(events, r), made...)
			}
			decide := func(kind, id, body string) {
				events = append(events, &event.Decision{Kind: kind, ID: id, Author: "lead", RecordedAt: now, ValidFrom: start.AddDate(0, 0, -30), Body: []byte(body)})
			}
			decide("team", "compute", `{"name": "Compute"}`)
			decide("team", "other", `{"name": "Other"}`)
			decide("person", "pana", `{"accounts": ["`+event.Pseudonym("code", "101")+`"], "bot": false}`)
			decide("membership", "pana/compute", `{"person": "pana", "team": "compute", "share": 1, "from": "2026-01-01"}`)

			db := database(t, queries.Settings{})
			people := peopleOf(t, db)
			s := sink.New(db, people)
			for n, p := range events {
				m, err := event.Encode(p)
				if err != nil {
					t.Fatal(err)
				}
				m.Offset = int64(n)
				if err := s.Store(t.Context(), []event.Message{m}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := effort.New(db, hasty(t)).Derive(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			for _, q := range []struct {
				db   *warehouse.DB
				sql  string
				want []string
			}{
				{people, "SELECT account_id, person = 'pana' AS hers, login, name, emails FROM accounts ORDER BY account_id", []string{
					"account_id | hers | login | name | emails",
					"101 | 1 | ana | Ana Lopez | [ana@home.example]",
					"102 | 0 | bob |  | []",
					"git:out@else.example | 0 |  | Out Sider | []",
				}},
				{db, "SELECT team, person = 'pana' AS hers, count() AS commits FROM activity WHERE action = 'committed' GROUP BY ALL ORDER BY team", []string{
					"team | hers | commits", fmt.Sprintf(" | 0 | %d", c.pulls), fmt.Sprintf("compute | 1 | %d", 2*c.pulls),
				}},
				{db, "SELECT DISTINCT team, reason FROM effort WHERE item_id != '' AND team != '' AND day = '2026-03-03'", []string{
					"team | reason", "compute | activity",
				}},
			} {
				if d := cmp.Diff(q.want, rows(t, q.db, q.sql, nil)); d != "" {
					t.Errorf("%s (-want +got):\n%s", q.sql, d)
				}
			}
		})
	}
}
