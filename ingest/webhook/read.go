package webhook

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

const maxName = 200 // bytes of an id or a kind that a header claims

// read makes an event of a delivery, and finds out which items it concerns. A kind that is not known here is a
// delivery that concerns none.
func read(s Source, h http.Header, body []byte) (*event.Delivery, []due, error) {
	d := &event.Delivery{Source: s.Name, Tracker: s.Tracker, Body: body}
	if kind, _, _ := mime.ParseMediaType(h.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("payload") == "" {
			return nil, nil, refuse(http.StatusBadRequest, "the form holds no payload: send the webhook as application/json")
		}
		d.Body = []byte(form.Get("payload"))
	}
	var dues []due
	var err error
	if s.Tracker == "github" {
		d.DeliveryID, d.Event = h.Get("X-GitHub-Delivery"), h.Get("X-GitHub-Event")
		dues, err = github(d)
	} else {
		d.DeliveryID = h.Get("X-Atlassian-Webhook-Identifier")
		dues, err = jira(d)
	}
	// Members of another shape than expected are no fault of the delivery; json.Unmarshal leaves them out.
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) || !utf8.Valid(d.Body) {
		return nil, nil, refuse(http.StatusBadRequest, "the body is not JSON")
	}
	if d.DeliveryID == "" || len(d.DeliveryID) > maxName || !utf8.ValidString(d.DeliveryID) {
		sum := sha256.Sum256(d.Body)
		d.DeliveryID = "sha256-" + hex.EncodeToString(sum[:])
	}
	if d.Event = cmp.Or(d.Event, "unknown"); len(d.Event) > maxName || !utf8.ValidString(d.Event) {
		return nil, nil, refuse(http.StatusBadRequest, "the name of the event is longer than a name")
	}
	return d, dues, nil
}

// ghThing is an issue or a pull request in a delivery.
type ghThing struct {
	ID          int64           `json:"id"`
	Number      int64           `json:"number"`
	URL         string          `json:"url"`
	PullRequest json.RawMessage `json:"pull_request"` // of an issue that is a pull request
}

// github fills in what a delivery of GitHub concerns. The error is that of the JSON.
func github(d *event.Delivery) ([]due, error) {
	var b struct {
		Action     string `json:"action"`
		Repository struct {
			FullName string `json:"full_name"`
		} `json:"repository"`
		Issue    *ghThing `json:"issue"`
		Pull     *ghThing `json:"pull_request"`
		Sub      *ghThing `json:"sub_issue"`
		Parent   *ghThing `json:"parent_issue"`
		Blocked  *ghThing `json:"blocked_issue"`
		Blocking *ghThing `json:"blocking_issue"`
		Label    struct {
			Name string `json:"name"`
		} `json:"label"`
		Changes struct {
			Name  *struct{} `json:"name"` // of a label that has another name now
			Title *struct{} `json:"title"`
			DueOn *struct{} `json:"due_on"` // of a milestone, as the title
		} `json:"changes"`
	}
	err := json.Unmarshal(d.Body, &b)
	d.Action, d.Project = b.Action, b.Repository.FullName
	gone := ""
	if d.Event == "issues" && (b.Action == "deleted" || b.Action == "transferred") {
		gone = b.Action
	}
	var out []due
	add := func(t *ghThing, kind event.Kind, project string) {
		if t == nil || t.Number <= 0 || strings.Count(project, "/") != 1 {
			return
		}
		n := strconv.FormatInt(t.Number, 10)
		if len(t.PullRequest) > 0 && string(t.PullRequest) != "null" {
			kind = event.KindPullRequest
		}
		out = append(out, due{project: project, stub: ingest.Stub{Ref: n, Key: project + "#" + n, Kind: kind, Gone: gone}})
	}
	add(b.Pull, event.KindPullRequest, d.Project)
	if b.Pull == nil {
		add(b.Issue, event.KindIssue, d.Project)
	}
	if len(out) > 0 {
		d.Key, d.Kind = out[0].stub.Key, out[0].stub.Kind
		switch {
		case b.Pull != nil && b.Pull.ID > 0:
			d.ItemID = event.ItemID(d.Source, event.KindPullRequest, strconv.FormatInt(b.Pull.ID, 10))
		case b.Pull == nil && d.Kind == event.KindIssue && b.Issue.ID > 0:
			d.ItemID = event.ItemID(d.Source, event.KindIssue, strconv.FormatInt(b.Issue.ID, 10))
		}
	}
	if d.Event == "label" && b.Changes.Name != nil && b.Label.Name != "" && strings.Count(d.Project, "/") == 1 {
		out = append(out, due{project: d.Project, stub: ingest.LabelStub(d.Project, b.Label.Name)})
	}
	if strings.Count(d.Project, "/") == 1 && (d.Event == "label" || d.Event == "milestone") &&
		(b.Action == "deleted" || d.Event == "milestone" && (b.Changes.Title != nil || b.Changes.DueOn != nil)) {
		out = append(out, due{project: d.Project, stub: ingest.NamesStub(d.Project)})
	}
	for _, t := range []*ghThing{b.Sub, b.Parent, b.Blocked, b.Blocking} {
		if t != nil {
			add(t, event.KindIssue, repository(t.URL))
		}
	}
	return out, err
}

// repository returns the owner/repo in the address of an issue in GitHub's API, or "".
func repository(address string) string {
	_, rest, _ := strings.Cut(address, "/repos/")
	p := strings.Split(rest, "/")
	if len(p) < 4 || p[2] != "issues" {
		return ""
	}
	return p[0] + "/" + p[1]
}

// jira fills in what a delivery of Jira concerns. The error is that of the JSON.
func jira(d *event.Delivery) ([]due, error) {
	var b struct {
		Event string `json:"webhookEvent"`
		Issue struct {
			ID  json.RawMessage `json:"id"` // a string, or on some versions a number
			Key string          `json:"key"`
		} `json:"issue"`
		// Deliveries about worklogs and links tell the ids of issues and nothing else of them.
		Worklog struct {
			Issue json.RawMessage `json:"issueId"`
		} `json:"worklog"`
		Link struct {
			Source      json.RawMessage `json:"sourceIssueId"`
			Destination json.RawMessage `json:"destinationIssueId"`
		} `json:"issueLink"`
	}
	wrong := json.Unmarshal(d.Body, &b)
	d.Event = b.Event
	id := jiraID(b.Issue.ID)
	project, number, ok := strings.Cut(b.Issue.Key, "-")
	if id == "" || !ok || project == "" || number == "" {
		var out []due
		for _, raw := range []json.RawMessage{b.Issue.ID, b.Worklog.Issue, b.Link.Source, b.Link.Destination} {
			if id := jiraID(raw); id != "" {
				out = append(out, due{stub: ingest.Stub{Ref: id}, item: event.ItemID(d.Source, event.KindIssue, id)})
			}
		}
		return out, wrong
	}
	d.Project, d.Key, d.Kind, d.ItemID = project, b.Issue.Key, event.KindIssue, event.ItemID(d.Source, event.KindIssue, id)
	gone := ""
	if d.Event == "jira:issue_deleted" {
		gone = "deleted"
	}
	return []due{{project: project, stub: ingest.Stub{Ref: id, Key: b.Issue.Key, Kind: event.KindIssue, Gone: gone}}}, wrong
}

// jiraID reads the id of an issue, a string or a number; "": it is none.
func jiraID(raw json.RawMessage) string {
	id := strings.Trim(string(raw), `"`)
	if _, err := strconv.ParseUint(id, 10, 64); err != nil {
		return ""
	}
	return id
}
