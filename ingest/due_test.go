package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

var (
	dueAna = &simulate.User{Name: "Ana", Login: "ana", ID: 11}
	dueDay = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
)

func dueSource(t *testing.T, d *simulate.Dataset, fault ...func(*http.Request) *simulate.Fault) ingest.Source {
	t.Helper()
	o := simulate.Options{}
	if len(fault) > 0 {
		o.Fault = fault[0]
	}
	srv := httptest.NewServer(simulate.NewGitHub(d, o))
	t.Cleanup(srv.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	src, err := github.New(github.Options{Name: "code", BaseURL: srv.URL, Repositories: []string{"acme/api"}, Base: tr, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func issueStub(key string) ingest.Stub {
	_, ref, _ := strings.Cut(key, "#")
	return ingest.Stub{Ref: ref, Key: key, Kind: event.KindIssue}
}

// receive writes what the receiver of webhooks would, and takes it into the state as a follower of the log does.
func receive(t *testing.T, log *ingesttest.Log, st *ingest.State, p *event.Progress) {
	t.Helper()
	m, err := event.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Write(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	st.Apply(p)
}

func tellings(t *testing.T, log *ingesttest.Log, key string) (n int, last string) {
	t.Helper()
	for _, r := range log.Raws(t) {
		if r.Key == key {
			n, last = n+1, string(r.Content)+r.Removed
		}
	}
	return n, last
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 10 seconds: %s", what)
		}
	}
}

// TestDeliveriesAreReadBetweenPolls: an hour lies between two polls; what a webhook tells of is read at once, once for
// several deliveries, and is not due any more.
func TestDeliveriesAreReadBetweenPolls(t *testing.T) {
	d := simulate.Empty()
	key := d.AddIssue("acme/api", dueAna, dueDay, "one", "first")
	other := d.AddIssue("acme/api", dueAna, dueDay, "two", "")
	src, log, st := dueSource(t, d), &ingesttest.Log{}, ingest.NewState()
	ctx, cancel := context.WithCancel(t.Context())
	reports, done := make(chan ingest.Report, 1), make(chan error, 1)
	go func() {
		done <- ingest.Poll(ctx, src, st, log, ingest.Options{Every: time.Hour, OnReport: func(r ingest.Report, _ error) { reports <- r }})
	}()
	<-reports
	if err := d.Update(key, dueAna, dueDay.Add(time.Hour), simulate.Body("second")); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		receive(t, log, st, ingest.NewDue("code", "Acme/API", issueStub("Acme/API#1"), time.Now().Add(time.Duration(i)*time.Millisecond)))
	}
	eventually(t, "the edited item is read", func() bool { n, last := tellings(t, log, key); return n == 2 && strings.Contains(last, "second") })
	eventually(t, "nothing is due", func() bool { return st.Due("code") == 0 })
	fresh := d.AddIssue("acme/api", dueAna, dueDay.Add(2*time.Hour), "three", "")
	receive(t, log, st, ingest.NewDue("code", "acme/api", issueStub(fresh), time.Now()))
	eventually(t, "the new item is read", func() bool { n, _ := tellings(t, log, fresh); return n == 1 })
	if err := d.Delete(other); err != nil {
		t.Fatal(err)
	}
	gone := issueStub(other)
	gone.Gone = "deleted"
	receive(t, log, st, ingest.NewDue("code", "acme/api", gone, time.Now()))
	eventually(t, "the deleted item is removed", func() bool { _, last := tellings(t, log, other); return last == "deleted" })
	eventually(t, "nothing is due", func() bool { return st.Due("code") == 0 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := log.State(t).Due("code"); n != 0 {
		t.Errorf("a new process would read %d items anew", n)
	}
	if n, _ := tellings(t, log, key); n != 2 {
		t.Errorf("the edited item is told %d times", n)
	}
}

// TestJiraIsReadByItsID: a delivery of Jira names an issue by its id.
func TestJiraIsReadByItsID(t *testing.T) {
	d := simulate.Empty()
	key := d.AddIssue("OPS", &simulate.User{Name: "Ana", AccountID: "5b10"}, dueDay, "one", "first")
	srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{}))
	t.Cleanup(srv.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	src, err := jira.New(jira.Options{Name: "tracker", BaseURL: srv.URL, Projects: []string{"OPS"}, Base: tr, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	log, st := &ingesttest.Log{}, ingest.NewState()
	ctx, cancel := context.WithCancel(t.Context())
	reports, done := make(chan ingest.Report, 1), make(chan error, 1)
	go func() {
		done <- ingest.Poll(ctx, src, st, log, ingest.Options{Every: time.Hour, OnReport: func(r ingest.Report, _ error) { reports <- r }})
	}()
	<-reports
	if err := d.Update(key, &simulate.User{Name: "Ana", AccountID: "5b10"}, dueDay.Add(time.Hour), simulate.Body("second")); err != nil {
		t.Fatal(err)
	}
	id := log.Raws(t)[0].ItemID
	receive(t, log, st, ingest.NewDue("tracker", "OPS", ingest.Stub{Ref: id[strings.LastIndex(id, "/")+1:], Key: key, Kind: event.KindIssue}, time.Now()))
	eventually(t, "the edited issue is read", func() bool { n, last := tellings(t, log, key); return n == 2 && strings.Contains(last, "second") })
	// Of a worklog or a link a delivery tells the issue's id alone.
	if err := d.Update(key, &simulate.User{Name: "Ana", AccountID: "5b10"}, dueDay.Add(2*time.Hour), simulate.Body("third")); err != nil {
		t.Fatal(err)
	}
	receive(t, log, st, ingest.NewDueItem("tracker", id, id[strings.LastIndex(id, "/")+1:], time.Now()))
	eventually(t, "the issue is read of which only the id was told", func() bool { n, last := tellings(t, log, key); return n == 3 && strings.Contains(last, "third") })
	if n := st.Due("tracker"); n != 0 {
		t.Errorf("%d are still due", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNewJiraProjectIsReadAtOnce: a run whose search tells of a project that nobody listed is followed by one that lists it, long
// before the next poll; and so is a delivery of an issue in one.
func TestNewJiraProjectIsReadAtOnce(t *testing.T) {
	ana := &simulate.User{Name: "Ana", AccountID: "5b10"}
	for _, how := range []string{"search", "delivery"} {
		t.Run(how, func(t *testing.T) {
			d := simulate.Empty()
			d.AddIssue("OPS", ana, dueDay, "one", "")
			d.AddIssue("WEB", ana, dueDay, "one", "")
			srv := httptest.NewServer(simulate.NewJira(d, simulate.Options{}))
			t.Cleanup(srv.Close)
			tr := &http.Transport{}
			t.Cleanup(tr.CloseIdleConnections)
			src, err := jira.New(jira.Options{Name: "tracker", BaseURL: srv.URL, Projects: []string{"*"}, Base: tr, Pause: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			log, st := &ingesttest.Log{}, ingest.NewState()
			ctx, cancel := context.WithCancel(t.Context())
			reports, done := make(chan ingest.Report, 10), make(chan error, 1)
			go func() {
				done <- ingest.Poll(ctx, src, st, log, ingest.Options{Every: time.Hour, OnReport: func(r ingest.Report, _ error) { reports <- r }})
			}()
			<-reports
			updated := time.Now()
			if how == "delivery" {
				updated = dueDay // no search tells of it
			}
			key := d.AddIssue("NEW", ana, updated, "the first of its project", "")
			if how == "delivery" {
				receive(t, log, st, ingest.NewDue("tracker", "NEW", ingest.Stub{Ref: "1", Key: key, Kind: event.KindIssue}, time.Now()))
			}
			receive(t, log, st, ingest.NewAsk("tracker", time.Now()))
			eventually(t, "the new project is read", func() bool { n, _ := tellings(t, log, key); return n == 1 })
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWhatIsDueSurvives: a process that ended before it read what was due leaves it to the next one.
func TestWhatIsDueSurvives(t *testing.T) {
	d := simulate.Empty()
	key := d.AddIssue("acme/api", dueAna, dueDay, "one", "first")
	src, log := dueSource(t, d), &ingesttest.Log{}
	if _, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(key, dueAna, dueDay, simulate.Body("second")); err != nil { // in the same second: no list tells of it
		t.Fatal(err)
	}
	receive(t, log, ingest.NewState(), ingest.NewDue("code", "acme/api", issueStub(key), time.Now()))
	receive(t, log, ingest.NewState(), ingest.NewDue("code", "acme/elsewhere", issueStub("acme/elsewhere#1"), time.Now()))
	if n := log.State(t).Due("code"); n != 2 {
		t.Fatalf("%d are due", n)
	}
	rep, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{})
	if n, last := tellings(t, log, key); err != nil || !rep.Complete() || n != 2 || !strings.Contains(last, "second") {
		t.Errorf("%v, %v: %d tellings, the last %s", err, rep.Err(), n, last)
	}
	if n := log.State(t).Due("code"); n != 0 {
		t.Errorf("%d are still due, those of a project that is not read among them", n)
	}
	receive(t, log, ingest.NewState(), ingest.NewDueItem("code", "code/issue/987654", "987654", time.Now()))
	if _, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{}); err != nil || log.State(t).Due("code") != 0 {
		t.Errorf("%v: %d are due of an item that the log does not have", err, log.State(t).Due("code"))
	}
}

// TestDueAgainWhileItIsRead: what becomes due while the item is being read stays due.
func TestDueAgainWhileItIsRead(t *testing.T) {
	st := ingest.NewState()
	first := ingest.NewDue("code", "acme/api", issueStub("acme/api#1"), dueDay)
	second := ingest.NewDue("code", "acme/api", issueStub("acme/api#1"), dueDay.Add(time.Millisecond))
	done := *first
	done.Value = nil
	for _, order := range [][]*event.Progress{{first, second, &done}, {first, &done, second}} {
		for _, p := range order {
			st.Apply(p)
		}
		if st.Due("code") != 1 {
			t.Errorf("the second delivery is forgotten")
		}
	}
	clear := *second
	clear.Value = nil
	st.Apply(&clear)
	if st.Due("code") != 0 {
		t.Error("it is due for ever")
	}
	var s ingest.Stub
	if err := json.Unmarshal(second.Value, &s); err != nil || s.Ref != "1" {
		t.Errorf("%v %+v", err, s)
	}
}

// TestRenamedLabelsAreRead: a label that is renamed changes no item's time of update. Its delivery has those that bear it
// read anew, once, and no others.
func TestRenamedLabelsAreRead(t *testing.T) {
	d := simulate.Empty()
	one := d.AddIssue("acme/api", dueAna, dueDay, "one", "", "bug")
	two := d.AddPull("acme/api", dueAna, dueDay, "two", "", 1, 1, 1)
	if err := d.Update(two, dueAna, dueDay, simulate.AddLabel("bug")); err != nil {
		t.Fatal(err)
	}
	other := d.AddIssue("acme/api", dueAna, dueDay, "three", "", "ui")
	src, log, st := dueSource(t, d), &ingesttest.Log{}, ingest.NewState()
	run := func() ingest.Counts {
		t.Helper()
		rep, err := ingest.Once(t.Context(), src, st, log, ingest.Options{})
		if err != nil || rep.Err() != nil {
			t.Fatal(err, rep.Err())
		}
		return rep.Total()
	}
	run()
	before := map[string]int{}
	for _, key := range []string{one, two, other} {
		before[key], _ = tellings(t, log, key)
	}
	if err := d.RenameLabel("acme/api", "bug", "defect, or not"); err != nil {
		t.Fatal(err)
	}
	if err := d.RenameLabel("acme/api", "defect, or not", "defect"); err != nil {
		t.Fatal(err)
	}
	if c := run(); c.Written != 0 {
		t.Fatalf("GitHub's list tells of a renamed label: %+v", c)
	}
	receive(t, log, st, ingest.NewDue("code", "Acme/API", ingest.LabelStub("Acme/API", "defect"), time.Now()))
	if c := run(); c.Written != 2 {
		t.Fatalf("%+v", c)
	}
	for key, want := range map[string]int{one: 1, two: 1, other: 0} {
		if n, last := tellings(t, log, key); n-before[key] != want || want > 0 && (!strings.Contains(last, `"defect"`) || strings.Contains(last, `"name":"bug","node_id"`)) {
			t.Errorf("%s is told %d times more, want %d: %.300s", key, n-before[key], want, last)
		}
	}
	if n := st.Due("code"); n != 0 {
		t.Errorf("%d are still due", n)
	}
	if c := run(); c.Written != 0 {
		t.Errorf("it is read again: %+v", c)
	}
}

// TestDeliveriesSparePolls: a project whose every change a webhook tells is as good as quiet to the rounds, and once they
// find what no delivery told they come often again.
func TestDeliveriesSparePolls(t *testing.T) {
	const every = 2 * time.Minute
	for _, delivered := range []bool{true, false} {
		d := simulate.Empty()
		key := d.AddIssue("acme/api", dueAna, dueDay, "one", "first")
		src, log, st := dueSource(t, d), &ingesttest.Log{}, ingest.NewState()
		now := dueDay.Add(30 * 24 * time.Hour)
		o := ingest.Paced(ingest.Options{Every: every, Now: func() time.Time { return now }}, src, st)
		asked := 0
		for round := range 64 {
			now = now.Add(every)
			if err := d.Update(key, dueAna, now.Add(-time.Second), simulate.Body(fmt.Sprint(round))); err != nil {
				t.Fatal(err)
			}
			if delivered {
				receive(t, log, st, ingest.NewDue("code", "acme/api", issueStub(key), now))
				if err := ingest.Refresh(t.Context(), src, st, log, o, "acme/api"); err != nil {
					t.Fatal(err)
				}
				if _, last := tellings(t, log, key); round > 0 && !strings.Contains(last, fmt.Sprintf(`"body":"%d"`, round)) {
					t.Fatalf("round %d: what was delivered is not read: %.200s", round, last)
				}
			}
			before := src.Usage().Requests
			if rep, err := ingest.Once(t.Context(), src, st, log, o); err != nil || rep.Err() != nil {
				t.Fatal(err, rep.Err())
			}
			if src.Usage().Requests > before {
				asked++
			}
		}
		if delivered && asked > 20 || !delivered && asked < 60 {
			t.Errorf("delivered: %v: asked about in %d of 64 rounds", delivered, asked)
		}
	}
}
