package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/processors"
	"github.com/workmix/workmix/processors/classify"
	"github.com/workmix/workmix/processors/normalize"
	"github.com/workmix/workmix/processors/sink"
)

// stages are the processors' names in the order of the data's way.
var stages = []string{"normalize", "classify", "sink"}

// pipeline runs processors over the log.
type pipeline struct {
	s          *session
	normalizer *normalize.Normalizer
	configured *ruling                // the rules of the configuration, else the built-in ones
	live       atomic.Pointer[ruling] // those that the stage judges by, see choose
	fixed      bool                   // live is not to be chosen: a replay
	chosen     atomic.Bool
	sink       *sink.Sink
	stats      map[string]*processors.Stats
	only       []string
}

// pipeline prepares the named stages. It writes nothing yet.
func (s *session) pipeline(only ...string) (*pipeline, error) {
	c, err := classify.New(s.cfg.Rules)
	if err != nil {
		return nil, &usageError{err}
	}
	p := &pipeline{
		s: s, only: only, sink: sink.New(s.db, s.names()), stats: map[string]*processors.Stats{},
		normalizer: normalize.New(normalize.Config{
			IncidentLabels: s.cfg.Incidents.Labels, IncidentTypes: s.cfg.Incidents.Types, InProgress: s.cfg.States.InProgress, Dropped: s.cfg.States.Dropped, LabelFields: labelFields(s.cfg.Sources),
		}),
	}
	for _, name := range only {
		p.stats[name] = &processors.Stats{}
	}
	if p.configured, err = rulingOf(c); err != nil {
		return nil, err
	}
	p.live.Store(p.configured)
	return p, nil
}

func (p *pipeline) has(stage string) bool { return p.stats[stage] != nil }

// groups returns each stage's consumer group and topics. The classifier's group bears the ruleset, so that a new one
// reads every item from the beginning.
func (p *pipeline) group(stage string) (name string, topics []string) {
	switch stage {
	case "normalize":
		return "workmix-normalize", []string{event.TopicRaw}
	case "classify":
		return "workmix-classify-" + p.live.Load().id, []string{event.TopicItems}
	}
	return sink.Group, sink.Topics()
}

// run finds out by which rules to judge, and processes until ctx ends.
func (p *pipeline) run(ctx context.Context) error {
	if p.has("classify") {
		if err := p.chooseOnce(ctx); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, stage := range p.only {
		g.Go(func() error {
			if stage == "classify" && !p.fixed {
				return p.classify(ctx)
			}
			return p.member(ctx, stage)
		})
	}
	return g.Wait()
}

// member runs a stage as one member of its consumer group.
func (p *pipeline) member(ctx context.Context, stage string) error {
	group, topics := p.group(stage)
	in, out := p.s.log.Consume(group, topics...), p.s.log.Writer()
	defer out.Close()
	defer in.Close()
	return p.runStage(ctx, stage, in, out)
}

func (p *pipeline) runStage(ctx context.Context, stage string, in *eventlog.Consumer, out *eventlog.Writer) error {
	log := slog.Default()
	st := processors.Stage{Name: stage, In: in, Out: out, Workers: runtime.GOMAXPROCS(0), Log: log, Stats: p.stats[stage]}
	switch stage {
	case "normalize":
		st.Handle = p.normalizer.Handle
	case "classify":
		st.Handle = p.live.Load().c.Handle
	default:
		return processors.RunBatches(ctx, p.sink.Stage(in, out, log, p.stats[stage]))
	}
	return processors.Run(ctx, st)
}

// lag is how many records the stages have not committed, stage by stage in the data's way.
func (p *pipeline) lag(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, stage := range p.only {
		group, topics := p.group(stage)
		lags, err := p.s.log.Lag(ctx, group, topics...)
		if err != nil {
			return nil, err
		}
		for _, n := range lags {
			out[stage] += n
		}
	}
	return out, nil
}

// untilIdle processes until nothing is left, then promotes the ruleset that judged it all and derives the tables that
// need several records.
func (p *pipeline) untilIdle(ctx context.Context, progress func(left int64)) error {
	if p.has("classify") {
		if err := p.chooseOnce(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		err := p.run(ctx)
		cancel() // the wait below is over if the run failed
		done <- err
	}()
	err := p.wait(ctx, progress)
	if err == nil && p.has("classify") {
		if err = p.promote(ctx); err == nil && p.has("sink") {
			err = p.wait(ctx, progress)
		}
	}
	if err == nil && p.has("sink") {
		err = p.s.derive(ctx)
	}
	cancel()
	if ran := <-done; ran != nil {
		return ran
	}
	return err
}

func (p *pipeline) wait(ctx context.Context, progress func(left int64)) error {
	return processors.WaitIdle(ctx, 100*time.Millisecond, func(ctx context.Context) (int64, error) {
		lags, err := p.lag(ctx)
		if err != nil {
			return 0, fmt.Errorf("how much is left: %w", err)
		}
		var sum int64
		for _, n := range lags {
			sum += n
		}
		if progress != nil {
			progress(sum)
		}
		return sum, nil
	})
}

// labelFields are the fields of each source whose values are labels too.
func labelFields(sources []config.Source) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, s := range sources {
		out[s.Name] = s.LabelFields
	}
	return out
}
