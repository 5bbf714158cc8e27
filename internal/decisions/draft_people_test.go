package decisions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

func drafted(t *testing.T, text string) []event.Decision {
	t.Helper()
	name := filepath.Join(t.TempDir(), "draft.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, _, err := Read(name, config.Calendar{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return d
}

// TestDraftPeople: who is merged, how sure that is, and who is left out.
func TestDraftPeople(t *testing.T) {
	accounts := []Account{
		{Source: "code", ID: "101", Login: "ana", Emails: []string{"ana@acme.example"}},
		{Source: "tracker", ID: "5b10", Name: "Ana Lopez", Emails: []string{"ana@acme.example"}},
		{Source: "code", ID: "git:ana@acme.example", Name: "Ana L"},
		{Source: "code", ID: "git:ana@home.example", Name: "Ana Lopez"},
		{Source: "code", ID: "102", Login: "bob-jones"},
		{Source: "tracker", ID: "bob-jones", Login: "bob-jones", Name: "Bob Jones"},
		{Source: "code", ID: "103", Login: "kim1", Name: "Kim Lee"},
		{Source: "code", ID: "104", Login: "kim2", Name: "Kim Lee"},
		{Source: "tracker", ID: "5b13", Name: "Kim Lee"},
		{Source: "code", ID: "105", Login: "jrossi"},
		{Source: "tracker", ID: "5b14", Name: "Jo Rossi"},
		{Source: "code", ID: "110", Login: "d-cho"},
		{Source: "tracker", ID: "5b15", Name: "Di Cho"},
		{Source: "tracker", ID: "5b16", Name: "Ed Cho"},
		{Source: "tracker", ID: "5b17", Name: "Dana Cho"},
		{Source: "code", ID: "106", Login: "mia", Name: "Mia # not a comment\nteams: [{id: x}]"},
		{Source: "code", ID: "107", Login: "acme-ci"},
		{Source: "code", ID: "108", Login: "dependabot[bot]", Bot: true},
		{Source: "code", ID: "109", Login: "old", Person: "p1"},
	}
	const want = `people:
  # Possibly a program, by its name: acme-ci in code.
  - {id: acme-ci, accounts: [{source: code, id: 107}], bot: true}
  # Sure: the verified address ana@acme.example is that of ana in code, and of commits by Ana L <ana@acme.example> in code, and of Ana Lopez in tracker.
  # Likely: the name ana lopez is that of commits by Ana Lopez <ana@home.example> in code, and of Ana Lopez in tracker.
  - {id: ana, accounts: [{source: code, id: 101}, {source: code, id: "git:ana@acme.example"}, {source: code, id: "git:ana@home.example"}, {source: tracker, id: "5b10"}], bot: false}
  # Likely: the login bob-jones is that of bob-jones in code, and of bob-jones in tracker.
  - {id: bob-jones, accounts: [{source: code, id: 102}, {source: tracker, id: bob-jones}], bot: false}
  # Possibly: a login that the name makes, jrossi is that of jrossi in code, and of Jo Rossi in tracker.
  - {id: jrossi, accounts: [{source: code, id: 105}, {source: tracker, id: "5b14"}], bot: false}
  # One account: mia in code, Mia # not a comment teams: [{id: x}].
  - {id: mia, accounts: [{source: code, id: 106}], bot: false}
# 8 more have one account each and are named in no team: --all drafts them too.
# 1 accounts are those of people who were applied already, and are left out.
`
	k := Known{Accounts: accounts, Directory: []Told{{"code", "team", "acme/lab", `{"team": {"slug": "lab"}, "members": [{"id": 106}, {"id": 109}]}`}}}
	got := DraftPeople(k, false)
	if _, body, _ := strings.Cut(got, "above it.\n"); body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	k.Sure = true
	if sure := DraftPeople(k, false); strings.Contains(sure, "Likely") || strings.Contains(sure, "Possibly") || !strings.Contains(sure, "- {id: ana, accounts: [{source: code, id: 101}, {source: code, id: \"git:ana@acme.example\"}, {source: tracker, id: \"5b10\"}]") {
		t.Errorf("of what is sure:\n%s", sure)
	}
	k.Sure = false
	if n := len(drafted(t, got)); n != 5 {
		t.Errorf("%d decisions, want 5", n)
	}
	if n := len(drafted(t, DraftPeople(k, true))); n != 13 {
		t.Errorf("%d decisions of all, want 13", n)
	}
}

// TestDraftsAreAccepted: whatever the trackers name, a draft reads as decisions, and gives each account to one person.
func TestDraftsAreAccepted(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]string{"", "ana", "Ana Lopez", "yes", "1", "0x1f", "a: b", "# x", "null"}), rapid.String())
		seen := map[string]bool{}
		var accounts []Account
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			a := Account{
				Source: rapid.SampledFrom([]string{"code", "tracker"}).Draw(t, "source"), ID: strings.TrimSpace(rapid.OneOf(word, rapid.SampledFrom([]string{"git:a@b", "git:ana"})).Draw(t, "id")),
				Login: word.Draw(t, "login"), Name: word.Draw(t, "name"), Bot: rapid.Bool().Draw(t, "bot"),
				Emails: rapid.SliceOfN(rapid.SampledFrom([]string{"a@b", "c@d"}), 0, 2).Draw(t, "emails"),
			}
			if a.ID != "" && !seen[a.Source+" "+a.ID] {
				seen[a.Source+" "+a.ID] = true
				accounts = append(accounts, a)
			}
		}
		text := DraftPeople(Known{Accounts: accounts}, true)
		name := filepath.Join(dir, "draft.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all, _, err := Read(name, config.Calendar{})
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		n := 0
		for _, d := range all {
			for a := range seen {
				source, id, _ := strings.Cut(a, " ")
				n += strings.Count(string(d.Body), event.Pseudonym(source, id))
			}
		}
		if n != len(seen) {
			t.Fatalf("%d accounts are in %d places of\n%s", len(seen), n, text)
		}
	})
}
