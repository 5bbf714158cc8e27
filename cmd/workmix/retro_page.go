package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report/retro"
	"github.com/workmix/workmix/internal/web"
)

// retros are the retrospectives as the pages and the API see them.
func (s *session) retros() *web.Retros {
	return &web.Retros{Render: s.renderRetro, Headline: s.retroHeadline, Published: s.publishedRetros, Compare: s.comparedRetro, Say: s.say, Publish: s.publishAs}
}

// theirs makes an error of wrong usage one of who asked.
func theirs(err error) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return &web.BadQuestion{Err: err}
	}
	return err
}

// retroOptions are what an address means in the configured calendar.
func (s *session) retroOptions(of web.RetroOf) (o retro.Options, err error) {
	if of.Quarter == "" {
		return o, usagef("say which quarter, such as 2026-Q3")
	}
	if o, err = optionsOf(s.cfg.Calendar, of.Quarter); err != nil {
		return o, err
	}
	o.Team = of.Team
	if of.KnownAt != "" {
		o.KnownAt, err = knownAt(of.KnownAt)
	}
	return o, err
}

func (s *session) renderRetro(ctx context.Context, of web.RetroOf, format string) ([]byte, error) {
	o, err := s.retroOptions(of)
	if err != nil {
		return nil, theirs(err)
	}
	if of.Revision > 0 {
		p, err := s.publication(ctx, o, of.Revision)
		if err != nil {
			return nil, theirs(err)
		}
		return p.render(format)
	}
	ask := retro.Ask(s.answers)
	if of.KnownAt == "" {
		ask = retro.Now(ask) // the page is for people who wait, and as fresh as the others
	}
	n, err := s.retroBy(ctx, ask, o)
	if err != nil {
		return nil, theirs(err)
	}
	return rendered(n, format)
}

func (s *session) retroHeadline(ctx context.Context, of web.RetroOf) (string, error) {
	o, err := s.retroOptions(of)
	if err != nil {
		return "", theirs(err)
	}
	sentence, err := retro.HeadlineOf(ctx, retro.Now(s.answers), o)
	return sentence, theirs(wrongUsage(err))
}

// publishedRetros lists all publications of all quarters, the newest first.
func (s *session) publishedRetros(ctx context.Context) ([]web.PublishedRetro, error) {
	var out []web.PublishedRetro
	seen, count := map[string]bool{}, map[string]int{}
	err := s.everyDecision(ctx, func(d *event.Decision) error {
		if d.Kind != event.KindRetrospective || d.Retracted || seen[d.ID] {
			return nil
		}
		seen[d.ID] = true
		var p publication
		if err := json.Unmarshal(d.Body, &p); err != nil {
			return fmt.Errorf("published retrospective %s: %w", d.ID, err)
		}
		of := p.Quarter + "/" + p.Team
		count[of]++
		out = append(out, web.PublishedRetro{Quarter: p.Quarter, Team: p.Team, Revision: count[of], At: d.RecordedAt, KnownAt: p.KnownAt, Reason: d.Reason, Program: p.Program})
		return nil
	})
	slices.Reverse(out)
	return out, err
}

func (s *session) comparedRetro(ctx context.Context, of web.RetroOf) ([]web.RetroDifference, error) {
	o, err := s.retroOptions(of)
	if err != nil {
		return nil, theirs(err)
	}
	all, err := s.compareRetro(ctx, o, of.Revision)
	if err != nil {
		return nil, theirs(err)
	}
	var out []web.RetroDifference
	for _, d := range all {
		out = append(out, web.RetroDifference{Number: d.Path, Before: d.Before, Now: d.Now, Causes: append([]string{}, d.Causes...)})
	}
	return out, nil
}

// notTheirs refuses who may not decide on what belongs to a team.
func notTheirs(team string, may func(team string) bool) error {
	if may(team) {
		return nil
	}
	return &web.NotAllowed{Err: fmt.Errorf("your role does not let you decide on what belongs to %s: ask its lead or an administrator", scopeName(team))}
}

func (s *session) say(ctx context.Context, in web.Saying, who string, may func(team string) bool) (string, error) {
	say := said{Quarter: in.Quarter, Team: in.Team, Text: strings.TrimSpace(in.Text), Owner: in.Owner, Due: in.Due, Action: in.Owner != "" || in.Due != ""}
	if in.Done != "" {
		all, err := s.said(ctx)
		if err != nil {
			return "", err
		}
		for _, a := range all {
			if a.Action && a.ID == in.Done {
				say.Team = a.Team
			}
		}
	} else if err := s.checkSaid(say); err != nil {
		return "", theirs(err)
	}
	if err := notTheirs(say.Team, may); err != nil {
		return "", err
	}
	id, err := s.note(ctx, who, say, in.Done)
	return id, theirs(err)
}

// checkSaid refuses what is not whole.
func (s *session) checkSaid(say said) error {
	if _, err := s.retroOptions(web.RetroOf{Quarter: say.Quarter}); err != nil {
		return err
	}
	switch {
	case say.Text == "":
		return usagef("say what there is to say: the text is empty")
	case say.Action && (say.Owner == "" || say.Due == ""):
		return usagef("an action needs an owner, who does it, and a due quarter, by which it is done")
	case say.Action:
		return dueIn(s.cfg.Calendar, say.Quarter, say.Due)
	}
	return nil
}

func (s *session) publishAs(ctx context.Context, of web.RetroOf, who, why string, again bool, may func(team string) bool) (string, error) {
	o, err := s.retroOptions(of)
	if err != nil {
		return "", theirs(err)
	}
	if err := notTheirs(of.Team, may); err != nil {
		return "", err
	}
	if strings.TrimSpace(why) == "" {
		return "", &web.BadQuestion{Err: errors.New("say why it is published as it is: the reason is kept beside it")}
	}
	id, err := s.publishRetro(ctx, who, o, why, again)
	return id, theirs(err)
}
