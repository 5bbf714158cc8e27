package github_test

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/simulate"
	"github.com/workmix/workmix/processors/normalize"
)

var every = flag.Int("every", 5, "of how many recorded items TestLive follows one; 1: all, which takes minutes")

// TestLive reads a real repository as it was in July 2023 and then polls it while everything happens to it that was
// captured hourly in the three years since, shown up to eight minutes late as lists are. Every captured version of
// every item arrives in the log, once and in order, and as a revision; nothing else does. All 3,504 versions:
// go test ./ingest/github -run 'TestLive$' -v -every 1
func TestLive(t *testing.T) {
	step := *every
	if testing.Short() {
		step = 90
	}
	h := simulate.History{Keep: func(number int) bool { return number%step == 0 }}
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test's choices
	h.Late = func() time.Duration { return time.Duration(r.IntN(480)) * time.Second }
	d, versions, err := simulate.LoadHistory(recordedtest.Path(t), h)
	if err != nil {
		t.Fatal(err)
	}
	l := follow(t, d, versions[0].Shown)
	first := l.poll()
	n := 0
	for n < len(versions) && !versions[n].Shown.After(l.now) {
		n++
	}
	t.Logf("%d items at first, in %d calls", n, first.Usage.Requests)
	for polls := 1; n < len(versions); polls++ {
		l.now = versions[n].Shown
		for n < len(versions) && !versions[n].Shown.After(l.now) {
			n++
		}
		l.poll()
		if quiet := 20 * time.Minute; n < len(versions) && versions[n].Shown.Sub(l.now) > quiet {
			l.now = l.now.Add(quiet)
			if c := l.poll().Total(); c.Written > 0 || c.Removed > 0 {
				t.Fatalf("nothing happened, and a poll wrote %+v", c)
			}
		}
		if polls%500 == 0 {
			l.restart()
		}
	}
	l.now = l.now.Add(48 * time.Hour) // and a census
	if c := l.poll().Total(); c.Written > 0 || c.Removed > 0 {
		t.Errorf("the last poll wrote %+v", c)
	}
	l.check(versions)
}

// live is a repository that is followed through the embedded log.
type live struct {
	t   *testing.T
	log *eventlog.Log
	w   *eventlog.Writer
	src ingest.Source
	st  *ingest.State
	now time.Time
	url string
}

func follow(t *testing.T, d *simulate.Dataset, now time.Time) *live {
	t.Helper()
	l := &live{t: t, st: ingest.NewState(), now: now}
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	l.log, err = eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.log.Close)
	if err := l.log.EnsureTopics(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	l.w = l.log.Writer()
	t.Cleanup(func() { _ = l.w.Close() })
	l.url = serve(t, d, simulate.Options{Clock: l.clock}).URL
	l.src = source(t, github.Options{BaseURL: l.url, Token: "any", Repositories: d.Repositories(), Now: l.clock})
	return l
}

func (l *live) clock() time.Time { return l.now } // it moves between two polls

func (l *live) poll() ingest.Report {
	l.t.Helper()
	rep, err := ingest.Once(l.t.Context(), l.src, l.st, l.w, ingest.Options{Now: l.clock})
	if err != nil || !rep.Complete() {
		l.t.Fatal(l.now, err, rep.Err())
	}
	return rep
}

// restart goes on with what a new process knows.
func (l *live) restart() {
	l.t.Helper()
	l.st = ingest.NewState()
	read(l, event.TopicIngest, func(p *event.Progress) { l.st.Apply(p) })
}

// read reads a topic whole.
func read[T event.Payload](l *live, topic string, do func(T)) {
	l.t.Helper()
	err := l.log.ReadAll(l.t.Context(), topic, func(m event.Message) error {
		p, err := event.Decode(&m)
		if v, ok := p.(T); ok {
			do(v)
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// toldState is what an object tells that people look at.
type toldState struct {
	Title     string    `json:"title"`
	State     string    `json:"state"`
	UpdatedAt time.Time `json:"updated_at"`
	Labels    []struct {
		Name string `json:"name"`
	} `json:"labels"`
}

func (s *toldState) labels() []string {
	out := []string{}
	for _, l := range s.Labels {
		out = append(out, l.Name)
	}
	slices.Sort(out)
	return out
}

// check compares the log's records with the versions.
func (l *live) check(versions []simulate.Version) {
	want := map[string][]toldState{}
	for _, v := range versions {
		b, err := json.Marshal(v.Object)
		if err != nil {
			l.t.Fatal(err)
		}
		var s toldState
		if err := json.Unmarshal(b, &s); err != nil {
			l.t.Fatal(err)
		}
		if of := want[v.Key]; v.Shown.Equal(versions[0].Shown) && len(of) > 0 {
			of[0] = s // only the last one is there to be seen
		} else {
			want[v.Key] = append(of, s)
		}
	}
	norm := normalize.New(normalize.Config{})
	got := map[string]int{}
	last := map[string]string{}
	seen := map[string]bool{}
	read(l, event.TopicRaw, func(r *event.Raw) {
		last[r.ItemID] = r.Digest
		var c struct {
			Partial     bool
			Issue, Pull *toldState
		}
		if err := json.Unmarshal(r.Content, &c); err != nil {
			l.t.Fatal(err)
		}
		if c.Partial && got[r.Key] == 0 {
			return // as listed; the whole follows
		}
		o := c.Issue
		if c.Pull != nil {
			o = c.Pull
		}
		n := got[r.Key]
		got[r.Key]++
		if n >= len(want[r.Key]) || r.Removed != "" {
			l.t.Errorf("%s: record %d is of %v, %q; there are %d versions", r.Key, n+1, o.UpdatedAt, r.Removed, len(want[r.Key]))
			return
		}
		w := want[r.Key][n]
		if !o.UpdatedAt.Equal(w.UpdatedAt) || o.Title != w.Title || o.State != w.State || !slices.Equal(o.labels(), w.labels()) {
			l.t.Errorf("%s: record %d is %+v, the version is %+v", r.Key, n+1, o, w)
		}
		out, err := norm.Handle(message(l.t, r))
		if err != nil {
			l.t.Fatal(err)
		}
		var newest *event.Revision
		for _, p := range out {
			v, ok := p.(*event.Revision)
			if !ok {
				continue
			}
			if id := v.ItemID + v.Change + v.Observation; seen[id] {
				l.t.Errorf("%s: revision %s is told twice by one record", r.Key, v.Change)
			} else {
				seen[id] = true
			}
			if newest == nil || v.Seq > newest.Seq {
				newest = v
			}
		}
		labels := slices.Sorted(slices.Values(newest.Item.Labels))
		if newest.Item.Title != w.Title || newest.Item.Status != w.State || !slices.Equal(labels, w.labels()) {
			l.t.Errorf("%s: after record %d the revision is %q %s %q, the version is %+v", r.Key, n+1, newest.Item.Title, newest.Item.Status, labels, w)
		}
	})
	total := 0
	for k, w := range want {
		total += len(w)
		if got[k] != len(w) {
			l.t.Errorf("%s: %d of %d versions are in the log", k, got[k], len(w))
		}
	}
	l.t.Logf("%d versions of %d items", total, len(want))
	fresh := &ingesttest.Log{}
	rep := sync1(l.t, source(l.t, github.Options{BaseURL: l.url, Repositories: []string{"bitcoin-core/gui"}}), fresh, ingest.Options{Now: l.clock})
	if !rep.Complete() || !maps.Equal(last, fresh.Last(l.t)) {
		l.t.Error("read from nothing the repository ends otherwise")
	}
}
