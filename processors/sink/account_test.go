package sink

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/recordedtest"
)

// recordedRaws are the raw records of a recorded repository's items.
func recordedRaws(tb testing.TB) (out []*event.Raw) {
	tb.Helper()
	in, err := os.Open(recordedtest.Path(tb, "github", "bitcoin-core-gui", "items.jsonl.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		tb.Fatal(err)
	}
	for r := bufio.NewReader(z); ; {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return out
		}
		var l struct{ Issue, Pull, Events, Comments json.RawMessage }
		if err := json.Unmarshal(line, &l); err != nil {
			tb.Fatal(err)
		}
		content, err := json.Marshal(map[string]json.RawMessage{"issue": l.Issue, "pull": l.Pull, "timeline": l.Events, "comments": l.Comments})
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, &event.Raw{Source: "code", Tracker: "github", Content: content})
	}
}

// TestRecordedAccounts: of every account that has an item in a recorded repository the login is known, and of everybody
// who committed under an address the name.
func TestRecordedAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds long")
	}
	logins, names := map[string]bool{}, map[string]bool{}
	for _, r := range recordedRaws(t) {
		found := accounts(r)
		var c struct {
			Issue, Pull *struct{ User struct{ Login string } }
			Timeline    []struct {
				Event  string
				Author struct{ Name, Email string }
			}
		}
		if err := json.Unmarshal(r.Content, &c); err != nil {
			t.Fatal(err)
		}
		for _, a := range found {
			if logins[a.login], names[a.name] = true, true; a.id == "" || a.source != "code" || a.verified {
				t.Errorf("account %+v", a)
			}
		}
		for _, o := range []*struct{ User struct{ Login string } }{c.Issue, c.Pull} {
			if o != nil && o.User.Login != "ghost" && !logins[o.User.Login] {
				t.Errorf("nothing is known of %s, who opened an item", o.User.Login)
			}
		}
		for _, e := range c.Timeline {
			if e.Event == "committed" && e.Author.Email != "" && strings.TrimSpace(e.Author.Name) != "" && !names[e.Author.Name] {
				t.Errorf("nothing is known of %s, who committed", e.Author.Name)
			}
		}
	}
	if len(logins) < 50 || len(names) < 50 {
		t.Errorf("%d logins and %d names", len(logins), len(names))
	}
}

// TestFormerAssignees: whoever was an assignee or the reporter and did nothing else stands in an item's history, so it is
// told who that is, under the id that normalize gives; an old name is as old as the change, and replaces no newer one.
func TestFormerAssignees(t *testing.T) {
	item := func(field, from, fromName, to, toName string) string {
		return fmt.Sprintf(`{"field": %q, "from": %s, "fromString": %s, "to": %s, "toString": %s}`, field, from, fromName, to, toName)
	}
	history := func(created string, items ...string) string {
		return fmt.Sprintf(`{"author": {"key": "JIRAUSER1", "name": "ana", "displayName": "Ana"}, "created": %s, "items": [%s]}`, created, strings.Join(items, ","))
	}
	r := &event.Raw{Source: "t", Tracker: "jira", RecordedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Content: json.RawMessage(
		`{"issue": {"fields": {"assignee": {"accountId": "a5", "displayName": "Eve Now"}}, "changelog": {"histories": [` + strings.Join([]string{
			history(`"2025-01-02T00:00:00.000+0100"`, item("assignee", "null", "null", `"JIRAUSER7"`, `"Gil Old"`), item("status", `"1"`, `"Open"`, `"3"`, `"Done"`)),
			history(`"2025-02-02T00:00:00.000+0000"`, item("Assignee", `"JIRAUSER7"`, `"Gil New"`, `"ana"`, `"Ana"`)), // whom the changelog shows
			history(`1735700000000`, item("reporter", "null", `"Nobody Known"`, `"a5"`, `"Eve Then"`)),
			history(`"9999-02-02T00:00:00.000+0000"`, `{"field": 7}`, item("assignee", `"ana"`, `"Ana"`, `12`, `"Of Number"`)),
		}, ",") + `]}}}`)}
	got := map[string]string{}
	list := accounts(r)
	for _, a := range list {
		got[a.id] += a.name + "|"
	}
	want := map[string]string{"a5": "Eve Now|", "JIRAUSER1": "Ana|", "JIRAUSER7": "Gil New|", "Nobody Known": "Nobody Known|", "12": "Of Number|"}
	if !maps.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for a, s := range sightings([]decoded{{payload: r, accounts: list}}) {
		last := r.RecordedAt
		if a.id == "JIRAUSER7" {
			last = time.Date(2025, 2, 2, 0, 0, 0, 0, time.UTC)
		}
		if !s.last.Equal(last) || !s.first.Equal(last) || !a.at.IsZero() {
			t.Errorf("%s was seen from %v to %v, want %v", a.id, s.first, s.last, last)
		}
	}
}

// BenchmarkAccounts finds the accounts in recorded items, and beside it reads their envelopes, which the sink does anyway.
func BenchmarkAccounts(b *testing.B) {
	raws := recordedRaws(b)
	values, bytes := make([][]byte, len(raws)), 0
	for i, r := range raws {
		var err error
		if values[i], err = json.Marshal(r); err != nil {
			b.Fatal(err)
		}
		bytes += len(values[i])
	}
	var envelopes time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		start := time.Now()
		for _, v := range values {
			if err := unmarshal(v, new(event.Raw)); err != nil {
				b.Fatal(err)
			}
		}
		envelopes += time.Since(start)
		n++
		b.StartTimer()
		for _, r := range raws {
			if accounts(r) == nil {
				b.Fatal("an item of nobody")
			}
		}
	}
	b.ReportMetric(float64(envelopes.Nanoseconds())/float64(n), "envelopes-ns/op")
	b.ReportMetric(float64(bytes)/1e6, "MB")
	b.ReportMetric(float64(len(raws)), "items")
}

// FuzzAccounts: whatever a tracker says, an account has an id and a source, and nothing panics.
func FuzzAccounts(f *testing.F) {
	for _, s := range []string{
		`{"issue": {"user": {"id": 1, "login": "a"}}, "timeline": [{"author": {"email": "+@users.noreply.github.com"}}]}`,
		`{"issue": {"fields": {"creator": {"accountId": "a1"}, "comment": {"comments": [{"author": null}]}}}}`, `{"rows": [{"author": " "}]}`, `[]`, `{"people": [{"databaseId": -1}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, tracker := range []string{"github", "jira", event.TrackerImport} {
			for _, p := range []event.Payload{
				&event.Raw{Source: "s", Tracker: tracker, Content: json.RawMessage(content)}, &event.Directory{Source: "s", Tracker: tracker, Content: json.RawMessage(content)},
			} {
				for _, a := range accounts(p) {
					if a.id == "" || a.source != "s" {
						t.Fatalf("account %+v of %s", a, content)
					}
				}
			}
		}
	})
}
