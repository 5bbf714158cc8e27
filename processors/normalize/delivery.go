package normalize

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-json"

	"github.com/workmix/workmix/internal/event"
)

// delivery normalizes one delivery of a webhook: what it tells of a moment of its item, and no chain. All its
// revisions say that more follow, so no reader takes them for the item's whole history; the views take the former
// values from them. A delivery of a kind that tells nothing of an item's state makes nothing: the ingester reads the
// item anew.
func (n *Normalizer) delivery(d *event.Delivery, position int64) ([]event.Payload, error) {
	if d.ItemID == "" {
		return nil, nil
	}
	var out []event.Payload
	var err error
	switch d.Tracker {
	case "github":
		out, err = n.githubDelivery(d, position)
	case "jira":
		out, err = n.jiraDelivery(d, position)
	default:
		return nil, fmt.Errorf("tracker %q is not one that this version reads", d.Tracker)
	}
	for _, p := range out {
		switch p := p.(type) {
		case *event.Revision:
			p.Observation, p.More = event.DeliveryID(d), true
		case *event.Tombstone:
			p.Observation = event.DeliveryID(d)
		case *event.Link:
			p.Observation = event.DeliveryID(d)
		}
	}
	return out, err
}

// asRaw returns the record that an ingester would have made of the delivery's object.
func asRaw(d *event.Delivery) *event.Raw {
	return &event.Raw{
		Source: d.Source, Tracker: d.Tracker, Project: d.Project, ItemID: d.ItemID, Key: d.Key, Kind: d.Kind, RecordedAt: d.RecordedAt,
		Digest: d.DeliveryID,
	}
}

// ghDelivery is the part of a delivery of GitHub that is read.
type ghDelivery struct {
	Action  string    `json:"action"`
	Issue   *ghObject `json:"issue"`
	Pull    *ghObject `json:"pull_request"`
	Sender  *ghUser   `json:"sender"`
	Changes struct {
		Title    *ghFrom         `json:"title"`
		Body     *ghFrom         `json:"body"`
		NewIssue json.RawMessage `json:"new_issue"` // of a transferred issue: what continues it
	} `json:"changes"`
}

// ghFrom is the value that a field had before an edit; null is an empty text.
type ghFrom struct {
	From string `json:"from"`
}

// githubDelivery returns what a delivery observed: the fields whose history GitHub does not tell, at the object's
// updated_at, and where they were edited the former values up to there; and the tombstone of a removed issue.
func (n *Normalizer) githubDelivery(d *event.Delivery, position int64) ([]event.Payload, error) {
	var body ghDelivery
	if err := json.Unmarshal(d.Body, &body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	r := asRaw(d)
	if d.Event == "issues" && (body.Action == "deleted" || body.Action == "transferred") {
		r.Removed = body.Action
		if len(body.Changes.NewIssue) > 0 {
			r.Content = slices.Concat([]byte(`{"issue":`), body.Changes.NewIssue, []byte("}"))
		}
		return removedFromGitHub(r, position), nil
	}
	g, err := newGitHub(n, r, position, &ghContent{Issue: body.Issue, Pull: body.Pull})
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	now := observation{chain: g.chain, item: g.want, names: untold(&g.want), at: g.object.UpdatedAt}
	// Edits of comments have changes.body, too. A former title alone is the timeline's to tell: it knows when it began.
	if d.Event != "issues" && d.Event != "pull_request" || body.Changes.Body == nil {
		return []event.Payload{now.revision()}, nil
	}
	// The moments of an edit bear their time in their name: a text that comes back later is another moment.
	now.dated, now.actor = "after", body.Sender.account(d.Source).person
	was := observation{chain: g.chain, item: g.want, names: now.names, at: now.at.Add(-time.Millisecond), dated: "before"}
	was.item.Body = &body.Changes.Body.From
	if f := body.Changes.Title; f != nil {
		was.item.Title = f.From
	}
	if was.at.Before(g.object.CreatedAt) {
		was.at = g.object.CreatedAt
	}
	if *was.item.Body != *now.item.Body {
		now.changed = []string{"body"} // the title's change is the timeline's
	}
	before, after := was.revision(), now.revision()
	after.Seq = 1
	return []event.Payload{before, after}, nil
}

// untold names the fields of an object of GitHub whose history no timeline tells, sorted.
func untold(it *event.Item) []string {
	names := []string{"body"}
	if it.DueAt != nil {
		names = append(names, "due_at")
	}
	if it.Size != nil {
		names = append(names, "size")
	}
	return names
}

// observation is a moment at which some of an item's fields were seen.
type observation struct {
	*chain
	item    event.Item
	names   []string // of the fields that count
	at      time.Time
	dated   string // not empty: the moment's name bears this word and its time
	actor   string
	changed []string
}

func (o *observation) revision() *event.Revision {
	change := changeOf("observed", &o.item, o.names)
	if o.dated != "" {
		change = event.ChangeHash("observed", change, o.dated, o.at.UTC().Format(time.RFC3339Nano))
	}
	r := o.raw
	return &event.Revision{
		ItemID: r.ItemID, Source: r.Source, Project: r.Project, Key: r.Key, URL: o.url, Change: change, ValidFrom: o.at, RecordedAt: r.RecordedAt,
		Position: o.position, Actor: o.actor, Changed: o.changed, Item: o.item,
	}
}

// jiraDelivery is the part of a delivery of Jira that is read.
type jiraDelivery struct {
	Event     string          `json:"webhookEvent"`
	Timestamp json.RawMessage `json:"timestamp"`
	User      json.RawMessage `json:"user"`
	Issue     json.RawMessage `json:"issue"`
	Changelog *struct {
		ID    text              `json:"id"`
		Items []json.RawMessage `json:"items"`
	} `json:"changelog"`
}

// jiraDelivery returns the changes that a delivery tells, under the names that they have in the issue's changelog,
// and the tombstone of a deleted issue. Jira's changelog holds the former values of every field, so what a delivery
// tells is told again when the issue is read.
func (n *Normalizer) jiraDelivery(d *event.Delivery, position int64) ([]event.Payload, error) {
	var body jiraDelivery
	if err := json.Unmarshal(d.Body, &body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	r := asRaw(d)
	if cmp.Or(body.Event, d.Event) == "jira:issue_deleted" {
		r.Removed = "deleted"
		return []event.Payload{tombstone(r, position)}, nil
	}
	if body.Changelog == nil || body.Changelog.ID == "" || len(body.Changelog.Items) == 0 {
		return nil, nil
	}
	if len(body.Timestamp) == 0 || len(body.Issue) == 0 {
		return nil, errors.New("body: a changelog without an issue or a timestamp")
	}
	// The delivery as the issue's record that holds this one entry of its changelog.
	var issue map[string]json.RawMessage
	if err := json.Unmarshal(body.Issue, &issue); err != nil {
		return nil, fmt.Errorf("body: issue: %w", err)
	}
	history := map[string]any{"id": body.Changelog.ID, "created": body.Timestamp, "items": body.Changelog.Items}
	if len(body.User) > 0 {
		history["author"] = body.User
	}
	changelog, err := json.Marshal(map[string]any{"histories": []any{history}})
	if err != nil {
		return nil, fmt.Errorf("body: changelog: %w", err)
	}
	issue["changelog"] = changelog
	if r.Content, err = json.Marshal(map[string]any{"issue": issue}); err != nil {
		return nil, fmt.Errorf("body: issue: %w", err)
	}
	all, err := n.jira(r, position)
	if err != nil {
		return nil, err
	}
	var out []event.Payload
	for _, p := range all {
		if rev, ok := p.(*event.Revision); ok && strings.HasPrefix(rev.Change, "changelog/") {
			rev.Seq = len(out)
			out = append(out, rev)
		}
	}
	return out, nil
}
