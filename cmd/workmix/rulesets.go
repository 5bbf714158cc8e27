package main

import (
	"context"
	"encoding/json"
	"os/user"
	"time"

	"github.com/workmix/workmix/internal/event"
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
	w := s.log.Writer()
	defer w.Close()
	now := time.Now().UTC().Truncate(time.Millisecond)
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

// publishRuleset puts the whole text of the ruleset into the log before its first use.
func (p *pipeline) publishRuleset(ctx context.Context) error {
	id, body, err := p.classifier.Ruleset()
	if err != nil {
		return err
	}
	all, err := p.s.decisionsNow(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Kind == "ruleset" && d.ID == id {
			return nil
		}
	}
	return p.s.publish(ctx, event.ByConfiguration, "first use", event.Decision{Kind: "ruleset", ID: id, Body: body})
}

// promote makes the configured ruleset the one whose verdicts count, once it has judged every item.
func (p *pipeline) promote(ctx context.Context) error {
	all, err := p.s.decisionsNow(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		var v struct {
			Ruleset string `json:"ruleset"`
		}
		if d.Kind == "promotion" && json.Unmarshal(d.Body, &v) == nil && v.Ruleset == p.ruleset {
			return nil
		}
	}
	body, err := json.Marshal(map[string]string{"ruleset": p.ruleset})
	if err != nil {
		return err
	}
	return p.s.publish(ctx, event.ByConfiguration, "it has judged every item", event.Decision{Kind: "promotion", ID: "active", Body: body})
}
