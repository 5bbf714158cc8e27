package decisions

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

// MostText is the size of the largest text of decisions that is read, in bytes.
const MostText = 16 << 10

// ReadText reads and checks one text of decisions, such as a form makes. Unlike a file's it may come from anybody, so it is of
// at most [MostText] bytes, without anchors and aliases, and not nested deeply. Unlike a folder of files it is no whole: it may speak of
// groups, teams, people and initiatives that were published before, which are those of current. name stands before each place
// in errors.
func ReadText(name, text string, calendar config.Calendar, current []event.Decision) (all []event.Decision, warnings []string, err error) {
	if err := config.CheckSent(name, text, MostText); err != nil {
		return nil, nil, err
	}
	s, err := parse(name, []byte(text))
	if err != nil {
		return nil, nil, err
	}
	c := newCollector(calendar)
	for _, d := range current {
		if d.Retracted {
			continue
		}
		c.published[d.Kind+"/"+d.ID] = true
		if err := c.beside(d, &s.file); err != nil {
			return nil, nil, err
		}
	}
	return c.collect([]*source{s})
}

// earlier is where something stands that the text does not speak of.
const earlier = "what was published before"

// beside takes an initiative or ask into account that the text leaves as it is. That nobody is over 100% and no account has two
// people [Diff] sees.
func (c *collector) beside(d event.Decision, f *file) error {
	switch d.Kind {
	case "initiative":
		if slices.ContainsFunc(f.Initiatives, func(in initiative) bool { return in.ID == d.ID }) {
			return nil
		}
		in, err := bodyOf[initiative](d)
		if err != nil {
			return err
		}
		for sign := range in.Items.signs() {
			c.signs[sign] = in.ID
		}
		from, err := time.Parse(time.DateOnly, in.From)
		if err != nil {
			return unreadable(d, err)
		}
		target, err := time.Parse(time.DateOnly, in.Target)
		if err != nil {
			return unreadable(d, err)
		}
		c.running = append(c.running, running{in.ID, from, target})
	case "ask":
		if slices.ContainsFunc(f.Asks, func(a ask) bool { return a.ID == d.ID }) {
			return nil
		}
		a, err := bodyOf[ask](d)
		if err != nil {
			return err
		}
		c.once[rankOf(a)] = earlier
		c.ranked[a.Team+" for "+a.Quarter]++
		for sign := range a.Items.signs() {
			key := a.Quarter + " " + sign
			c.asks[key] = append(c.asks[key], a.ID)
		}
	}
	return nil
}

// bodyOf is what a decision in the log says.
func bodyOf[T any](d event.Decision) (T, error) {
	var out T
	if err := json.Unmarshal(d.Body, &out); err != nil {
		return out, unreadable(d, err)
	}
	return out, nil
}

func unreadable(d event.Decision, err error) error {
	return fmt.Errorf("%s %s in the log cannot be read: %w", d.Kind, d.ID, err)
}

// has tells whether something is defined, here or before.
func (c *collector) has(kind, id string) bool {
	in, key := c.groups, id
	switch kind {
	case "team":
		in = c.teams
	case "person":
		in, key = c.people, PersonPseudonym(id)
	case "initiative":
		in = c.initiatives
	}
	_, ok := in[id]
	return ok || c.published[kind+"/"+key]
}
