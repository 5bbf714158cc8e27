package simulate_test

import (
	"context"
	"net/http/httptest"
	"testing"

	jiralib "github.com/andygrunwald/go-jira"
	"github.com/google/go-github/v60/github"

	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
)

func TestRecordedThroughClients(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds long")
	}
	d, err := simulate.LoadRecorded(recordedtest.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	gs := httptest.NewServer(simulate.NewGitHub(d, simulate.Options{}))
	defer gs.Close()
	gh, err := github.NewClient(nil).WithEnterpriseURLs(gs.URL, gs.URL)
	if err != nil {
		t.Fatal(err)
	}
	seen, pulls, events := map[int]bool{}, 0, 0
	opt := &github.IssueListByRepoOptions{State: "all", Sort: "updated", Direction: "asc", ListOptions: github.ListOptions{PerPage: 100}}
	for {
		page, resp, err := gh.Issues.ListByRepo(ctx, "bitcoin-core", "gui", opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			if seen[i.GetNumber()] {
				t.Errorf("#%d came twice", i.GetNumber())
			}
			seen[i.GetNumber()] = true
			if i.IsPullRequest() {
				pulls++
				p, _, err := gh.PullRequests.Get(ctx, "bitcoin-core", "gui", i.GetNumber())
				if err != nil {
					t.Fatal(err)
				}
				if p.GetID() == i.GetID() || p.GetTitle() != i.GetTitle() || p.GetState() != i.GetState() || len(p.Labels) != len(i.Labels) {
					t.Fatalf("pull %d and its issue: %v %v", i.GetNumber(), p, i)
				}
			}
			for n := 1; n > 0; {
				l, resp, err := gh.Issues.ListIssueTimeline(ctx, "bitcoin-core", "gui", i.GetNumber(), &github.ListOptions{PerPage: 100, Page: n})
				if err != nil {
					t.Fatal(err)
				}
				events += len(l)
				n = resp.NextPage
			}
		}
		if resp.NextPage == 0 {
			break
		}
		opt.Page = resp.NextPage
	}
	if len(seen) != 878 || pulls != 537 || events != 19604 {
		t.Errorf("%d items, %d pull requests, %d events; want 878, 537, 19604", len(seen), pulls, events)
	}

	js := httptest.NewServer(simulate.NewJira(d, simulate.Options{}))
	defer js.Close()
	jc, err := jiralib.NewClient(nil, js.URL)
	if err != nil {
		t.Fatal(err)
	}
	keys, total := map[string]bool{}, 0
	q := &jiralib.SearchOptionsV2{MaxResults: 100, Fields: []string{"*all"}, Expand: "changelog"}
	for {
		page, resp, err := jc.Issue.SearchV2JQL("project in (ALOY, MOD, DAEMON, EE, CONTRIB, K5) order by id", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			keys[i.Key] = true
			if i.Changelog != nil {
				total += len(i.Changelog.Histories)
			}
		}
		if resp.NextPageToken == "" {
			break
		}
		q.NextPageToken = resp.NextPageToken
	}
	if len(keys) != 2221 || total != 541 {
		t.Errorf("%d issues with %d histories, want 2221 with 541", len(keys), total)
	}
}
