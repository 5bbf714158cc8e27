package normalize

import (
	"fmt"
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// Config is what an organisation says about its own words. Words are compared without regard to case. The
// zero value means: no incidents but what an imported row calls so, no work in progress on GitHub, nothing dropped
// on Jira but by the built-in resolutions.
type Config struct {
	// IncidentLabels and IncidentTypes make an issue that bears one of them an incident.
	IncidentLabels, IncidentTypes []string
	// InProgress names labels (GitHub) and statuses (both) that mean work is under way.
	InProgress []string
	// Dropped names resolutions (Jira) that mean the item was given up.
	Dropped []string
	// LabelFields are, by source (Jira) and a field's id, the names before the labels that its values are too.
	LabelFields map[string]map[string]string
}

// Normalizer turns raw records into normalized ones. It holds no state between records and may be used by many
// goroutines at once.
type Normalizer struct {
	incidentLabels, incidentTypes, inProgress, dropped words
	labelFields                                        map[string]map[string]string
}

// New returns a Normalizer for a configuration.
func New(c Config) *Normalizer {
	return &Normalizer{
		incidentLabels: newWords(c.IncidentLabels), incidentTypes: newWords(c.IncidentTypes),
		inProgress: newWords(c.InProgress), dropped: newWords(c.Dropped), labelFields: c.LabelFields,
	}
}

// Handle normalizes one message of workmix.raw. An error means that the record can never be normalized: it
// belongs into the dead letter.
func (n *Normalizer) Handle(m *event.Message) ([]event.Payload, error) {
	p, err := decode(m)
	if err != nil {
		return nil, err
	}
	var out []event.Payload
	var key string
	switch p := p.(type) {
	case *event.Raw:
		key = p.Key
		out, err = n.raw(p, m.Offset)
	case *event.Delivery:
		key = "delivery " + p.DeliveryID
		out, err = n.delivery(p, m.Offset)
	case *event.Directory: // of no item
		return nil, nil
	default:
		return nil, fmt.Errorf("a %s is not a raw record", p.Envelope().Type)
	}
	if err != nil {
		return nil, fmt.Errorf("normalize %s: %w", key, err)
	}
	return out, nil
}

func (n *Normalizer) raw(r *event.Raw, position int64) ([]event.Payload, error) {
	switch r.Tracker {
	case "github":
		return n.github(r, position)
	case "jira":
		return n.jira(r, position)
	case event.TrackerImport:
		return n.imported(r, position)
	}
	return nil, fmt.Errorf("tracker %q is not one that this version reads", r.Tracker)
}

// tombstone says that the item of a raw record can no longer be read (or, for "returned", that it can again).
func tombstone(r *event.Raw, position int64) *event.Tombstone {
	return &event.Tombstone{
		ItemID: r.ItemID, Source: r.Source, Project: r.Project, Key: r.Key, Observation: event.RawID(r),
		Cause: r.Removed, ValidFrom: r.RecordedAt, RecordedAt: r.RecordedAt, Position: position,
	}
}

// kindOf tells incidents from other issues. A pull request stays one whatever its labels.
func (n *Normalizer) kindOf(kind event.Kind, typ string, labels []string) event.Kind {
	if kind == event.KindPullRequest {
		return kind
	}
	if n.incidentTypes.has(typ) || n.incidentLabels.any(labels) {
		return event.KindIncident
	}
	return event.KindIssue
}

// words is a set of words compared without regard to case and surrounding space.
type words map[string]bool

func newWords(list []string) words {
	w := words{}
	for _, s := range list {
		if s = fold(s); s != "" {
			w[s] = true
		}
	}
	return w
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (w words) has(s string) bool { return len(w) > 0 && w[fold(s)] }

func (w words) any(list []string) bool { return len(w) > 0 && slices.ContainsFunc(list, w.has) }
