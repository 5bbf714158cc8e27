package github_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

// TestAuthors: a record says whose the addresses in its commits are; that takes a call only where an address was not heard
// of within the day, and a first reading with GraphQL none.
func TestAuthors(t *testing.T) {
	ada := &simulate.User{Name: "Ada", Email: "Ada@Home.example", Login: "ada", ID: 21}
	bea := &simulate.User{Name: "Bea", Email: "bea@home.example", Login: "bea", ID: 22}
	cia := &simulate.User{Name: "Cia", Email: "cia@home.example"} // has no account
	private := &simulate.User{Name: "Dea", Email: "24+dea@users.noreply.github.com", Login: "dea", ID: 24}
	d := simulate.Empty()
	commit := func(key string, who *simulate.User, at time.Time) {
		t.Helper()
		must(t, d.Update(key, who, at, simulate.Commit("word")))
	}
	var keys []string
	for n := range 6 {
		k := d.AddPull("acme/api", ana, day, fmt.Sprintf("pull %d", n), "", 3, 1, 2)
		for range 15 {
			commit(k, ada, day.Add(time.Hour))
		}
		commit(k, cia, day.Add(time.Hour))
		commit(k, private, day.Add(time.Hour))
		keys = append(keys, k)
	}
	clock := ingesttest.At(day.Add(48 * time.Hour))
	s := serve(t, d, simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Token: "any", Repositories: []string{"acme/api"}, Now: clock.Now})
	log := &ingesttest.Log{}
	calls := func() (n int) {
		t.Helper()
		if rep := sync1(t, src, log, ingest.Options{Now: clock.Now}); !rep.Complete() {
			t.Fatal(rep.Err())
		}
		for _, p := range s.asked() {
			if strings.HasSuffix(p, "/commits") {
				n++
			}
		}
		return n
	}
	authors := func(key string) string {
		t.Helper()
		out := "no record"
		for _, r := range log.Raws(t) {
			var c struct{ Authors json.RawMessage }
			if err := json.Unmarshal(r.Content, &c); err != nil {
				t.Fatal(err)
			}
			if r.Key == key {
				out = string(c.Authors)
			}
		}
		return out
	}
	check := func(what string, got, most int, key, want string) {
		t.Helper()
		if a := authors(key); got != most || a != want {
			t.Errorf("%s: %d lists of commits were read, want %d; the authors are %s, want %s", what, got, most, a, want)
		}
	}
	const hers = `{"email":"ada@home.example","id":21,"login":"ada"}`
	check("a first reading", calls(), 0, keys[3], "["+hers+"]")

	later := day.Add(50 * time.Hour)
	clock.Pass(3 * time.Hour)
	commit(keys[0], bea, later)
	check("a new address", calls(), 1, keys[0], `[`+hers+`,{"email":"bea@home.example","id":22,"login":"bea"}]`)

	clock.Pass(time.Hour)
	commit(keys[1], bea, later.Add(time.Hour))
	check("one that is known by now", calls(), 0, keys[1], `[`+hers+`,{"email":"bea@home.example","id":22,"login":"bea"}]`)

	clock.Pass(25 * time.Hour)
	cia.Login, cia.ID = "cia", 23
	commit(keys[2], cia, later.Add(26*time.Hour))
	check("after a day", calls(), 1, keys[2], `[`+hers+`,{"email":"cia@home.example","id":23,"login":"cia"}]`)

	// A list that is not there for a while: the pull request is read again, and nobody's address is lost by it.
	s.mu.Lock()
	well := s.h
	s.h = broken(simulate.NewGitHub(d, simulate.Options{}), "/repos/acme/api/pulls/4/commits")
	s.mu.Unlock()
	clock.Pass(25 * time.Hour)
	must(t, d.Update(keys[3], ana, later.Add(52*time.Hour), simulate.Rename("another")))
	if rep := sync1(t, src, log, ingest.Options{Now: clock.Now}); rep.Total().Failed != 1 || rep.Total().Written != 0 {
		t.Errorf("with no list of commits: %+v", rep.Total())
	}
	s.asked()
	s.mu.Lock()
	s.h = well
	s.mu.Unlock()
	clock.Pass(time.Hour)
	check("when the list is there again", calls(), 1, keys[3], `[`+hers+`,{"email":"cia@home.example","id":23,"login":"cia"}]`)

	// A list that misses an address, as after 250 commits: it is read once a day for that, and another pull request's tells it.
	s.mu.Lock()
	s.h = without(well, "/repos/acme/api/pulls/5/commits")
	s.mu.Unlock()
	clock.Pass(25 * time.Hour)
	must(t, d.Update(keys[4], ana, later.Add(79*time.Hour), simulate.Rename("another")))
	check("a list that misses them", calls(), 1, keys[4], "")
	clock.Pass(time.Hour)
	must(t, d.Update(keys[4], ana, later.Add(80*time.Hour), simulate.Rename("yet another")))
	check("it again", calls(), 0, keys[4], "")
	must(t, d.Update(keys[5], ana, later.Add(80*time.Hour), simulate.Rename("another")))
	check("another's list", calls(), 1, keys[5], `[`+hers+`,{"email":"cia@home.example","id":23,"login":"cia"}]`)
}

// TestNoCommits: a credential that may not read commits is told the sizes of pull requests by GraphQL all the same, and the
// log says once what it lacks.
func TestNoCommits(t *testing.T) {
	ada := &simulate.User{Name: "Ada", Email: "ada@home.example", Login: "ada", ID: 21}
	d := simulate.Empty()
	for n := range 12 {
		k := d.AddPull([]string{"acme/api", "acme/web"}[n%2], ana, day, fmt.Sprintf("pull %d", n), "", 3, 1, 2)
		must(t, d.Update(k, ada, day.Add(time.Hour), simulate.Commit("word")))
	}
	var said bytes.Buffer
	s := serve(t, d, simulate.Options{NoCommits: true})
	src := source(t, github.Options{BaseURL: s.URL, Token: "any", Repositories: []string{"acme/api", "acme/web"}, Gate: ingest.NewGate(ingest.GateOptions{Concurrent: 1, Logger: slog.New(slog.NewTextHandler(&said, nil))})})
	log := &ingesttest.Log{}
	if rep := sync1(t, src, log, ingest.Options{}); !rep.Complete() {
		t.Fatal(rep.Err())
	}
	single := regexp.MustCompile(`/pulls/\d+$`)
	for _, p := range s.asked() {
		if single.MatchString(p) {
			t.Errorf("%s was read by itself", p)
		}
	}
	whole := map[string]bool{}
	for _, r := range log.Raws(t) {
		if c := string(r.Content); strings.Contains(c, `"login":"ada"`) && strings.Contains(c, `"additions":3`) {
			whole[r.Key] = true
		}
	}
	if len(whole) != 12 {
		t.Errorf("%d of 12 pull requests have their size and authors", len(whole))
	}
	if n := strings.Count(said.String(), "read access to Contents"); n != 1 {
		t.Errorf("the log says %d times what is missing: %s", n, said.String())
	}
}

// without answers one path with an empty list.
func without(h http.Handler, path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`[]`))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// TestQuestionsThatAskTooMuch: where GitHub cannot answer about a hundred pull requests in its time it is asked about fewer.
func TestQuestionsThatAskTooMuch(t *testing.T) {
	var items []item
	for n := 1; n <= 60; n++ {
		items = append(items, item{number: n, pull: true})
	}
	d := dataset(t, items...)
	for name, f := range map[string]simulate.Fault{
		"502":   {Status: http.StatusBadGateway},
		"words": {Status: http.StatusOK, Header: header("Content-Type", "application/json"), Body: `{"data": null, "errors": [{"message": "Something went wrong while executing your query. This may be the result of a timeout"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []int
			s := serve(t, d, simulate.Options{})
			inner := s.h
			s.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				first, ok := firstOf(t, r)
				if ok && !slices.Contains(asked, first) {
					asked = append(asked, first)
				}
				if ok && first > 50 {
					for k, v := range f.Header {
						w.Header()[k] = v
					}
					w.WriteHeader(f.Status)
					_, _ = w.Write([]byte(f.Body))
					return
				}
				inner.ServeHTTP(w, r)
			})
			src := source(t, github.Options{BaseURL: s.URL, Token: "any", Repositories: []string{"acme/api"}, Gate: ingest.NewGate(ingest.GateOptions{Concurrent: 1})})
			if rep := sync1(t, src, &ingesttest.Log{}, ingest.Options{}); !rep.Complete() {
				t.Fatal(rep.Err())
			}
			single := 0
			for _, p := range s.asked() {
				if strings.Contains(p, "/pulls/") && !strings.HasSuffix(p, "/comments") {
					single++
				}
			}
			if single > 0 || !slices.Equal(asked, []int{100, 50}) {
				t.Errorf("%d pull requests were read one by one; pages of %v", single, asked)
			}
		})
	}
}

// firstOf returns how many nodes a question of GraphQL asks for.
func firstOf(t *testing.T, r *http.Request) (int, bool) {
	t.Helper()
	if !strings.HasSuffix(r.URL.Path, "/graphql") {
		return 0, false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var q struct{ Variables struct{ First int } }
	return q.Variables.First, json.Unmarshal(body, &q) == nil && q.Variables.First > 0
}
