package simulate_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	jiralib "github.com/andygrunwald/go-jira"
	"github.com/google/go-github/v60/github"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

var end = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

var organisation = sync.OnceValue(func() *simulate.Dataset { return simulate.Generate(1, end) })

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

func fetch(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 {
		return fmt.Errorf("%s: %d %s %w", url, resp.StatusCode, b, err)
	}
	return nil
}

// readGitHub reads every repository's items with go-github and returns their keys; their words go into text.
func readGitHub(t *testing.T, url string, text *strings.Builder) (keys []string) {
	t.Helper()
	ctx := context.Background()
	gh, err := github.NewClient(nil).WithAuthToken("secret").WithEnterpriseURLs(url, url)
	if err != nil {
		t.Fatal(err)
	}
	repos, _, err := gh.Repositories.ListByOrg(ctx, "acme", &github.RepositoryListByOrgOptions{ListOptions: github.ListOptions{PerPage: 100}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range repos {
		opt := &github.IssueListByRepoOptions{State: "all", Sort: "updated", Direction: "asc", ListOptions: github.ListOptions{PerPage: 100}}
		for {
			page, resp, err := gh.Issues.ListByRepo(ctx, "acme", r.GetName(), opt)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page {
				keys = append(keys, r.GetFullName()+"#"+itoa(i.GetNumber()))
				text.WriteString(i.GetTitle() + i.GetBody())
			}
			if opt.Page = resp.NextPage; opt.Page == 0 {
				break
			}
		}
	}
	n := len(keys) / 2
	name, number, _ := strings.Cut(strings.TrimPrefix(keys[n], "acme/"), "#")
	if _, _, err := gh.Issues.ListIssueTimeline(ctx, "acme", name, atoi(number), nil); err != nil {
		t.Errorf("timeline of %s: %v", keys[n], err)
	}
	pulls, _, err := gh.PullRequests.List(ctx, "acme", name, &github.PullRequestListOptions{State: "closed"})
	if err != nil || len(pulls) == 0 {
		t.Fatalf("pull requests of %s: %d, %v", name, len(pulls), err)
	}
	p, _, err := gh.PullRequests.Get(ctx, "acme", name, pulls[0].GetNumber())
	if err != nil || p.GetCommits() == 0 || p.GetAdditions() == 0 {
		t.Errorf("pull request %v: %v", p, err)
	}
	commits, _, err := gh.PullRequests.ListCommits(ctx, "acme", name, p.GetNumber(), nil)
	if err != nil || len(commits) != p.GetCommits() || commits[0].GetAuthor().GetLogin() == "" {
		t.Errorf("%d commits of %d: %v", len(commits), p.GetCommits(), err)
	}
	if _, _, err := gh.PullRequests.ListReviews(ctx, "acme", name, p.GetNumber(), nil); err != nil {
		t.Error(err)
	}
	return keys
}

func TestOrganisationThroughClients(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds long")
	}
	d := organisation()
	s, err := simulate.Start(context.Background(), d, simulate.Options{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var words strings.Builder
	keys := readGitHub(t, s.GitHubURL(), &words)
	tp := jiralib.BasicAuthTransport{Username: "reader@acme.example", Password: "secret"}
	jc, err := jiralib.NewClient(tp.Client(), s.JiraURL())
	if err != nil {
		t.Fatal(err)
	}
	projects, _, err := jc.Project.GetList()
	if err != nil || len(*projects) != 6 {
		t.Fatalf("projects: %v", err)
	}
	for _, p := range *projects {
		q := &jiralib.SearchOptionsV2{MaxResults: 100, Fields: []string{"*all"}, Expand: "changelog"}
		for {
			page, resp, err := jc.Issue.SearchV2JQL("project = "+p.Key+" order by id", q)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page {
				keys = append(keys, i.Key)
				words.WriteString(i.Fields.Summary + i.Fields.Description)
				if i.Fields.Status.StatusCategory.Key == "done" && len(i.Changelog.Histories) == 0 {
					t.Errorf("%s is done without a history", i.Key)
				}
			}
			if q.NextPageToken = resp.NextPageToken; q.NextPageToken == "" {
				break
			}
		}
	}
	slices.Sort(keys)
	if want := d.Keys(); !slices.Equal(keys, want) {
		t.Errorf("%d items came through the clients, %d exist", len(keys), len(want))
	}
	if i := strings.IndexAny(words.String(), "{}"); i >= 0 {
		t.Errorf("a word was left unfilled: %q", words.String()[max(0, i-40):i+20])
	}
	for _, q := range []simulate.Quadrant{simulate.ForcedShort, simulate.ForcedLong, simulate.DiscretionaryShort, simulate.DiscretionaryLong} {
		if strings.Contains(words.String(), string(q)) {
			t.Errorf("the servers give away %s", q)
		}
	}
}

// TestDecisionsCanBeApplied: both versions of the files are accepted, with no warning but of the initiative that slipped
// beyond what is wise, and the second differs from the first as it should.
func TestDecisionsCanBeApplied(t *testing.T) {
	folders, err := organisation().WriteDecisions(t.TempDir(), "code", "tracker")
	if err != nil {
		t.Fatal(err)
	}
	n, changed := map[string]int{}, map[string]int{}
	var before []event.Decision
	for _, folder := range folders {
		all, warnings, err := decisions.Read(folder, config.Default().Calendar)
		if err != nil || len(warnings) > 0 && (len(before) == 0 || len(warnings) > 1 || !strings.Contains(warnings[0], "initiative tenfold is to take longer")) {
			t.Fatalf("%v, %q", err, warnings)
		}
		changes, err := decisions.Diff(before, all, false)
		if err != nil {
			t.Fatal(err)
		}
		n, changed = map[string]int{}, map[string]int{}
		for _, d := range all {
			n[d.Kind]++
		}
		for _, c := range changes {
			changed[c.Verb+" "+c.Decision.Kind]++
		}
		before = all
	}
	if n["group"] != 2 || n["team"] != 6 || n["person"] != 42 || n["membership"] != 41 {
		t.Errorf("decisions: %v, want 2 groups, 6 teams, 40 people with 2 bots, 41 memberships", n)
	}
	if n["initiative"] != 8 || n["plan"] < 5*8 || n["plan"]%5 != 0 || n["ask"] < 50 || n["absence"] < 300 {
		t.Errorf("decisions: %v, want 8 initiatives, a plan of five teams for each of 8 quarters or more, 50 asks, 300 absences", n)
	}
	if answered := changed["change ask"]; len(changed) != 3 || changed["change plan"] != 1 || changed["change initiative"] != 1 || answered < n["ask"]/3 || answered == n["ask"] {
		t.Errorf("the second version differs by %v: want a revised plan, a target that moved, and some asks answered", changed)
	}
}

// TestEditedWhileRead is for the race detector: servers read what is edited.
func TestEditedWhileRead(t *testing.T) {
	d := simulate.Empty()
	ana := &simulate.User{Name: "Ana", Login: "ana", ID: 1, AccountID: "a"}
	keys := []string{d.AddPull("acme/api", ana, end, "Change", "", 1, 1, 1), d.AddIssue("OPS", ana, end, "Ticket", "")}
	s, err := simulate.Start(context.Background(), d, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := range 200 {
			at := end.Add(time.Duration(n) * time.Second)
			for _, k := range keys {
				if err := d.Update(k, ana, at, simulate.Comment("n"), simulate.Rename("Name "+itoa(n)), simulate.AddLabel("l"+itoa(n%5)), simulate.Assign()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 25 {
				for _, u := range []string{
					s.GitHubURL() + "/repos/acme/api/issues?state=all", s.GitHubURL() + "/repos/acme/api/issues/1/timeline", s.GitHubURL() + "/repos/acme/api/pulls/1",
					s.JiraURL() + "/rest/api/3/issue/OPS-1?expand=changelog", s.JiraURL() + "/rest/api/3/search/jql?jql=project=OPS&fields=*all",
				} {
					if err := fetch(u); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}
