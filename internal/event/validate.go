package event

import (
	"fmt"
	"time"
)

// check returns the error of the first test that failed.
func check(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func filled(field, value string) error {
	if value == "" {
		return fmt.Errorf("field %s is empty", field)
	}
	return nil
}

func dated(field string, t time.Time) error {
	if t.IsZero() {
		return fmt.Errorf("field %s is missing", field)
	}
	// The tables could hold the years to 2299, but the driver counts nanoseconds in 64 bits on the way: 2262-04-11.
	if y := t.Year(); y < 1970 || y > 2261 {
		return fmt.Errorf("field %s: the year %d cannot be stored", field, y)
	}
	return nil
}

// datedIf is dated for a time that may be absent.
func datedIf(field string, t *time.Time) error {
	if t == nil {
		return nil
	}
	return dated(field, *t)
}

func oneOf[T ~string](field string, v T, allowed ...T) error {
	for _, a := range allowed {
		if v == a {
			return nil
		}
	}
	return fmt.Errorf("field %s is %q, want one of %q", field, v, allowed)
}

func unit(field string, v float64) error {
	if !(v >= 0 && v <= 1) {
		return fmt.Errorf("field %s is %v, want a number from 0 to 1", field, v)
	}
	return nil
}

// Validate implements [Payload].
func (r *Raw) Validate() error {
	err := check(filled("source", r.Source), oneOf("tracker", r.Tracker, "github", "jira", TrackerImport), filled("project", r.Project),
		filled("item_id", r.ItemID), filled("key", r.Key), oneOf("kind", r.Kind, KindIssue, KindPullRequest),
		dated("recorded_at", r.RecordedAt), filled("digest", r.Digest))
	if err == nil && r.Removed == "" && len(r.Content) == 0 {
		return fmt.Errorf("field content is missing")
	}
	return err
}

// Validate implements [Payload].
func (d *Delivery) Validate() error {
	err := check(filled("source", d.Source), oneOf("tracker", d.Tracker, "github", "jira"), filled("delivery_id", d.DeliveryID),
		filled("event", d.Event), dated("recorded_at", d.RecordedAt))
	if err == nil && d.ItemID != "" {
		err = check(filled("project", d.Project), filled("key", d.Key), oneOf("kind", d.Kind, KindIssue, KindPullRequest))
	}
	if err == nil && len(d.Body) == 0 {
		return fmt.Errorf("field body is missing")
	}
	return err
}

// Validate implements [Payload].
func (d *Directory) Validate() error {
	return check(filled("source", d.Source), oneOf("tracker", d.Tracker, "github", "jira"), filled("kind", d.Kind), filled("name", d.Name),
		dated("recorded_at", d.RecordedAt), filled("digest", d.Digest))
}

// Validate implements [Payload].
func (r *Revision) Validate() error {
	return check(filled("item_id", r.ItemID), filled("source", r.Source), filled("project", r.Project), filled("key", r.Key),
		filled("change", r.Change), filled("observation", r.Observation), dated("valid_from", r.ValidFrom),
		dated("recorded_at", r.RecordedAt), oneOf("item.kind", r.Item.Kind, KindIssue, KindIncident, KindPullRequest),
		oneOf("item.state", r.Item.State, StateOpen, StateInProgress, StateDone, StateDropped), dated("item.created_at", r.Item.CreatedAt),
		datedIf("item.due_at", r.Item.DueAt), datedIf("item.started_at", r.Item.StartedAt), datedIf("item.merged_at", r.Item.MergedAt),
		datedIf("item.closed_at", r.Item.ClosedAt))
}

// Validate implements [Payload].
func (a *Activity) Validate() error {
	return check(filled("activity_id", a.ActivityID), filled("item_id", a.ItemID), filled("source", a.Source),
		filled("person", a.Person), filled("action", a.Action), dated("at", a.At), dated("recorded_at", a.RecordedAt))
}

// Validate implements [Payload].
func (l *Link) Validate() error {
	return check(filled("link_id", l.LinkID), filled("item_id", l.ItemID), filled("source", l.Source), filled("to_key", l.ToKey),
		oneOf("relation", l.Relation, RelationCloses, RelationMentions, RelationParent, RelationBlocks, RelationDuplicates, RelationMovedTo, RelationContinues),
		dated("valid_from", l.ValidFrom), datedIf("valid_to", l.ValidTo), dated("recorded_at", l.RecordedAt))
}

// Validate implements [Payload].
func (t *Tombstone) Validate() error {
	return check(filled("item_id", t.ItemID), filled("source", t.Source), filled("cause", t.Cause),
		dated("valid_from", t.ValidFrom), dated("recorded_at", t.RecordedAt))
}

// Validate implements [Payload].
func (c *Classification) Validate() error {
	return check(filled("item_id", c.ItemID), filled("change", c.Change), filled("observation", c.Observation), filled("ruleset", c.Ruleset),
		unit("forced", c.Forced), unit("long", c.Long), unit("confidence", c.Confidence),
		oneOf("drive", c.Drive, "forced", "discretionary", "undetermined"), oneOf("horizon", c.Horizon, "short", "long", "undetermined"),
		filled("quadrant", c.Quadrant), dated("valid_from", c.ValidFrom), dated("recorded_at", c.RecordedAt))
}

// Validate implements [Payload].
func (d *Decision) Validate() error {
	err := check(filled("kind", d.Kind), filled("id", d.ID), filled("author", d.Author), dated("valid_from", d.ValidFrom), dated("recorded_at", d.RecordedAt))
	if err == nil && !d.Retracted && len(d.Body) == 0 {
		return fmt.Errorf("field body is missing")
	}
	return err
}

// Validate implements [Payload].
func (d *DeadLetter) Validate() error {
	return check(filled("topic", d.Topic), filled("stage", d.Stage), filled("reason", d.Reason), filled("sha256", d.SHA256))
}

// Validate implements [Payload].
func (p *Progress) Validate() error {
	return check(filled("source", p.Source), filled("kind", p.Kind), dated("recorded_at", p.RecordedAt))
}
