package github_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

// broken answers 404 to one path, as a timeline does that is lost beside its item.
func broken(h http.Handler, path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"message":"Not Found"}`))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// TestStopEverywhere stops a backfill, a sync of what changed and a census at each of their requests and writes.
// Two repositories are read, and the timeline of one item cannot be.
func TestStopEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("some hundred syncs")
	}
	d := simulate.Empty()
	for n := range 7 {
		key := d.AddIssue("acme/api", ana, day.Add(time.Duration(n/3)*time.Minute), "issue", "", "bug")
		for range n {
			must(t, d.Update(key, ana, day.Add(time.Hour), simulate.Comment("word")))
		}
		if n < 2 {
			d.AddPull("acme/api", ana, day, "pull", "", 3, 1, 2)
		}
	}
	d.AddIssue("acme/web", ana, day, "page", "")
	h := broken(simulate.NewGitHub(d, simulate.Options{PageCap: 3, RateLimit: 1 << 30}), "/repos/acme/api/issues/5/timeline")
	now := day.Add(240 * time.Hour)
	s := ingesttest.Stops{
		Handler: h, Failing: 1,
		Source: func(url string) ingest.Source {
			return source(t, github.Options{BaseURL: url, Repositories: []string{"acme/*"}})
		},
		Options: ingest.Options{Workers: 2, Now: func() time.Time { return now }},
		// Of one page of three in each repository: the list, and each item's timeline, pull request and reviews;
		// the list of repositories, the failure and the counts of each run.
		Again: 2*(1+3*3) + 1,
	}
	backfill := s
	// Until they are read to their end nothing of the lists is in the log: all of their calls are made again. From then
	// on the items are read one by one where that costs less than the lists: an issue takes two calls, a pull request
	// four. The rest is the lists of what changed, the failure, and what each run asks for.
	backfill.Again = max(listCalls(t, h), 6*2+2*4) + 8
	t.Run("backfill", backfill.Everywhere)
	s.Before = &ingesttest.Log{}
	if _, err := ingest.Once(t.Context(), s.Source(serveAll(t, h)), ingest.NewState(), s.Before, s.Options); err != nil {
		t.Fatal(err)
	}

	now = now.Add(2 * time.Hour)
	must(t, d.Update("acme/api#1", ana, day.Add(200*time.Hour), simulate.Rename("another")))
	must(t, d.Update("acme/api#2", ana, day.Add(200*time.Hour), simulate.Merge()))
	d.AddIssue("acme/api", ana, day.Add(201*time.Hour), "new", "")
	d.AddIssue("acme/web", ana, day.Add(201*time.Hour), "new", "")
	t.Run("changes", s.Everywhere)
	if _, err := ingest.Once(t.Context(), s.Source(serveAll(t, h)), s.Before.State(t), s.Before, s.Options); err != nil {
		t.Fatal(err)
	}

	now = now.Add(25 * time.Hour)
	must(t, d.Delete("acme/api#1"))
	must(t, d.Hide("acme/api#4"))
	_, err := d.Transfer("acme/api#3", "acme/web", ana, day.Add(202*time.Hour))
	must(t, err)
	s.Again += 12 // the ids of the repositories, in pages
	t.Run("census", s.Everywhere)
}

// listCalls counts the calls for repository-wide lists that a first reading makes.
func listCalls(t *testing.T, h http.Handler) int {
	t.Helper()
	c := &calls{}
	srv := httptest.NewServer(c.ServeHTTP(h))
	defer srv.Close()
	src := source(t, github.Options{BaseURL: srv.URL, Repositories: []string{"acme/*"}})
	if _, err := ingest.Once(t.Context(), src, ingest.NewState(), &ingesttest.Log{}, ingest.Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	return c.lists
}

func serveAll(t *testing.T, h http.Handler) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}
