package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os/user"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors/classify"
)

// decisionsNow reads the newest decision of each kind and id from the log.
func (s *session) decisionsNow(ctx context.Context) ([]event.Decision, error) {
	index := map[string]int{}
	var out []event.Decision
	err := s.log.ReadAll(ctx, event.TopicDecisions, func(m event.Message) error {
		p, err := event.Decode(&m)
		if err != nil {
			return nil // the sink makes it a dead letter
		}
		d, ok := p.(*event.Decision)
		if !ok {
			return nil
		}
		key := d.Kind + "/" + d.ID
		i, ok := index[key]
		if !ok {
			index[key] = len(out)
			out = append(out, *d)
		} else if !d.RecordedAt.Before(out[i].RecordedAt) {
			out[i] = *d
		}
		return nil
	})
	return out, err
}

// publish stamps decisions with their author and time, and writes them to the log.
func (s *session) publish(ctx context.Context, author, reason string, all ...event.Decision) error {
	return s.publishAt(ctx, time.Now(), author, reason, all...)
}

// publishAt does so as if it were another time.
func (s *session) publishAt(ctx context.Context, now time.Time, author, reason string, all ...event.Decision) error {
	w := s.log.Writer()
	defer w.Close()
	now = now.UTC().Truncate(time.Millisecond)
	var out []event.Payload
	for _, d := range all {
		d.Author, d.RecordedAt = author, now
		if d.Reason == "" {
			d.Reason = reason
		}
		if d.ValidFrom.IsZero() {
			d.ValidFrom = now
		}
		out = append(out, &d)
	}
	return w.WriteEvents(ctx, out...)
}

// author is who runs this program.
func author() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// ruling is a ruleset that the classifier can judge by.
type ruling struct {
	id   string
	body json.RawMessage
	c    *classify.Classifier
}

func rulingOf(c *classify.Classifier) (*ruling, error) {
	id, body, err := c.Ruleset()
	return &ruling{id, body, c}, err
}

// promoted is the ruleset whose verdicts count, and every published ruleset's text.
func promoted(all []event.Decision) (id string, bodies map[string]json.RawMessage) {
	bodies = map[string]json.RawMessage{}
	for _, d := range all {
		if d.Retracted {
			continue
		}
		switch d.Kind {
		case "ruleset":
			bodies[d.ID] = d.Body
		case "promotion":
			var v struct {
				Ruleset string `json:"ruleset"`
			}
			if json.Unmarshal(d.Body, &v) == nil {
				id = v.Ruleset
			}
		}
	}
	return id, bodies
}

// choose finds out by which rules to judge: by those whose verdicts count, whatever rules this program or its
// configuration brings. Those are published, so that they can be replayed, compared and promoted. Where no ruleset was
// promoted yet, the configured one is.
func (p *pipeline) choose(ctx context.Context) error {
	brought, id, published, err := p.find(ctx)
	if err != nil {
		return err
	}
	if !published {
		if err := p.s.publish(ctx, "configuration", "first use", event.Decision{Kind: "ruleset", ID: brought.id, Body: brought.body}); err != nil {
			return err
		}
	}
	switch live := p.live.Load().id; {
	case p.fixed || id == "" || id == brought.id:
	case live == id:
		slog.Warn("the configured rules are a candidate: workmix replay judges everything by them, workmix rulesets diff shows what moves", "candidate", brought.id, "ruleset", id)
	default:
		slog.Warn("this program cannot judge by the rules whose verdicts count: nothing new is judged by them; run workmix replay and workmix rulesets promote", "ruleset", id)
	}
	return nil
}

// find is choose without a trace in the log. It returns the ruleset that the program brings, the one whose verdicts
// count, and whether the former is published.
func (p *pipeline) find(ctx context.Context) (brought *ruling, id string, published bool, err error) {
	brought = p.configured
	if p.fixed {
		brought = p.live.Load()
	}
	all, err := p.s.decisionsNow(ctx)
	if err != nil {
		return brought, "", false, err
	}
	id, bodies := promoted(all)
	live := brought
	if !p.fixed && id != "" && id != brought.id {
		if c, err := classify.FromBody(bodies[id]); err == nil {
			if live, err = rulingOf(c); err != nil {
				return brought, id, false, err
			}
		}
	}
	p.live.Store(live)
	return brought, id, bodies[brought.id] != nil, nil
}

func (p *pipeline) chooseOnce(ctx context.Context) error {
	if p.chosen.Load() {
		return nil
	}
	err := patiently(ctx, "find out by which rules to judge", p.choose)
	p.chosen.Store(err == nil)
	return err
}

// lookAgain is how often a running classifier asks whether another ruleset was promoted.
const lookAgain = 10 * time.Second

// classify judges by the ruleset that counts until ctx ends, and goes over to another one once that is promoted.
func (p *pipeline) classify(ctx context.Context) error {
	for {
		stage, stop := context.WithCancel(ctx)
		at := p.live.Load().id
		seen := at
		go func() {
			for {
				select {
				case <-stage.Done():
					return
				case <-time.After(lookAgain):
				}
				all, err := p.s.decisionsNow(stage)
				if err != nil {
					continue
				}
				if id, _ := promoted(all); id != "" && id != at && id != seen {
					if p.choose(stage) != nil {
						continue
					}
					seen = id // one that this program cannot judge by is told of once
					if p.live.Load().id != at {
						slog.Info("another ruleset was promoted", "ruleset", p.live.Load().id)
						stop()
						return
					}
				}
			}
		}()
		err := p.member(stage, "classify")
		stop()
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// promote makes the configured ruleset the one whose verdicts count, once it has judged every item and if there was none
// before: another one needs somebody's word.
func (p *pipeline) promote(ctx context.Context) error {
	if p.fixed {
		return nil
	}
	all, err := p.s.decisionsNow(ctx)
	if err != nil {
		return err
	}
	if id, _ := promoted(all); id != "" {
		return nil
	}
	return p.s.promotion(ctx, "configuration", "it has judged every item", p.live.Load().id)
}

func (s *session) promotion(ctx context.Context, who, why, id string) error {
	body, err := json.Marshal(map[string]string{"ruleset": id})
	if err != nil {
		return err
	}
	return s.publish(ctx, who, why, event.Decision{Kind: "promotion", ID: "active", Body: body})
}
