package github_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

var ana = &simulate.User{Name: "Ana", Login: "ana", ID: 11}

// census is a repository of eight items, another of two and a third that is not read, and what is known of them.
type census struct {
	t     *testing.T
	d     *simulate.Dataset
	s     *server
	clock *ingesttest.Clock
	log   *ingesttest.Log
	src   ingest.Source
}

func newCensus(t *testing.T, repositories ...string) *census {
	t.Helper()
	d := simulate.Empty()
	for n := range 6 {
		d.AddIssue("acme/api", ana, day.Add(time.Duration(n)*time.Minute), "issue", "")
	}
	for range 2 {
		d.AddPull("acme/api", ana, day, "pull", "", 1, 1, 1)
		d.AddIssue("acme/web", ana, day, "page", "")
	}
	d.AddIssue("acme/private", ana, day, "secret", "")
	c := &census{t: t, d: d, s: serve(t, d, simulate.Options{PageCap: 3}), clock: ingesttest.At(day.Add(240 * time.Hour)), log: &ingesttest.Log{}}
	c.src = source(t, github.Options{BaseURL: c.s.URL, Repositories: repositories, Exclude: []string{"acme/private"}})
	c.sync(0)
	c.sync(20 * time.Minute)
	if n := len(c.log.Last(t)); n != 10 {
		t.Fatalf("%d of ten items", n)
	}
	return c
}

// sync lets time pass and makes a run of a process that knows what the log knows.
func (c *census) sync(after time.Duration) ingest.Report {
	c.t.Helper()
	c.clock.Pass(after)
	rep, err := ingest.Once(c.t.Context(), c.src, c.log.State(c.t), c.log, ingest.Options{Now: c.clock.Now})
	if err != nil {
		c.t.Fatal(err)
	}
	return rep
}

// want compares what the log says is gone, once and after another census.
func (c *census) want(removed map[string]string) {
	c.t.Helper()
	if got := c.log.Removed(c.t); !maps.Equal(got, removed) {
		c.t.Fatalf("gone: %v, want %v", got, removed)
	}
	n := len(c.log.Raws(c.t))
	c.sync(25 * time.Hour)
	c.sync(200 * time.Hour)
	if more := c.log.Raws(c.t)[n:]; len(more) > 0 {
		c.t.Errorf("the next census says %d things again, the first of %s: %q", len(more), more[0].Key, more[0].Removed)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const later = 25 * time.Hour

func TestRemovals(t *testing.T) {
	api := []string{"acme/api", "acme/web"}
	t.Run("deleted", func(t *testing.T) {
		c := newCensus(t, api...)
		must(t, c.d.Delete("acme/api#1"))
		must(t, c.d.Delete("acme/api#7"))
		c.sync(time.Hour) // no census yet
		if got := c.log.Removed(t); len(got) > 0 {
			t.Errorf("gone before the census: %v", got)
		}
		c.s.asked()
		if rep := c.sync(later); rep.Total().Removed != 2 || !rep.Complete() {
			t.Errorf("%+v, %v", rep.Total(), rep.Err())
		}
		if n := len(c.s.asked()); n > 22 { // two lists, two counts of two calls, the names of labels and milestones, the ids of six items in pages of three and of the other two, two items
			t.Errorf("a census of two repositories took %d calls", n)
		}
		c.want(map[string]string{"acme/api#1": "deleted", "acme/api#7": "deleted"})
	})
	t.Run("transferred", func(t *testing.T) {
		c := newCensus(t, api...)
		to, err := c.d.Transfer("acme/api#2", "acme/web", ana, day.Add(300*time.Hour))
		must(t, err)
		_, err = c.d.Transfer("acme/api#3", "acme/other", ana, day.Add(300*time.Hour))
		must(t, err)
		c.sync(later)
		found := false
		for _, r := range c.log.Raws(t) {
			found = found || r.Key == to && r.Removed == ""
			if r.Key == "acme/api#2" && r.Removed != "" && !strings.Contains(string(r.Content), "acme/web/issues/3") {
				t.Errorf("transferred, and the record does not say where to: %s", r.Content)
			}
		}
		if !found {
			t.Errorf("%s is not there", to)
		}
		c.want(map[string]string{"acme/api#2": "transferred", "acme/api#3": "transferred"})
	})
	t.Run("out of sight, and back", func(t *testing.T) {
		c := newCensus(t, api...)
		must(t, c.d.Hide("acme/api#4"))
		must(t, c.d.Hide("acme/api#8"))
		c.sync(later)
		c.want(map[string]string{"acme/api#4": "access_lost", "acme/api#8": "access_lost"})
		must(t, c.d.Show("acme/api#4"))
		must(t, c.d.Show("acme/api#8"))
		c.sync(later)
		c.want(map[string]string{"acme/api#4": "returned", "acme/api#8": "returned"})
		raws := c.log.Raws(t)
		if r := raws[len(raws)-1]; len(r.Content) == 0 {
			t.Error("an item returned without its content")
		}
	})
	t.Run("one gone as another comes", func(t *testing.T) { // as many as before
		c := newCensus(t, api...)
		must(t, c.d.Hide("acme/api#4"))
		c.sync(later)
		must(t, c.d.Show("acme/api#4"))
		must(t, c.d.Delete("acme/api#5"))
		c.sync(later)
		c.sync(8 * 24 * time.Hour)
		c.want(map[string]string{"acme/api#4": "returned", "acme/api#5": "deleted"})
	})
	t.Run("a page is passed over", func(t *testing.T) {
		c := newCensus(t, api...)
		must(t, c.d.Delete("acme/api#1"))
		c.src = forgetful{c.src.(*github.Source)}
		c.sync(later)
		c.want(map[string]string{"acme/api#1": "deleted"})
	})
	t.Run("half", func(t *testing.T) {
		c := newCensus(t, api...)
		want := map[string]string{}
		for _, k := range []string{"acme/api#1", "acme/api#2", "acme/api#3", "acme/api#4"} {
			must(t, c.d.Delete(k))
			want[k] = "deleted"
		}
		c.sync(later)
		c.want(want)
	})
	t.Run("more than half", func(t *testing.T) {
		c := newCensus(t, api...)
		want := map[string]string{}
		for _, k := range []string{"acme/api#1", "acme/api#2", "acme/api#3", "acme/api#4", "acme/api#8"} {
			must(t, c.d.Delete(k))
			want[k] = "unobserved"
		}
		rep := c.sync(later)
		if w := rep.Projects[0].Warnings; len(w) != 1 || !strings.Contains(w[0], "5 of 8 items were no longer listed at once") {
			t.Errorf("the warning is %q", w)
		}
		c.want(want)
	})
	for name, patterns := range map[string][]string{"repository out of sight": api, "discovered repository out of sight": {"acme/*"}} {
		t.Run(name, func(t *testing.T) {
			c := newCensus(t, patterns...)
			must(t, c.d.Hide("acme/api"))
			c.sync(time.Hour)
			if got := c.log.Removed(t); len(got) > 0 {
				t.Errorf("after an hour these count as gone: %v", got)
			}
			rep := c.sync(later)
			warned := 0
			for _, p := range rep.Projects {
				warned += len(p.Warnings)
			}
			want := map[string]string{}
			for _, k := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
				want["acme/api#"+k] = "unobserved"
			}
			if warned != 1 {
				t.Errorf("%d warnings", warned)
			}
			c.want(want)
			must(t, c.d.Show("acme/api"))
			c.sync(2 * time.Hour)
			for k := range want {
				want[k] = "returned"
			}
			c.want(want)
		})
	}
	t.Run("no longer in the configuration", func(t *testing.T) {
		c := newCensus(t, api...)
		c.src = source(t, github.Options{BaseURL: c.s.URL, Repositories: []string{"acme/web"}})
		c.sync(later)
		c.want(map[string]string{})
	})
}

// forgetful is a source whose census passes over an item, as lists by page number do when something is deleted.
type forgetful struct{ *github.Source }

func (f forgetful) Enumerate(ctx context.Context, p ingest.Project) ([]ingest.Entry, error) {
	all, err := f.Source.Enumerate(ctx, p)
	return all[1:], err
}
