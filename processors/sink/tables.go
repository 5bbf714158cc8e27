package sink

import (
	"encoding/json"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// tables returns the base tables of queries/schema, empty. A column that is missing here is a field that analysts
// never see; a test compares both with the events' fields.
func tables() []target {
	return []target{rawRecords(), deliveries(), revisions(), activities(), links(), tombstones(), verdicts(), decisions(), progress(), deadLetters()}
}

// peopleTables returns the tables of queries/people that have a row a record, empty.
func peopleTables() []target { return []target{directory()} }

func directory() target {
	type p = *event.Directory
	return &table[p]{title: "directory_records", cols: []column[p]{
		col("source", func(d p) string { return d.Source }),
		col("tracker", func(d p) string { return d.Tracker }),
		col("kind", func(d p) string { return d.Kind }),
		col("name", func(d p) string { return d.Name }),
		col("recorded_at", func(d p) time.Time { return d.RecordedAt }),
		col("digest", func(d p) string { return d.Digest }),
		col("content", func(d p) string { return string(d.Content) }),
	}}
}

func rawRecords() target {
	type p = *event.Raw
	return &table[p]{title: "raw_records", cols: []column[p]{
		col("raw_id", event.RawID),
		col("source", func(r p) string { return r.Source }),
		col("tracker", func(r p) string { return r.Tracker }),
		col("project", func(r p) string { return r.Project }),
		col("item_id", func(r p) string { return r.ItemID }),
		col("key", func(r p) string { return r.Key }),
		col("kind", func(r p) string { return string(r.Kind) }),
		col("recorded_at", func(r p) time.Time { return r.RecordedAt }),
		col("digest", func(r p) string { return r.Digest }),
		col("removed", func(r p) string { return r.Removed }),
		col("size_bytes", func(r p) uint64 { return uint64(len(r.Content)) }),
		about[p]("position", func(m *event.Message) int64 { return m.Offset }),
	}}
}

func deliveries() target {
	type p = *event.Delivery
	return &table[p]{title: "deliveries", cols: []column[p]{
		col("source", func(d p) string { return d.Source }),
		col("tracker", func(d p) string { return d.Tracker }),
		col("delivery_id", func(d p) string { return d.DeliveryID }),
		col("event", func(d p) string { return d.Event }),
		col("action", func(d p) string { return d.Action }),
		col("project", func(d p) string { return d.Project }),
		col("item_id", func(d p) string { return d.ItemID }),
		col("key", func(d p) string { return d.Key }),
		col("kind", func(d p) string { return string(d.Kind) }),
		col("recorded_at", func(d p) time.Time { return d.RecordedAt }),
		col("size_bytes", func(d p) uint64 { return uint64(len(d.Body)) }),
		about[p]("position", func(m *event.Message) int64 { return m.Offset }),
	}}
}

func revisions() target {
	type p = *event.Revision
	count := func(name string, value func(*event.Counts) int) column[p] {
		return col(name, func(r p) *uint32 {
			if r.Counts == nil {
				return nil
			}
			n := uint32(value(r.Counts))
			return &n
		})
	}
	size := func(name string, value func(*event.Size) int) column[p] {
		return col(name, func(r p) *uint32 {
			if r.Item.Size == nil {
				return nil
			}
			n := uint32(value(r.Item.Size))
			return &n
		})
	}
	return &table[p]{title: "revisions", cols: []column[p]{
		col("item_id", func(r p) string { return r.ItemID }),
		col("source", func(r p) string { return r.Source }),
		col("project", func(r p) string { return r.Project }),
		col("key", func(r p) string { return r.Key }),
		col("url", func(r p) string { return r.URL }),
		col("change", func(r p) string { return r.Change }),
		col("observation", func(r p) string { return r.Observation }),
		col("seq", func(r p) uint32 { return uint32(r.Seq) }),
		col("more", func(r p) bool { return r.More }),
		col("valid_from", func(r p) time.Time { return r.ValidFrom }),
		col("recorded_at", func(r p) time.Time { return r.RecordedAt }),
		col("position", func(r p) int64 { return r.Position }),
		col("actor", func(r p) string { return r.Actor }),
		col("changed", func(r p) []string { return r.Changed }),
		col("correction", func(r p) bool { return r.Correction }),
		col("inferred", func(r p) []string { return r.Inferred }),
		col("kind", func(r p) string { return string(r.Item.Kind) }),
		col("type", func(r p) string { return r.Item.Type }),
		col("title", func(r p) string { return r.Item.Title }),
		col("body", func(r p) *string { return r.Item.Body }),
		col("state", func(r p) string { return string(r.Item.State) }),
		col("status", func(r p) string { return r.Item.Status }),
		col("priority", func(r p) string { return r.Item.Priority }),
		col("labels", func(r p) []string { return r.Item.Labels }),
		col("components", func(r p) []string { return r.Item.Components }),
		col("milestone", func(r p) string { return r.Item.Milestone }),
		col("sprint", func(r p) string { return r.Item.Sprint }),
		col("points", func(r p) *float64 { return r.Item.Points }),
		col("due_at", func(r p) *time.Time { return r.Item.DueAt }),
		col("author", func(r p) string { return r.Item.Author }),
		col("author_is_bot", func(r p) bool { return r.Item.AuthorBot }),
		col("assignees", func(r p) []string { return r.Item.Assignees }),
		col("parent_key", func(r p) string { return r.Item.ParentKey }),
		col("draft", func(r p) bool { return r.Item.Draft }),
		col("resolution", func(r p) string { return r.Item.Resolution }),
		size("additions", func(s *event.Size) int { return s.Additions }),
		size("deletions", func(s *event.Size) int { return s.Deletions }),
		size("files", func(s *event.Size) int { return s.Files }),
		size("commits", func(s *event.Size) int { return s.Commits }),
		count("subtasks", func(c *event.Counts) int { return c.Subtasks }),
		count("links", func(c *event.Counts) int { return c.Links }),
		count("comments", func(c *event.Counts) int { return c.Comments }),
		col("created_at", func(r p) time.Time { return r.Item.CreatedAt }),
		col("started_at", func(r p) *time.Time { return r.Item.StartedAt }),
		col("merged_at", func(r p) *time.Time { return r.Item.MergedAt }),
		col("closed_at", func(r p) *time.Time { return r.Item.ClosedAt }),
	}}
}

func activities() target {
	type p = *event.Activity
	return &table[p]{title: "activities", cols: []column[p]{
		col("activity_id", func(a p) string { return a.ActivityID }),
		col("item_id", func(a p) string { return a.ItemID }),
		col("source", func(a p) string { return a.Source }),
		col("project", func(a p) string { return a.Project }),
		col("observation", func(a p) string { return a.Observation }),
		col("person", func(a p) string { return a.Person }),
		col("is_bot", func(a p) bool { return a.IsBot }),
		col("action", func(a p) string { return a.Action }),
		col("at", func(a p) time.Time { return a.At }),
		col("recorded_at", func(a p) time.Time { return a.RecordedAt }),
		col("position", func(a p) int64 { return a.Position }),
	}}
}

func links() target {
	type p = *event.Link
	return &table[p]{title: "links", cols: []column[p]{
		col("link_id", func(l p) string { return l.LinkID }),
		col("item_id", func(l p) string { return l.ItemID }),
		col("source", func(l p) string { return l.Source }),
		col("project", func(l p) string { return l.Project }),
		col("observation", func(l p) string { return l.Observation }),
		col("to_key", func(l p) string { return l.ToKey }),
		col("to_item", func(l p) string { return l.ToItem }),
		col("relation", func(l p) string { return string(l.Relation) }),
		col("valid_from", func(l p) time.Time { return l.ValidFrom }),
		col("valid_to", func(l p) *time.Time { return l.ValidTo }),
		col("recorded_at", func(l p) time.Time { return l.RecordedAt }),
		col("position", func(l p) int64 { return l.Position }),
	}}
}

func tombstones() target {
	type p = *event.Tombstone
	return &table[p]{title: "tombstones", cols: []column[p]{
		col("item_id", func(t p) string { return t.ItemID }),
		col("source", func(t p) string { return t.Source }),
		col("project", func(t p) string { return t.Project }),
		col("key", func(t p) string { return t.Key }),
		col("observation", func(t p) string { return t.Observation }),
		col("cause", func(t p) string { return t.Cause }),
		col("valid_from", func(t p) time.Time { return t.ValidFrom }),
		col("recorded_at", func(t p) time.Time { return t.RecordedAt }),
		col("position", func(t p) int64 { return t.Position }),
	}}
}

func verdicts() target {
	type p = *event.Classification
	return &table[p]{title: "verdicts", cols: []column[p]{
		col("item_id", func(c p) string { return c.ItemID }),
		col("change", func(c p) string { return c.Change }),
		col("observation", func(c p) string { return c.Observation }),
		col("seq", func(c p) uint32 { return uint32(c.Seq) }),
		col("more", func(c p) bool { return c.More }),
		col("valid_from", func(c p) time.Time { return c.ValidFrom }),
		col("recorded_at", func(c p) time.Time { return c.RecordedAt }),
		col("position", func(c p) int64 { return c.Position }),
		col("ruleset", func(c p) string { return c.Ruleset }),
		col("forced", func(c p) float64 { return c.Forced }),
		col("long", func(c p) float64 { return c.Long }),
		col("drive", func(c p) string { return c.Drive }),
		col("horizon", func(c p) string { return c.Horizon }),
		col("quadrant", func(c p) string { return c.Quadrant }),
		col("category", func(c p) string { return c.Category }),
		col("category_source", func(c p) string { return c.CategorySource }),
		col("property", func(c p) string { return c.Property }),
		col("forced_reason", func(c p) string { return c.ForcedReason }),
		col("initiative", func(c p) string { return c.Initiative }),
		col("confidence", func(c p) float64 { return c.Confidence }),
		col("class_source", func(c p) string { return c.ClassSource }),
		col("evidence", evidence),
	}}
}

// evidence returns the reasons as a JSON list.
func evidence(c *event.Classification) string {
	if len(c.Evidence) == 0 {
		return "[]"
	}
	b, err := json.Marshal(c.Evidence)
	if err != nil { // a weight that is no number, which JSON cannot have brought
		return "[]"
	}
	return string(b)
}

func decisions() target {
	type p = *event.Decision
	return &table[p]{title: "decisions", cols: []column[p]{
		col("kind", func(d p) string { return d.Kind }),
		col("id", func(d p) string { return d.ID }),
		col("body", decided),
		col("retracted", func(d p) bool { return d.Retracted }),
		col("author", func(d p) string { return event.AuthorAlias(d.Author) }),
		col("reason", func(d p) string { return d.Reason }),
		col("valid_from", func(d p) time.Time { return d.ValidFrom }),
		col("recorded_at", func(d p) time.Time { return d.RecordedAt }),
	}}
}

// decided is a decision's body as the tables have it: without the name of who is to do something, and without the pages
// of a published retrospective, which are served from the log.
func decided(d *event.Decision) string {
	less := map[string]func(json.RawMessage) any{}
	switch d.Kind {
	case event.KindAction:
		less["owner"] = func(v json.RawMessage) any {
			var owner string
			if json.Unmarshal(v, &owner) != nil || owner == "" {
				return ""
			}
			return event.Pseudonym("person", owner)
		}
	case event.KindRetrospective:
		for _, field := range []string{"json", "markdown", "html"} {
			less[field] = nil
		}
	default:
		return string(d.Body)
	}
	var body map[string]any
	var raw map[string]json.RawMessage
	if json.Unmarshal(d.Body, &raw) != nil || json.Unmarshal(d.Body, &body) != nil {
		return ""
	}
	for field, instead := range less {
		switch v, ok := raw[field]; {
		case !ok:
		case instead == nil:
			delete(body, field)
		default:
			body[field] = instead(v)
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return ""
	}
	return string(b)
}

func progress() target {
	type p = *event.Progress
	return &table[p]{title: "progress", cols: []column[p]{
		col("source", func(r p) string { return r.Source }),
		col("project", func(r p) string { return r.Project }),
		col("kind", func(r p) string { return r.Kind }),
		col("name", func(r p) string { return r.Name }),
		col("value", func(r p) string {
			if r.Kind == event.ProgressKept { // it names people
				return ""
			}
			return string(r.Value)
		}),
		col("recorded_at", func(r p) time.Time { return r.RecordedAt }),
	}}
}

func deadLetters() target {
	type p = *event.DeadLetter
	return &table[p]{title: "dead_letters", cols: []column[p]{
		col("topic", func(d p) string { return d.Topic }),
		col("partition", func(d p) int32 { return int32(d.Partition) }),
		col("offset", func(d p) int64 { return d.Offset }),
		col("key", func(d p) string { return d.Key }),
		col("stage", func(d p) string { return d.Stage }),
		col("reason", func(d p) string { return d.Reason }),
		col("source", func(d p) string { return d.Source }),
		col("project", func(d p) string { return d.Project }),
		col("item_id", func(d p) string { return d.ItemID }),
		col("size_bytes", func(d p) uint64 { return uint64(d.SizeBytes) }),
		col("sha256", func(d p) string { return d.SHA256 }),
		col("recorded_at", func(d p) *time.Time {
			if !d.RecordedAt.After(event.Unknown()) {
				return nil
			}
			return &d.RecordedAt
		}),
	}}
}
