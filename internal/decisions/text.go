package decisions

import (
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
		if !d.Retracted {
			c.published[d.Kind+"/"+d.ID] = true
		}
	}
	return c.collect([]*source{s})
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
