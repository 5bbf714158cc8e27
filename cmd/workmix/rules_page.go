package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/web"
	"github.com/workmix/workmix/processors/classify"
)

// mostRules is the size of the largest file of rules that is tried, in bytes. Larger ones are for workmix rules and replay.
const mostRules = 32 << 10

// ruleBook is what the page of the rules judges by.
type ruleBook struct {
	s    *session
	mu   sync.Mutex
	last *ruling // compiled last
}

func (b *ruleBook) port() *web.Rules {
	return &web.Rules{Active: b.active, Try: b.try, Promote: b.promote}
}

// now is the ruleset whose verdicts count, or the configured one where none does yet.
func (b *ruleBook) now(ctx context.Context) (*ruling, error) {
	all, err := b.s.decisionsNow(ctx)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	id, bodies := promoted(all)
	if b.last != nil && b.last.id == id {
		return b.last, nil
	}
	var c *classify.Classifier
	if id == "" {
		c, err = classify.New(b.s.cfg.Rules)
	} else if c, err = classify.FromBody(bodies[id]); err != nil {
		err = fmt.Errorf("the rules whose verdicts count cannot be read by this program: %w", err)
	}
	if err != nil {
		return nil, err
	}
	b.last, err = rulingOf(c)
	return b.last, err
}

func (b *ruleBook) active(ctx context.Context) (*web.Ruleset, error) {
	r, err := b.now(ctx)
	if err != nil {
		return nil, err
	}
	out := &web.Ruleset{ID: r.id, Layers: []web.RuleLayer{}, Rules: []web.Rule{}}
	for _, l := range r.c.Layers() {
		out.Layers = append(out.Layers, web.RuleLayer{Name: l.Name, Rules: l.Rules, Replaced: l.Replaced, Silenced: l.Silenced, Words: l.Words})
	}
	for _, x := range r.c.Rules() {
		text, err := x.Written()
		if err != nil {
			return nil, err
		}
		out.Rules = append(out.Rules, web.Rule{Name: x.Name, Because: x.Because, Forced: x.Forced, Long: x.Long, Text: text})
	}
	return out, nil
}

func (b *ruleBook) try(ctx context.Context, rules, item string) (*web.Trial, error) {
	if err := config.CheckSent("change.yaml", rules, mostRules); err != nil {
		return nil, &web.BadQuestion{Err: err}
	}
	r, err := b.now(ctx)
	if err != nil {
		return nil, err
	}
	var o classify.Offline
	if err := json.Unmarshal([]byte(item), &o); err != nil {
		return nil, &web.BadQuestion{Err: fmt.Errorf("the item is not JSON as workmix classify reads it, such as {\"title\": \"…\"}: %w", err)}
	}
	changed, err := r.c.With("change.yaml", rules)
	if err != nil {
		return nil, &web.BadQuestion{Err: err}
	}
	var out web.Trial
	for to, c := range map[*web.Judged]*classify.Classifier{&out.Before: r.c, &out.After: changed} {
		v, err := c.Judge(o.Item())
		if err != nil {
			return nil, &web.BadQuestion{Err: err}
		}
		*to = web.Judged{
			Quadrant: v.Quadrant, Forced: v.Forced, Long: v.Long, Confidence: v.Confidence, Category: v.Category, Property: v.Property,
			ForcedReason: v.ForcedReason, Evidence: v.Evidence,
		}
	}
	return &out, nil
}

func (b *ruleBook) promote(ctx context.Context, by, ruleset, reason string) error {
	id, err := b.s.rulesetID(ctx, ruleset)
	if errors.As(err, new(*usageError)) {
		return &web.BadQuestion{Err: err}
	}
	if err != nil {
		return err
	}
	left, err := b.s.waiting(ctx, classifyGroup(id), event.TopicItems)
	if err == nil && left > 0 {
		return &web.BadQuestion{Err: notJudged(ruleset, left)}
	}
	if err == nil { // its verdicts are in the tables before they count
		left, err = b.s.waiting(ctx, "workmix-sink", event.TopicClassified)
	}
	if err == nil && left > 0 {
		return &web.BadQuestion{Err: fmt.Errorf("promote %s: %d verdicts are on the way into the tables: try again in a moment", ruleset, left)}
	}
	if err != nil {
		return fmt.Errorf("promote %s: %w", ruleset, err)
	}
	return b.s.promotion(ctx, by, reason, id)
}

func classifyGroup(ruleset string) string { return "workmix-classify-" + ruleset }

func notJudged(ruleset string, left int64) error {
	return fmt.Errorf("promote %s: it has not judged %d records yet: run workmix replay with its rules first", ruleset, left)
}

// waiting is how many records of a topic a group has still to read.
func (s *session) waiting(ctx context.Context, group, topic string) (int64, error) {
	lags, err := s.log.Lag(ctx, group, topic)
	var left int64
	for _, n := range lags {
		left += n
	}
	return left, err
}
