package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

var (
	ana = &simulate.User{Name: "Ana", Email: "ana@acme.example", Login: "ana", ID: 101, AccountID: "5b10"}
	bob = &simulate.User{Name: "Bob", Email: "bob@acme.example", Login: "bob", ID: 102, AccountID: "5b11"}
	day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// small is an organisation of six items in two trackers.
func small() (*simulate.Dataset, error) {
	d := simulate.Empty()
	crash := d.AddIssue("acme/api", ana, day, "Crash on start", "It crashes.", "bug")
	d.AddIssue("acme/api", bob, day.Add(time.Hour), "Dark mode, \"please\"", "It would be nice.\nReally.", "enhancement", "ui")
	pull := d.AddPull("acme/api", ana, day.Add(2*time.Hour), "Fix the crash", "Closes #1", 10, 2, 1)
	outage := d.AddIssue("OPS", bob, day, "Production is down", "All of it.", "incident")
	d.AddIssue("OPS", ana, day.Add(time.Hour), "Upgrade the database before its support ends", "")
	d.AddIssue("OPS", bob, day.Add(2*time.Hour), "Tidy the wiki", "")
	for _, e := range []struct {
		key   string
		after time.Duration
		edit  simulate.Edit
	}{
		{pull, 24 * time.Hour, simulate.Merge()},
		{crash, 25 * time.Hour, simulate.Close("completed")},
		{outage, 3 * time.Hour, simulate.Status("In Progress")},
		{outage, 5 * time.Hour, simulate.Status("Done")},
	} {
		if err := d.Update(e.key, ana, day.Add(e.after), e.edit); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// addressesOf are the addresses of the scripts' GitHubs, by working directory.
var addressesOf sync.Map

// running are the datasets of the scripts that run now, by working directory.
var running sync.Map

// trackers [STATUS [PART]] starts a GitHub and a Jira over the small organisation until the script ends, and writes a
// workmix.yaml that reads them, with webhooks where $HOOK_SECRET is set. With STATUS every request is answered with it;
// with PART too, those whose path ends with PART, while the file of that name with / as _ is not there.
func trackers(ts *testscript.TestScript, _ bool, args []string) {
	d, err := small()
	ts.Check(err)
	o := simulate.Options{}
	if len(args) > 0 {
		code, err := strconv.Atoi(args[0])
		ts.Check(err)
		o.Fault = func(r *http.Request) *simulate.Fault {
			if len(args) > 1 {
				_, err := os.Stat(ts.MkAbs(strings.ReplaceAll(args[1], "/", "_")))
				if err == nil || !strings.HasSuffix(r.URL.Path, args[1]) {
					return nil
				}
			}
			return &simulate.Fault{Status: code, Body: `{"message": "no"}`, Header: http.Header{"Content-Type": {"application/json"}}}
		}
	}
	s, err := simulate.Start(context.Background(), d, o)
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	running.Store(ts.Getenv("WORK"), d)
	addressesOf.Store(ts.Getenv("WORK"), s.GitHubURL())
	hooks, poll := "", ""
	if ts.Getenv("HOOK_SECRET") != "" {
		hooks, poll = ", webhook_secret_env: HOOK_SECRET", "schedule: {poll: 24h}\n" // so that no poll is what tells a change
	}
	ts.Defer(func() { running.Delete(ts.Getenv("WORK")) })
	ts.Check(os.WriteFile(ts.MkAbs("workmix.yaml"), []byte(addresses(ts.Getenv)+poll+fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, repositories: [acme/api]%s}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, projects: [OPS]}
`, s.GitHubURL(), hooks, s.JiraURL())), 0o600))
}

// edit KEY TITLE… renames an item in its tracker now: trackers do not change the past.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	d, ok := running.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no trackers are running")
	}
	ts.Check(d.(*simulate.Dataset).Update(args[0], bob, time.Now().UTC(), simulate.Rename(strings.Join(args[1:], " "))))
}

// commit KEY adds a commit of bob's, under his plain address, to a pull request now.
func commit(ts *testscript.TestScript, _ bool, args []string) {
	d, ok := running.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no trackers are running")
	}
	ts.Check(d.(*simulate.Dataset).Update(args[0], bob, time.Now().UTC(), simulate.Commit("Mend it")))
}

// report PROJECT TITLE… opens an issue in its tracker now.
func openIssue(ts *testscript.TestScript, _ bool, args []string) {
	d, ok := running.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no trackers are running")
	}
	d.(*simulate.Dataset).AddIssue(args[0], bob, time.Now().UTC(), strings.Join(args[1:], " "), "")
}

// add-repository NAME lets the configuration name one more repository.
func addRepository(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.Replace(ts.ReadFile("workmix.yaml"), "repositories: [acme/api", "repositories: [acme/api, "+args[0], 1)
	ts.Check(os.WriteFile(ts.MkAbs("workmix.yaml"), []byte(text), 0o600))
}

// poison TOPIC TEXT puts a record that is no event into the log of workmix-data.
func poison(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, event.Message{Topic: args[0], Key: []byte("code/issue/1"), Value: []byte(args[1])})
}

// remember JSON puts a record of topic workmix.ingest into the log of workmix-data, as an ingester does that runs meanwhile.
func remember(ts *testscript.TestScript, _ bool, args []string) {
	var p event.Progress
	ts.Check(json.Unmarshal([]byte(args[0]), &p))
	p.RecordedAt = time.Now().UTC().Truncate(time.Millisecond)
	m, err := event.Encode(&p)
	ts.Check(err)
	write(ts, m)
}

// write puts a record into the log of workmix-data.
func write(ts *testscript.TestScript, m event.Message) {
	a := &app{configFile: ts.MkAbs("workmix.yaml"), dataDir: ts.MkAbs("workmix-data")}
	cmd := &cobra.Command{}
	cmd.SetErr(io.Discard)
	s, err := a.open(context.Background(), cmd, how{process: true})
	ts.Check(err)
	defer s.close()
	w := s.log.Writer()
	defer w.Close()
	ts.Check(w.Write(context.Background(), m))
}
