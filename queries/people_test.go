package queries_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors/sink"
	"github.com/workmix/workmix/queries"
)

// peopleOf makes the database of names beside one, in which nothing is ever merged either.
func peopleOf(t testing.TB, db *warehouse.DB) *warehouse.DB {
	t.Helper()
	people, err := db.Beside(queries.PeopleSuffix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = people.Close() })
	schema, err := queries.PeopleSchema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	for _, r := range baseTables(t, people) {
		exec(t, people, "SYSTEM STOP MERGES "+r)
	}
	views, err := queries.PeopleViews(db.Database())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		exec(t, people, v)
	}
	return people
}

// TestPeople stores what trackers tell of accounts, record by record, then once more backwards, as a replay does.
func TestPeople(t *testing.T) {
	db := database(t, queries.Settings{})
	people := peopleOf(t, db)
	at := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	raw := func(day int, tracker, content string) event.Payload {
		source := map[string]string{"github": "code", "jira": "tracker", event.TrackerImport: "sheet"}[tracker]
		return &event.Raw{
			Source: source, Tracker: tracker, Project: "p", ItemID: source + "/issue/1", Key: "p-1", Kind: event.KindIssue, RecordedAt: at(day), Digest: "d",
			Content: json.RawMessage(content),
		}
	}
	dir := func(day int, kind, name, content string) event.Payload {
		d := &event.Directory{Source: "code", Tracker: "github", Kind: kind, Name: name, RecordedAt: at(day), Digest: content}
		if content != "" {
			d.Content = json.RawMessage(content)
		} else {
			d.Digest = "gone"
		}
		return d
	}
	events := []event.Payload{
		raw(1, "github", `{"issue": {"user": {"id": 1, "login": "ana-old", "type": "User"}, "assignees": [{"id": 2, "login": "robot[bot]", "type": "Bot"}]},
			"timeline": [{"event": "committed", "author": {"name": "Ana L", "email": "Ana@Home.example"}}, {"event": "committed", "author": {"name": "Ana Lopez", "email": "1+ana@users.noreply.github.com"}},
				{"event": "assigned", "actor": {"id": 10137, "login": "ghost"}, "assignee": {"id": 3, "login": "bob"}}]}`),
		raw(2, "github", `{"issue": {"user": {"id": 1, "login": "ana", "type": "User"}}, "commits": [{"author": {"id": 3, "login": "bob"}, "commit": {"author": {"name": "Bob", "email": "bob@acme.example"}}}]}`),
		raw(3, "jira", `{"issue": {"fields": {"creator": {"accountId": "a1", "displayName": "Ana Lopez", "emailAddress": "ana@acme.example", "accountType": "atlassian"},
			"assignee": {"name": "old-server", "displayName": "Of Data Center", "emailAddress": "dc@acme.example"}}, "changelog": {"histories": [{"author": {"accountId": "r1", "displayName": "Robot", "accountType": "app"}}]}}}`),
		raw(4, event.TrackerImport, `{"rows": [{"key": "p-1", "title": "t", "author": "Kim Lee", "assignees": ["kim"]}]}`),
		raw(5, "github", `not what it was`[:0]+`{"issue": []}`),
		dir(1, "members", "acme", `{"people": [{"databaseId": 3, "login": "bob", "name": "Bob Jones", "organizationVerifiedDomainEmails": ["bob.jones@acme.example"]}]}`),
		dir(1, "team", "acme/lab", `{"team": {"slug": "lab"}}`),
		dir(2, "team", "acme/web", `{"team": {"slug": "web"}}`),
		dir(3, "team", "acme/lab", `{"team": {"slug": "lab", "name": "Lab"}}`),
		dir(4, "team", "acme/web", ""),
		&event.Decision{Kind: "person", ID: "pana", Author: "lead", RecordedAt: at(6), ValidFrom: at(6), Body: json.RawMessage(`{"accounts": ["` + event.Pseudonym("code", "1") + `", "` + event.Pseudonym("tracker", "a1") + `"], "bot": false}`)},
	}
	s := sink.New(db, people)
	store := func(p event.Payload) {
		t.Helper()
		m, err := event.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Store(t.Context(), []event.Message{m}); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string][]string{
		"SELECT source, account_id, person, login, name, emails, bot, toDate(first_seen) AS first, toDate(last_seen) AS last FROM accounts ORDER BY source, account_id": {
			"source | account_id | person | login | name | emails | bot | first | last",
			"code | 1 | pana | ana | Ana Lopez | [] | false | 2026-03-01 | 2026-03-02",
			"code | 2 | " + event.Pseudonym("code", "2") + " | robot[bot] |  | [] | true | 2026-03-01 | 2026-03-01",
			"code | 3 | " + event.Pseudonym("code", "3") + " | bob | Bob | [bob.jones@acme.example bob@acme.example] | false | 2026-03-01 | 2026-03-02",
			"code | git:ana@home.example | " + event.Pseudonym("code", "git:ana@home.example") + " |  | Ana L | [] | false | 2026-03-01 | 2026-03-01",
			"sheet | Kim Lee | " + event.Pseudonym("sheet", "Kim Lee") + " |  | Kim Lee | [] | false | 2026-03-04 | 2026-03-04",
			"sheet | kim | " + event.Pseudonym("sheet", "kim") + " | kim |  | [] | false | 2026-03-04 | 2026-03-04",
			"tracker | a1 | pana |  | Ana Lopez | [ana@acme.example] | false | 2026-03-03 | 2026-03-03",
			"tracker | old-server | " + event.Pseudonym("tracker", "old-server") + " | old-server | Of Data Center | [] | false | 2026-03-03 | 2026-03-03",
			"tracker | r1 | " + event.Pseudonym("tracker", "r1") + " |  | Robot | [] | true | 2026-03-03 | 2026-03-03",
		},
		"SELECT kind, name, JSONExtractString(content, 'team', 'name') AS title FROM directory ORDER BY kind, name": {
			"kind | name | title", "members | acme |", "team | acme/lab | Lab",
		},
	}
	check := func() {
		t.Helper()
		for sql, rowsWanted := range want {
			got := rows(t, people, sql, nil)
			for i := range max(len(got), len(rowsWanted)) {
				if i >= len(got) || i >= len(rowsWanted) || got[i] != rowsWanted[i] {
					t.Fatalf("%s:\n%q\nwant\n%q", sql, got, rowsWanted)
				}
			}
		}
	}
	for _, e := range events {
		store(e)
	}
	check()
	for i := len(events) - 1; i >= 0; i-- {
		store(events[i])
	}
	check()
}
