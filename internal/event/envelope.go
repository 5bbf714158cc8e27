package event

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

func at(t time.Time) string { return t.UTC().Format(timeLayout) }

// Envelope implements [Payload].
func (r *Raw) Envelope() Envelope {
	return Envelope{RawID(r), TypeRaw, "/" + r.Tracker + "/" + r.Source + "/" + r.Project, r.ItemID, r.RecordedAt, TopicRaw, r.ItemID}
}

// Envelope implements [Payload].
func (d *Delivery) Envelope() Envelope {
	key := cmp.Or(d.ItemID, strings.TrimSuffix(d.Source+"/"+d.Project, "/"))
	return Envelope{DeliveryID(d), TypeDelivery, "/" + d.Tracker + "/" + d.Source, key, d.RecordedAt, TopicRaw, key}
}

// Envelope implements [Payload].
func (d *Directory) Envelope() Envelope {
	subject := d.Source + "/" + d.Kind + "/" + d.Name
	return Envelope{"dir-" + hash(32, subject, d.Digest, at(d.RecordedAt)), TypeDirectory, "/" + d.Tracker + "/" + d.Source, subject, d.RecordedAt, TopicRaw, subject}
}

// Envelope implements [Payload].
func (r *Revision) Envelope() Envelope {
	id := "rev-" + hash(32, r.ItemID, r.Change, r.Observation)
	return Envelope{id, TypeRevision, "/normalize/" + r.Source, r.ItemID, r.RecordedAt, TopicItems, r.ItemID}
}

// Envelope implements [Payload].
func (a *Activity) Envelope() Envelope {
	return Envelope{a.ActivityID, TypeActivity, "/normalize/" + a.Source, a.ItemID, a.RecordedAt, TopicItems, a.ItemID}
}

// Envelope implements [Payload].
func (l *Link) Envelope() Envelope {
	id := "lnk-" + hash(32, l.LinkID, l.Observation)
	return Envelope{id, TypeLink, "/normalize/" + l.Source, l.ItemID, l.RecordedAt, TopicItems, l.ItemID}
}

// Envelope implements [Payload].
func (t *Tombstone) Envelope() Envelope {
	id := "tmb-" + hash(32, t.ItemID, t.Cause, t.Observation)
	return Envelope{id, TypeTombstone, "/normalize/" + t.Source, t.ItemID, t.RecordedAt, TopicItems, t.ItemID}
}

// Envelope implements [Payload].
func (c *Classification) Envelope() Envelope {
	id := "cls-" + hash(32, c.ItemID, c.Change, c.Observation, c.Ruleset)
	return Envelope{id, TypeClassification, "/classify/" + c.Ruleset, c.ItemID, c.RecordedAt, TopicClassified, c.ItemID}
}

// Envelope implements [Payload].
func (d *Decision) Envelope() Envelope {
	id := "dec-" + hash(32, d.Kind, d.ID, string(d.Body), at(d.ValidFrom), at(d.RecordedAt))
	return Envelope{id, TypeDecision, "/decisions", d.Kind + "/" + d.ID, d.RecordedAt, TopicDecisions, d.Kind + "/" + d.ID}
}

// Envelope implements [Payload]. The id of a dead letter is the record's place and content, not its content alone:
// equal bytes at two offsets are two records missing from the tables, and the dead letters should add up to that.
// The content tells apart the records that never had a place, those too large for the log (offset -1).
func (d *DeadLetter) Envelope() Envelope {
	place := fmt.Sprintf("%s/%d/%d", d.Topic, d.Partition, d.Offset)
	id := "ded-" + hash(32, d.Stage, place, d.Key, d.SHA256)
	when := d.RecordedAt
	if when.Before(Unknown()) {
		when = Unknown()
	}
	return Envelope{id, TypeDeadLetter, "/" + d.Stage, d.Key, when, TopicDeadLetter, d.Key}
}

// Envelope implements [Payload].
func (p *Progress) Envelope() Envelope {
	subject := p.Source + "/" + p.Project + "/" + p.Kind + "/" + p.Name
	return Envelope{"prg-" + hash(32, subject, string(p.Value), at(p.RecordedAt)), TypeProgress, "/ingest/" + p.Source, subject, p.RecordedAt, TopicIngest, subject}
}
