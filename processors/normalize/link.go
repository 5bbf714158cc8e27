package normalize

import (
	"time"

	"github.com/workmix/workmix/internal/event"
)

// links collects the links of one raw record, each once; of several tellings of a link the earliest start and
// the latest end count.
type links struct {
	chain *chain
	list  []*event.Link
}

// add adds a link that holds from an instant on, until to (nil: still). A link to the item itself is none.
func (l *links) add(relation event.Relation, key, item string, from time.Time, to *time.Time) {
	r := l.chain.raw
	if key == "" || key == r.Key {
		return
	}
	for _, old := range l.list {
		if old.Relation != relation || old.ToKey != key {
			continue
		}
		if from.Before(old.ValidFrom) {
			old.ValidFrom = from
		}
		if to == nil || old.ValidTo != nil && to.After(*old.ValidTo) {
			old.ValidTo = to
		}
		if old.ToItem == "" {
			old.ToItem = item
		}
		return
	}
	l.list = append(l.list, &event.Link{
		LinkID: event.LinkID(r.ItemID, relation, key), ItemID: r.ItemID, Source: r.Source, Project: r.Project,
		Observation: l.chain.observation, ToKey: key, ToItem: item, Relation: relation,
		ValidFrom: from, ValidTo: to, RecordedAt: r.RecordedAt, Position: l.chain.position,
	})
}

// activity returns something that a person did; trackerID names it in its tracker ("comment/123").
func (c *chain) activity(trackerID, person, action string, bot bool, at time.Time) *event.Activity {
	return &event.Activity{
		ActivityID: event.ActivityID(c.raw.ItemID, trackerID), ItemID: c.raw.ItemID, Source: c.raw.Source, Project: c.raw.Project,
		Observation: c.observation, Person: person, IsBot: bot, Action: action, At: at,
		RecordedAt: c.raw.RecordedAt, Position: c.position,
	}
}
