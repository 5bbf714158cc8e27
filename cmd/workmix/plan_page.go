package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/web"
)

// applyText publishes what a text of decisions changes, as workmix apply does of files, in somebody's name.
func (s *session) applyText(ctx context.Context, text, why string, dry bool, by *web.User) (*web.Applied, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &web.BadQuestion{Err: errors.New("there is no decision in it: fill in a form, or write what workmix apply reads")}
	}
	current, err := s.decisionsNow(ctx)
	if err != nil {
		return nil, err
	}
	out, publish, err := textChanges(text, s.cfg.Calendar, current, by)
	if err != nil || dry || len(publish) == 0 {
		return out, err
	}
	return out, s.publish(ctx, by.Name, why, publish...)
}

// textChanges is what a text of decisions changes in those that are current, and what is to be published for it, if somebody
// may decide all of it.
func textChanges(text string, calendar config.Calendar, current []event.Decision, by *web.User) (*web.Applied, []event.Decision, error) {
	wanted, warnings, err := decisions.ReadText("decisions", text, calendar, current)
	if err != nil {
		return nil, nil, &web.BadQuestion{Err: err}
	}
	changes, err := decisions.Diff(current, wanted, false)
	if err != nil {
		return nil, nil, &web.BadQuestion{Err: err}
	}
	out := &web.Applied{Changes: []web.AppliedChange{}, Warnings: append([]string{}, warnings...)}
	var publish []event.Decision
	for _, c := range changes {
		if c.Verb == "keep" {
			continue
		}
		if err := mayDecide(&c, by); err != nil {
			return nil, nil, err
		}
		out.Changes = append(out.Changes, web.AppliedChange{Verb: c.Verb, Kind: c.Decision.Kind, ID: c.Decision.ID, Fields: append([]string{}, c.Fields()...)})
		publish = append(publish, c.Decision)
	}
	out.Warnings = append(out.Warnings, decisions.Late(changes, time.Now())...)
	return out, publish, nil
}

// mayDecide refuses who may not make a change. Plans, asks and initiatives are the matter of the team that has them, as it was
// and as it becomes; of those that no team has, of editors of all teams. Who there is and who belongs where decides what everybody
// else may and what is counted to whom, so it is for administrators.
func mayDecide(c *decisions.Change, by *web.User) error {
	switch c.Decision.Kind {
	case "plan", "ask", "initiative":
	default:
		if !by.May(web.Admin) {
			return &web.NotAllowed{Err: fmt.Errorf("%s %s needs the role admin, as groups, teams, people, memberships and absences do: ask an administrator to publish it", c.Decision.Kind, c.Decision.ID)}
		}
		return nil
	}
	for _, body := range []json.RawMessage{c.Before, c.Decision.Body} {
		if body == nil {
			continue
		}
		var b struct{ Team, Owner string }
		if err := json.Unmarshal(body, &b); err != nil {
			return fmt.Errorf("%s %s in the log cannot be read: %w", c.Decision.Kind, c.Decision.ID, err)
		}
		team := b.Team
		if c.Decision.Kind == "initiative" {
			team = b.Owner
		}
		if err := notTheirs(team, by.Edits); err != nil {
			return err
		}
	}
	return nil
}
