package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/web"
)

// applyText publishes what a text of decisions changes, as workmix apply does of files, in somebody's name.
func (s *session) applyText(ctx context.Context, text, who, why string, dry bool, may func(team string) bool) (*web.Applied, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &web.BadQuestion{Err: errors.New("there is no decision in it: fill in a form, or write what workmix apply reads")}
	}
	current, err := s.decisionsNow(ctx)
	if err != nil {
		return nil, err
	}
	wanted, warnings, err := decisions.ReadText("decisions", text, s.cfg.Calendar, current)
	if err != nil {
		return nil, &web.BadQuestion{Err: err}
	}
	changes, err := decisions.Diff(current, wanted, false)
	if err != nil {
		return nil, &web.BadQuestion{Err: err}
	}
	out := &web.Applied{Changes: []web.AppliedChange{}, Warnings: append([]string{}, warnings...)}
	var publish []event.Decision
	for _, c := range changes {
		if c.Verb == "keep" {
			continue
		}
		for _, team := range decidedTeams(&c) {
			if err := notTheirs(team, may); err != nil {
				return nil, err
			}
		}
		out.Changes = append(out.Changes, web.AppliedChange{Verb: c.Verb, Kind: c.Decision.Kind, ID: c.Decision.ID, Fields: append([]string{}, c.Fields()...)})
		publish = append(publish, c.Decision)
	}
	out.Warnings = append(out.Warnings, decisions.Late(changes, time.Now())...)
	if dry || len(publish) == 0 {
		return out, nil
	}
	return out, s.publish(ctx, who, why, publish...)
}

// decidedTeams are those whose matter a change is: as it was and as it becomes. The empty one is nobody's in particular.
func decidedTeams(c *decisions.Change) []string {
	of := func(body json.RawMessage) string {
		var b struct{ Team, Owner string }
		if json.Unmarshal(body, &b) != nil {
			return ""
		}
		switch c.Decision.Kind {
		case "plan", "ask", "membership":
			return b.Team
		case "initiative":
			return b.Owner
		}
		return ""
	}
	out := []string{of(c.Decision.Body)}
	if c.Before != nil {
		out = append(out, of(c.Before))
	}
	return out
}
