package github_test

import (
	"testing"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/simulate"
)

// TestThroughABroker syncs into a real log, and again with what a new process reads from it.
func TestThroughABroker(t *testing.T) {
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	log, err := eventlog.Open(t.Context(), eventlog.Options{
		Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := log.EnsureTopics(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	w := log.Writer()
	defer w.Close()
	s := serve(t, dataset(t, small()...), simulate.Options{})
	src := source(t, github.Options{BaseURL: s.URL, Repositories: []string{"acme/api"}})
	for n, want := range []int{14, 0} {
		st := ingest.NewState()
		err := log.ReadAll(t.Context(), event.TopicIngest, func(m event.Message) error {
			p, err := event.Decode(&m)
			if err == nil {
				st.Apply(p.(*event.Progress))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		rep, err := ingest.Once(t.Context(), src, st, w, ingest.Options{})
		if c := rep.Total(); err != nil || !rep.Complete() || c.Written != want || c.Read != want {
			t.Errorf("sync %d: %v, %+v, want %d written", n+1, err, c, want)
		}
	}
	items := map[string]int{}
	err = log.ReadAll(t.Context(), event.TopicRaw, func(m event.Message) error {
		items[string(m.Key)]++
		return nil
	})
	if err != nil || len(items) != 14 {
		t.Errorf("%v: items in the log: %v", err, items)
	}
}
