package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report/retro"
)

func (a *app) newNote() *cobra.Command {
	var w whichRetro
	var action bool
	var owner, due, done string
	cmd := &cobra.Command{
		Use:   "note --quarter Q [--team T] [--action --owner P --due Q] TEXT | note --done ID",
		Short: "Comment on a quarter, or note an action that was agreed on",
		Long: `Comment on a quarter, or note an action that was agreed on: who does it, and by which quarter. Both are decisions. The
retrospective prints them; an action is carried forward until --done says that it is done. The command prints the id.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			text := strings.TrimSpace(strings.Join(args, " "))
			switch {
			case done != "" && (text != "" || action || w.quarter != "" || owner != "" || due != ""):
				return usagef("workmix note --done takes the id of an action and nothing else")
			case done == "" && text == "":
				return usagef("workmix note needs the text of the note: workmix note --quarter 2026-Q3 \"what there is to say\"")
			case !action && (owner != "" || due != ""):
				return usagef("--owner and --due belong to an action: add --action")
			case action && (owner == "" || due == ""):
				return usagef("an action needs --owner, who does it, and --due, the quarter by which it is done")
			}
			say := said{Text: text, Action: action, Owner: owner, Due: due}
			if done == "" {
				o, err := a.options(cmd, w)
				if err != nil {
					return err
				}
				say.Quarter, say.Team = o.Quarter.Name, o.Team
				if action {
					cfg, err := a.load()
					if err != nil {
						return err
					}
					if err := dueIn(cfg.Calendar, say.Quarter, due); err != nil {
						return err
					}
				}
			}
			s, err := a.open(cmd.Context(), cmd, how{process: true})
			if err != nil {
				return err
			}
			defer s.close()
			id, err := s.note(cmd.Context(), author(), say, done)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), id)
			return s.settle(cmd.Context())
		},
	}
	w.flags(cmd)
	cmd.Flags().BoolVar(&action, "action", false, "an action that was agreed on")
	cmd.Flags().StringVar(&owner, "owner", "", "who does it: a team or a person")
	cmd.Flags().StringVar(&due, "due", "", "the quarter by which it is done")
	cmd.Flags().StringVar(&done, "done", "", "id of an action that is done")
	return cmd
}

// settle brings the tables up to date where nobody else runs this stack's processors.
func (s *session) settle(ctx context.Context) error {
	if s.stack.Joined || s.cfg.ClickHouse != nil {
		return nil
	}
	p, err := s.pipeline(stages...)
	if err != nil {
		return err
	}
	return p.untilIdle(ctx, nil)
}

// said is the body of a decision of kind note or action.
type said struct {
	Quarter string `json:"quarter"`
	Team    string `json:"team,omitempty"`
	Text    string `json:"text"`
	Action  bool   `json:"-"`
	Owner   string `json:"owner,omitempty"`
	Due     string `json:"due,omitempty"`
	Done    bool   `json:"done,omitempty"`
}

// dueIn refuses an action of a quarter that is due in what is no quarter, or an earlier one.
func dueIn(c config.Calendar, quarter, due string) error {
	if _, _, err := c.Quarter(due); err != nil {
		return usagef("due: %v", err)
	}
	if due < quarter {
		return usagef("the due quarter %s is before the quarter of the retrospective, %s", due, quarter)
	}
	return nil
}

// note publishes a comment or an action, or that an action is done, in somebody's name, and returns its id. The same said twice is one.
func (s *session) note(ctx context.Context, who string, say said, done string) (string, error) {
	kind, id := "note", done
	if done != "" {
		kind = "action"
		all, err := s.said(ctx)
		if err != nil {
			return "", err
		}
		found := false
		for _, a := range all {
			if a.Action && a.ID == done {
				found = true
				say = said{Quarter: a.Quarter, Team: a.Team, Text: a.Text, Owner: a.Owner, Due: a.Due, Done: true}
			}
		}
		if !found {
			return "", usagef("there is no action %q: the retrospective prints the ids of those there are", done)
		}
	} else {
		if err := wrongUsage(retro.CheckTeam(ctx, s.answers, say.Team)); err != nil {
			return "", err
		}
		if say.Action {
			kind = "action"
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", kind, say.Quarter, say.Team, say.Text))
		id = kind[:1] + hex.EncodeToString(sum[:5])
	}
	body, err := json.Marshal(say)
	if err != nil {
		return "", err
	}
	return id, s.publish(ctx, who, "", event.Decision{Kind: kind, ID: id, Body: body})
}

// said are all comments and actions of the log, every telling of each in its order.
func (s *session) said(ctx context.Context) ([]retro.Said, error) {
	var out []retro.Said
	err := s.everyDecision(ctx, func(d *event.Decision) error {
		if d.Kind != "note" && d.Kind != "action" {
			return nil
		}
		var b said
		if d.Retracted || json.Unmarshal(d.Body, &b) != nil {
			return nil
		}
		v := retro.Said{ID: d.ID, Quarter: b.Quarter, Team: b.Team, Text: b.Text, Action: d.Kind == "action", Owner: b.Owner, Due: b.Due, Done: b.Done, At: d.RecordedAt}
		if b.Done {
			v.DoneAt, v.At = d.RecordedAt, time.Time{}
		}
		out = append(out, v)
		return nil
	})
	return out, err
}
